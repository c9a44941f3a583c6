import { createHash } from 'node:crypto'
import type { ReportFinding, Severity } from '../domain/finding.ts'
import { cut } from './cut.ts'
import { fromWorkspace } from './place.ts'
import { wrong } from './read.ts'

/** More than anybody reads; a database and a page hold them easily. */
const FINDINGS_MAX = 50_000
/** A paragraph. Whole advisories are behind the link. */
const MESSAGE_CHARS_MAX = 1_000
/** Paths, names and addresses: no honest one is longer. */
const WORD_CHARS_MAX = 1_000
/** Of a hash that is written in hexadecimal: 128 bits, so that no two findings ever meet by chance. */
const FINGERPRINT_CHARS = 32

/** What a parser knows of a finding. What is null or left out, its tool does not say. */
export interface Draft {
  /** What makes it this finding wherever its line moves to. */
  readonly identity: readonly (string | null)[]
  readonly rule: string
  readonly severity: Severity
  readonly message: string | null
  readonly file?: string | null
  readonly line?: number | null
  readonly package?: string | null
  readonly version?: string | null
  readonly fixedIn?: string | null
  readonly link?: string | null
}

/** Findings from what a parser knows: with their fingerprints, texts cut, and no more of them than are kept. */
export function findingsFrom(drafts: readonly Draft[]): readonly ReportFinding[] {
  if (drafts.length > FINDINGS_MAX) {
    throw wrong(
      `It has ${drafts.length} findings, and ${FINDINGS_MAX} are kept at most. Let the tool tell the severe ones only.`,
      'too_large',
    )
  }
  const seen = new Map<string, number>()
  return drafts.map((draft) => {
    const { identity, rule, severity, message, link } = draft
    const hash = hashOf(identity)
    const count = (seen.get(hash) ?? 0) + 1
    seen.set(hash, count)
    return {
      fingerprint: count === 1 ? hash : `${hash}-${count}`,
      rule: cut(rule, WORD_CHARS_MAX),
      severity,
      message: fromWorkspace(cut(message ?? rule, MESSAGE_CHARS_MAX)),
      file: word(draft.file),
      line: draft.line === 0 ? null : (draft.line ?? null),
      package: word(draft.package),
      version: word(draft.version),
      fixedIn: word(draft.fixedIn),
      link: isWebAddress(link) ? link : null,
    }
  })
}

/** Of each part only so much: what many findings share may be as long as their document. */
function hashOf(identity: Draft['identity']): string {
  const parts = identity.map((part) => (part === null ? null : fromWorkspace(cut(part, WORD_CHARS_MAX))))
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, FINGERPRINT_CHARS)
}

function word(text: string | null | undefined): string | null {
  return text === null || text === undefined || text === '' ? null : fromWorkspace(cut(text, WORD_CHARS_MAX))
}

/** A page makes a link of it: a script, or a file of the reader's, is none. */
function isWebAddress(link: string | null | undefined): link is string {
  return typeof link === 'string' && link.length <= WORD_CHARS_MAX && /^https?:\/\/[^\s"<>]+$/i.test(link)
}

/** A text as it is compared from run to run: how it is spaced, and the numbers in it, change when lines move. */
export function normalised(text: string): string {
  return fromWorkspace(cut(text, WORD_CHARS_MAX)).replace(/\s+/g, ' ').replace(/\d+/g, '0')
}

/** Words of tools for how severe something is. */
const WORDS: Readonly<Record<string, Severity>> = {
  blocker: 'critical',
  critical: 'critical',
  high: 'high',
  important: 'high',
  error: 'high',
  major: 'medium',
  medium: 'medium',
  moderate: 'medium',
  warning: 'medium',
  minor: 'low',
  low: 'low',
  note: 'low',
  negligible: 'info',
  info: 'info',
  informational: 'info',
  none: 'info',
  unknown: 'info',
}

/** A severity from a tool's word for it; null where it is none that we know. */
export function severityOf(word: string | null): Severity | null {
  const key = word?.toLowerCase() ?? ''
  return Object.hasOwn(WORDS, key) ? (WORDS[key] ?? null) : null
}

/** A severity from a score of CVSS, by its own bands. https://www.first.org/cvss/v3.1/specification-document#Qualitative-Severity-Rating-Scale */
export function severityOfScore(score: number): Severity {
  if (score >= 9) return 'critical'
  if (score >= 7) return 'high'
  if (score >= 4) return 'medium'
  return score > 0 ? 'low' : 'info'
}
