import { createHash } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import { Fault } from '../domain/fault.ts'
import {
  type Report,
  type ReportFinding,
  SEVERITIES,
  TEST_OUTCOMES,
  type TestCase,
} from '../domain/finding.ts'
import { masker } from '../domain/mask.ts'
import type { ReportFormat, ReportSummary } from '../domain/report.ts'
import { parseReport } from './parse.ts'
import { REPORT_BYTES_MAX } from './read.ts'

/** A document as an engine hands it over. */
export interface RawDocument {
  readonly body: Uint8Array
  readonly packing: 'none' | 'gzip'
}

/** The same without secrets, to be stored; with its own length and SHA-256. */
export interface KeptDocument {
  readonly packed: Uint8Array
  readonly bytes: number
  readonly hash: string
}

/** What a document holds; its parts are asked for one after another. */
export interface Contents {
  readonly summary: ReportSummary
  readonly findings: number
  readonly tests: number
}

/** Reads reports where that holds nobody up. One is open at a time; a Fault says what is wrong with it. */
export interface ReportReader {
  /** Hides the values of secrets and packs. */
  keep(raw: RawDocument, secrets: readonly string[]): Promise<KeptDocument>
  open(packed: Uint8Array, format: ReportFormat): Promise<Contents>
  /** Of the one that is open, the worst first. */
  findings(from: number, count: number): Promise<readonly ReportFinding[]>
  /** Those that failed first, then the slowest. */
  tests(from: number, count: number): Promise<readonly TestCase[]>
  close(): Promise<void>
}

/** Smaller than while a log is written: nobody waits for it. */
const LEVEL = 9

/** The same at once: what a thread runs. */
export function createReading() {
  let findings: readonly ReportFinding[] = []
  let tests: readonly TestCase[] = []
  return {
    keep({ body, packing }: RawDocument, secrets: readonly string[]): KeptDocument {
      const bytes = hidden(packing === 'gzip' ? unzipped(body) : body, secrets)
      const hash = createHash('sha256').update(bytes).digest('hex')
      return {
        packed: Bun.zstdCompressSync(Uint8Array.from(bytes), { level: LEVEL }),
        bytes: bytes.length,
        hash,
      }
    },

    open(packed: Uint8Array, format: ReportFormat): Contents {
      const report = parseReport(format, Bun.zstdDecompressSync(Uint8Array.from(packed)))
      findings = report.findings.toSorted(byWeight)
      tests = (report.tests ?? []).toSorted(byOutcome)
      return { summary: summaryOf(report), findings: findings.length, tests: tests.length }
    },

    findings: (from: number, count: number) => findings.slice(from, from + count),
    tests: (from: number, count: number) => tests.slice(from, from + count),
  }
}

/** A few kilobytes may say that they are gigabytes. */
function unzipped(body: Uint8Array): Uint8Array {
  try {
    return gunzipSync(body, { maxOutputLength: REPORT_BYTES_MAX })
  } catch (error) {
    throw new Fault('invalid', 'It did not come through whole.', { cause: error })
  }
}

/** The very same bytes where there was nothing to hide. */
function hidden(bytes: Uint8Array, secrets: readonly string[]): Uint8Array {
  const [first, second] = bytes
  const encoding =
    first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8'
  const lines = new TextDecoder(encoding).decode(bytes).split('\n')
  const masked = masker(secrets)(lines)
  return masked === lines ? bytes : new TextEncoder().encode(masked.join('\n'))
}

function summaryOf({ producer, qualityGate, tests }: Report): ReportSummary {
  return { producer, gate: qualityGate, tested: tests !== null }
}

function byWeight(a: ReportFinding, b: ReportFinding): number {
  return SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity)
}

function byOutcome(a: TestCase, b: TestCase): number {
  return (
    TEST_OUTCOMES.indexOf(a.outcome) - TEST_OUTCOMES.indexOf(b.outcome) ||
    (b.durationMs ?? -1) - (a.durationMs ?? -1)
  )
}
