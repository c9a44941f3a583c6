import { z } from 'zod'
import type { Report, Severity } from '../domain/finding.ts'
import { type Draft, findingsFrom, severityOf, severityOfScore } from './findings.ts'
import { list, maybe, readJson, text } from './read.ts'

/* CycloneDX in JSON: a list of parts, and what is known to be wrong with them. https://cyclonedx.org/docs/1.6/json/ */

const named = z.object({ name: text, version: text })

/** Until 1.4 a list; later a mapping, whose entries are parts themselves. */
const tools = maybe(
  z.union([z.array(named), z.object({ components: list(named) }).transform(({ components }) => components)]),
)

const part = z.object({ 'bom-ref': text, group: text, name: text, version: text, purl: text })

/** Parts may have parts; those that lie deeper are not looked at. */
const component = part.extend({ components: list(part) })

const rating = z.object({ severity: text, score: z.number().nullish() })

const vulnerability = z.object({
  id: text,
  source: maybe(z.object({ url: text })),
  ratings: list(rating),
  description: text,
  detail: text,
  recommendation: text,
  analysis: maybe(z.object({ state: text })),
  affects: list(z.object({ ref: text, versions: list(z.object({ version: text, status: text })) })),
})

const bom = z.object({
  bomFormat: z.literal('CycloneDX'),
  metadata: maybe(z.object({ tools, component: maybe(component) })),
  components: list(component),
  vulnerabilities: list(vulnerability),
})

type Part = z.output<typeof part>
type Vulnerability = z.output<typeof vulnerability>

/** A bill of materials: each weakness once for each part that it affects. */
export function parseCyclonedx(bytes: Uint8Array): Report {
  const { metadata, components, vulnerabilities } = readJson(bom, bytes)
  const parts = new Map<string, Part>()
  const top = metadata?.component ?? null
  for (const whole of top === null ? components : [top, ...components]) {
    for (const one of [whole, ...whole.components]) {
      if (one['bom-ref'] !== null) parts.set(one['bom-ref'], one)
    }
  }
  const producers = (metadata?.tools ?? []).flatMap(({ name, version }) =>
    name === null ? [] : [`${name} ${version ?? ''}`.trim()],
  )
  return {
    format: 'cyclonedx',
    producer: producers.length === 0 ? null : producers.join(', '),
    findings: findingsFrom(vulnerabilities.filter(isOpen).flatMap((found) => draftsOf(found, parts))),
    tests: null,
    qualityGate: null,
  }
}

/** Somebody looked at it and said that it does no harm here. */
const HARMLESS: readonly (string | null)[] = [
  'not_affected',
  'false_positive',
  'resolved',
  'resolved_with_pedigree',
]

function isOpen({ analysis }: Vulnerability): boolean {
  return !HARMLESS.includes(analysis?.state ?? null)
}

function draftsOf(found: Vulnerability, parts: ReadonlyMap<string, Part>): readonly Draft[] {
  const affected = found.affects.length === 0 ? [{ ref: null, versions: [] }] : found.affects
  return affected.map(({ ref, versions }) => {
    const part = ref === null ? undefined : parts.get(ref)
    const name = part === undefined ? ref : [part.group, part.name].filter((word) => word !== null).join('/')
    const id = found.id ?? 'unnamed weakness'
    return {
      identity: ['cyclonedx', id, name],
      rule: id,
      severity: severityIn(found),
      message: found.description ?? found.detail ?? found.recommendation,
      package: name,
      version: part?.version ?? versions.find(({ status }) => status !== 'unaffected')?.version ?? null,
      fixedIn: versions.find(({ status }) => status === 'unaffected')?.version ?? null,
      link: found.source?.url ?? null,
    }
  })
}

/** The first that says it: tools put the one they trust most there. */
function severityIn({ ratings }: Vulnerability): Severity {
  for (const { severity, score } of ratings) {
    const known = severity === 'unknown' ? null : severityOf(severity)
    if (known !== null) return known
    if (typeof score === 'number') return severityOfScore(score)
  }
  return 'info'
}
