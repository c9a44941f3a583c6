import { z } from 'zod'
import type { Report } from '../domain/finding.ts'
import { type Draft, findingsFrom, severityOf } from './findings.ts'
import { count, list, maybe, readJson, text } from './read.ts'

/* `trivy --format json` of an image, a file system, a configuration. https://trivy.dev/latest/docs/configuration/reporting/#json */

const vulnerability = z.object({
  VulnerabilityID: z.string(),
  PkgName: text,
  PkgPath: text,
  InstalledVersion: text,
  FixedVersion: text,
  Severity: text,
  Title: text,
  Description: text,
  PrimaryURL: text,
})

const misconfiguration = z.object({
  ID: z.string(),
  Title: text,
  Message: text,
  Severity: text,
  PrimaryURL: text,
  Status: text,
  CauseMetadata: maybe(z.object({ Resource: text, StartLine: count })),
})

const secret = z.object({
  RuleID: z.string(),
  Severity: text,
  Title: text,
  StartLine: count,
  Match: text,
})

const license = z.object({ Severity: text, PkgName: text, FilePath: text, Name: z.string(), Link: text })

const target = z.object({
  Target: text,
  Class: text,
  Vulnerabilities: list(vulnerability),
  Misconfigurations: list(misconfiguration),
  Secrets: list(secret),
  Licenses: list(license),
})

/** Before version 0.20 a report was the bare list. */
const trivy = z.preprocess(
  (value) => (Array.isArray(value) ? { SchemaVersion: 1, Results: value } : value),
  z.object({ SchemaVersion: z.int(), Trivy: maybe(z.object({ Version: text })), Results: list(target) }),
)

type Target = z.output<typeof target>

/** A report of Trivy: weaknesses of packages, misconfigurations, secrets and licences. */
export function parseTrivy(bytes: Uint8Array): Report {
  const { Trivy, Results } = readJson(trivy, bytes)
  return {
    format: 'trivy',
    producer: `Trivy ${Trivy?.Version ?? ''}`.trim(),
    findings: findingsFrom(Results.flatMap(draftsOf)),
    tests: null,
    qualityGate: null,
  }
}

function draftsOf(target: Target): readonly Draft[] {
  // The packages of a system stand in no file, and their target names the image with its tag, which each build changes.
  const file = target.Class === 'os-pkgs' ? null : target.Target
  return [
    ...target.Vulnerabilities.map((found) => ofVulnerability(found, file)),
    ...target.Misconfigurations.filter(({ Status }) => Status === null || Status === 'FAIL').map((found) =>
      ofMisconfiguration(found, target.Target),
    ),
    ...target.Secrets.map((found) => ofSecret(found, target.Target)),
    ...target.Licenses.map((found) => ofLicense(found, file)),
  ]
}

/** An installed version is no part of what it is: an update that mends nothing makes no new finding. */
function ofVulnerability(found: Target['Vulnerabilities'][number], target: string | null): Draft {
  const file = found.PkgPath ?? target
  return {
    identity: ['trivy', 'vulnerability', found.VulnerabilityID, found.PkgName, file],
    rule: found.VulnerabilityID,
    severity: severityOf(found.Severity) ?? 'info',
    message: found.Title ?? found.Description,
    file,
    package: found.PkgName,
    version: found.InstalledVersion,
    fixedIn: found.FixedVersion,
    link: found.PrimaryURL,
  }
}

function ofMisconfiguration(found: Target['Misconfigurations'][number], file: string | null): Draft {
  return {
    identity: ['trivy', 'misconfiguration', found.ID, file, found.CauseMetadata?.Resource ?? null],
    rule: found.ID,
    severity: severityOf(found.Severity) ?? 'info',
    message: found.Message ?? found.Title,
    file,
    line: found.CauseMetadata?.StartLine ?? null,
    link: found.PrimaryURL,
  }
}

/** The match has the secret starred out. */
function ofSecret(found: Target['Secrets'][number], file: string | null): Draft {
  return {
    identity: ['trivy', 'secret', found.RuleID, file, found.Match],
    rule: found.RuleID,
    severity: severityOf(found.Severity) ?? 'high',
    message: found.Title,
    file,
    line: found.StartLine,
  }
}

function ofLicense(found: Target['Licenses'][number], target: string | null): Draft {
  const file = found.FilePath ?? target
  return {
    identity: ['trivy', 'license', found.Name, found.PkgName, file],
    rule: found.Name,
    severity: severityOf(found.Severity) ?? 'info',
    message: `Licence ${found.Name}${found.PkgName === null ? '' : ` of ${found.PkgName}`}`,
    file,
    package: found.PkgName,
    link: found.Link,
  }
}
