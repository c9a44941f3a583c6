import { z } from 'zod'
import type { QualityGate, Report } from '../domain/finding.ts'
import { type Draft, findingsFrom, severityOf } from './findings.ts'
import { count, list, maybe, readJson, text, wrong } from './read.ts'

/* SonarQube's web API: api/qualitygates/project_status, api/issues/search, or both in one object. https://next.sonarqube.com/sonarqube/web_api */

const condition = z.object({
  status: text,
  metricKey: z.string(),
  comparator: text,
  errorThreshold: text,
  actualValue: text,
})

const issue = z.object({
  key: text,
  rule: z.string(),
  severity: text,
  component: z.string(),
  line: count,
  message: text,
  hash: text,
  resolution: text,
  status: text,
  issueStatus: text,
  impacts: list(z.object({ severity: text })),
})

const sonarqube = z.object({
  projectStatus: maybe(z.object({ status: z.string(), conditions: list(condition) })),
  issues: maybe(z.array(issue)),
  components: list(z.object({ key: z.string(), path: text })),
})

type Issue = z.output<typeof issue>

/** What a SonarQube server says of a project: whether it passed its gate, and its open issues. */
export function parseSonarqube(bytes: Uint8Array): Report {
  const { projectStatus, issues, components } = readJson(sonarqube, bytes)
  if (projectStatus === null && issues === null) {
    throw wrong('It has neither projectStatus nor issues, so it is no answer of SonarQube’s web API.')
  }
  const paths = new Map(components.map(({ key, path }) => [key, path]))
  return {
    format: 'sonarqube',
    producer: 'SonarQube',
    findings: findingsFrom((issues ?? []).filter(isOpen).map((found) => draftOf(found, paths))),
    tests: null,
    qualityGate: projectStatus === null ? null : gateFrom(projectStatus),
  }
}

/** Accepted, mended, or found to be none. */
function isOpen({ resolution, status, issueStatus }: Issue): boolean {
  if (resolution !== null || status === 'CLOSED' || status === 'RESOLVED') return false
  return issueStatus === null || issueStatus === 'OPEN' || issueStatus === 'CONFIRMED'
}

function draftOf(found: Issue, paths: ReadonlyMap<string, string | null>): Draft {
  const { key, rule, component, hash, message } = found
  const file = paths.get(component) ?? fileOf(component)
  return {
    // The server follows an issue from analysis to analysis by its key.
    identity: key === null ? ['sonarqube', rule, file, hash ?? message] : ['sonarqube', key],
    rule,
    severity: severityOf(found.severity ?? found.impacts[0]?.severity ?? null) ?? 'medium',
    message,
    file,
    line: found.line,
  }
}

/** A component is `project:src/a.ts`, or the project itself; a project’s key may have colons too. */
function fileOf(component: string): string | null {
  const at = component.lastIndexOf(':')
  return at < 0 ? null : component.slice(at + 1)
}

const COMPARISONS: Readonly<Record<string, string>> = { LT: '<', GT: '>' }

function gateFrom({
  status,
  conditions,
}: {
  readonly status: string
  readonly conditions: readonly z.output<typeof condition>[]
}): QualityGate {
  return {
    // NONE: the project has no gate that could fail.
    passed: status !== 'ERROR',
    conditions: conditions.map((one) => ({
      metric: one.metricKey,
      passed: one.status !== 'ERROR',
      actual: one.actualValue,
      threshold:
        one.errorThreshold === null
          ? null
          : `${COMPARISONS[one.comparator ?? ''] ?? ''} ${one.errorThreshold}`.trim(),
    })),
  }
}
