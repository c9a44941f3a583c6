import { startThread, type Thread } from '../thread.ts'
import type { createReading, ReportReader } from './reading.ts'

type Reading = ReturnType<typeof createReading>
type Ask<What extends keyof Reading> = { readonly what: What; readonly given: Parameters<Reading[What]> }

/** What the thread is asked. */
export type Question = Ask<'keep'> | Ask<'open'> | Ask<'findings'> | Ask<'tests'>

/**
 * A reader of reports on a thread of its own, so that tens of thousands of findings hold nobody up. The thread is started
 * with the first question and gives its memory back when it is told that no more will come soon. `entry` is its program.
 */
export function startReportThread(entry: URL): ReportReader {
  let thread: Thread<Question> | null = null

  function ask<T>(what: Question): Promise<T> {
    if (thread === null || thread.isOver()) thread = startThread(entry, 'for reports')
    return thread.ask<T>(what)
  }

  return {
    keep: (...given) => ask({ what: 'keep', given }),
    open: (...given) => ask({ what: 'open', given }),
    findings: (...given) => ask({ what: 'findings', given }),
    tests: (...given) => ask({ what: 'tests', given }),
    async close() {
      const ending = thread
      thread = null
      await ending?.close()
    },
  }
}
