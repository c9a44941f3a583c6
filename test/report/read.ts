import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Fault } from '../../src/domain/fault.ts'
import type { Report, ReportFinding } from '../../src/domain/finding.ts'
import type { ReportFormat } from '../../src/domain/report.ts'
import { parseReport } from '../../src/report/parse.ts'

/** A report that a tool wrote; ORIGIN.md says which. */
export function fixture(name: string): Uint8Array {
  return readFileSync(join(import.meta.dir, 'fixtures', name))
}

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

/** A report from a value, or from the text of one. */
export function parse(format: ReportFormat, document: unknown): Report {
  return parseReport(format, bytesOf(typeof document === 'string' ? document : JSON.stringify(document)))
}

/** The sentence with which a document is refused. */
export function refusal(format: ReportFormat, bytes: Uint8Array): string {
  try {
    parseReport(format, bytes)
  } catch (error) {
    if (error instanceof Fault) return error.message
    throw error
  }
  throw new Error('It was not refused.')
}

/** What is new since an earlier run, what is fixed and what is still there. */
export function findingsDifference(before: readonly ReportFinding[], now: readonly ReportFinding[]) {
  const has = (list: readonly ReportFinding[]) => {
    const known = new Set(list.map(({ fingerprint }) => fingerprint))
    return ({ fingerprint }: ReportFinding) => known.has(fingerprint)
  }
  const [wasThere, isThere] = [has(before), has(now)]
  return {
    fresh: now.filter((one) => !wasThere(one)),
    fixed: before.filter((one) => !isThere(one)),
    still: now.filter(wasThere),
  }
}
