import { z } from 'zod'
import type { Report, Severity } from '../domain/finding.ts'
import { cut } from './cut.ts'
import { type Draft, findingsFrom, normalised, severityOf, severityOfScore } from './findings.ts'
import { count, list, maybe, readJson, text } from './read.ts'

/* SARIF 2.1.0. https://docs.oasis-open.org/sarif/sarif/v2.1.0/ */

const message = z.object({
  text,
  markdown: text,
  id: text,
  arguments: list(z.string()),
})

/** A score of CVSS, as code hosts read it; tools write it as text. */
const properties = maybe(
  z.object({
    'security-severity': z
      .unknown()
      .optional()
      .transform((value) => (value === undefined || value === null || value === '' ? null : Number(value))),
  }),
)

const rule = z.object({
  id: text,
  shortDescription: maybe(message),
  helpUri: text,
  defaultConfiguration: maybe(z.object({ level: text })),
  messageStrings: maybe(z.record(z.string(), message)),
  properties,
})

const component = z.object({ name: text, version: text, semanticVersion: text, rules: list(rule) })

const artifactLocation = maybe(z.object({ uri: text, index: z.int().nullish() }))

const result = z.object({
  ruleId: text,
  ruleIndex: z.int().nullish(),
  rule: maybe(
    z.object({
      id: text,
      index: z.int().nullish(),
      toolComponent: maybe(z.object({ index: z.int().nullish() })),
    }),
  ),
  kind: text,
  level: text,
  message: maybe(message),
  baselineState: text,
  suppressions: list(z.object({ status: text })),
  locations: list(
    z.object({
      physicalLocation: maybe(
        z.object({
          artifactLocation,
          region: maybe(z.object({ startLine: count, snippet: maybe(z.object({ text })) })),
        }),
      ),
    }),
  ),
  fingerprints: maybe(z.record(z.string(), z.unknown())),
  partialFingerprints: maybe(z.record(z.string(), z.unknown())),
  properties,
})

const run = z.object({
  tool: z.object({ driver: component, extensions: list(component) }),
  artifacts: list(z.object({ location: artifactLocation })),
  results: list(result),
})

const sarif = z.object({ version: text, runs: z.array(run) })

type Run = z.output<typeof run>
type Result = z.output<typeof result>
type Rule = z.output<typeof rule>
type Message = z.output<typeof message>

/** A SARIF document: what its runs found, but what passed, does not apply or was suppressed. */
export function parseSarif(bytes: Uint8Array): Report {
  const { runs } = readJson(sarif, bytes)
  const producers = new Set(runs.flatMap(({ tool: { driver } }) => nameOf(driver) ?? []))
  return {
    format: 'sarif',
    producer: producers.size === 0 ? null : [...producers].join(', '),
    findings: findingsFrom(runs.flatMap(draftsOf)),
    tests: null,
    qualityGate: null,
  }
}

function nameOf({ name, semanticVersion, version }: z.output<typeof component>): string | null {
  return name === null ? null : `${name} ${semanticVersion ?? version ?? ''}`.trim()
}

function draftsOf(run: Run): readonly Draft[] {
  const rules = new Map(
    [run.tool.driver, ...run.tool.extensions].flatMap(({ rules }) =>
      rules.flatMap((rule) => (rule.id === null ? [] : [[rule.id, rule] as const])),
    ),
  )
  return run.results.filter(isOpen).map((result) => draftOf(result, run, rules))
}

function isOpen({ kind, baselineState, suppressions }: Result): boolean {
  if (kind === 'pass' || kind === 'notApplicable' || baselineState === 'absent') return false
  return !suppressions.some(({ status }) => status === null || status === 'accepted')
}

function draftOf(result: Result, run: Run, rules: ReadonlyMap<string, Rule>): Draft {
  const rule = ruleOf(result, run, rules)
  const id = result.ruleId ?? result.rule?.id ?? rule?.id ?? 'unnamed rule'
  const place = result.locations[0]?.physicalLocation ?? null
  const file = fileOf(place?.artifactLocation ?? null, run)
  const said = messageOf(result.message, rule)
  const identity = identityOf(result) ?? [normalised(place?.region?.snippet?.text ?? said ?? '')]
  return {
    identity: ['sarif', id, file, ...identity],
    rule: id,
    severity: severityIn(result, rule),
    message: said,
    file,
    line: place?.region?.startLine ?? null,
    link: rule?.helpUri ?? null,
  }
}

/** By its place in the list of the driver or of an extension, or by its name, of which `name/part` is a part. */
function ruleOf(
  { ruleId, ruleIndex, rule: named }: Result,
  run: Run,
  rules: ReadonlyMap<string, Rule>,
): Rule | null {
  const index = named?.index ?? ruleIndex ?? -1
  const extension = named?.toolComponent?.index ?? -1
  const component = extension >= 0 ? run.tool.extensions[extension] : run.tool.driver
  const id = ruleId ?? named?.id ?? null
  const byPlace = index >= 0 ? component?.rules[index] : undefined
  if (byPlace !== undefined) return byPlace
  if (id === null) return null
  return rules.get(id) ?? rules.get(id.replace(/\/[^/]*$/, '')) ?? null
}

/** What the tool itself compares by, where it says so. */
function identityOf({ fingerprints, partialFingerprints }: Result): readonly string[] | null {
  for (const given of [fingerprints, partialFingerprints]) {
    const entries = Object.entries(given ?? {}).filter(
      ([, value]) => typeof value === 'string' && value !== '',
    )
    if (entries.length > 0) return entries.map(([key, value]) => `${key}=${value}`).sort()
  }
  return null
}

function severityIn({ kind, level, properties }: Result, rule: Rule | null): Severity {
  if (kind === 'informational') return 'info'
  const score = properties?.['security-severity'] ?? rule?.properties?.['security-severity'] ?? null
  if (score !== null && score >= 0) return severityOfScore(score)
  return severityOf(level ?? rule?.defaultConfiguration?.level ?? null) ?? 'medium'
}

/** Many findings may share one text, and a text may name one argument often: what is small stays small. */
const TEXT_CHARS_MAX = 1_000

function messageOf(message: Message | null, rule: Rule | null): string | null {
  const template = message?.id === null || message === null ? undefined : rule?.messageStrings?.[message.id]
  const said = message?.text ?? message?.markdown ?? template?.text ?? rule?.shortDescription?.text ?? null
  if (said === null) return null
  let room = TEXT_CHARS_MAX
  // “{0}” stands for the first of the arguments.
  return cut(said, TEXT_CHARS_MAX).replace(/\{(\d{1,3})\}/g, (hole, at) => {
    const argument = room > 0 ? (message?.arguments[Number(at)] ?? hole) : hole
    room -= argument.length
    return argument.length > TEXT_CHARS_MAX ? cut(argument, TEXT_CHARS_MAX) : argument
  })
}

/** A path, relative where the document has it so. */
function fileOf(location: z.output<typeof artifactLocation>, run: Run): string | null {
  const listed = location?.index ?? -1
  const uri = location?.uri ?? (listed >= 0 ? run.artifacts[listed]?.location?.uri : null) ?? null
  if (uri === null) return null
  const path = cut(uri, TEXT_CHARS_MAX)
    .replace(/^file:\/\/(?:localhost)?(?=\/)/i, '')
    .replace(/^\.\//, '')
  try {
    return decodeURIComponent(path)
  } catch {
    // A percent sign that stands for itself.
    return path
  }
}
