import type { HistoryFilter } from '../../src/domain/filter.ts'
import { NO_FILTER } from '../../src/domain/filter.ts'
import type { LineKind } from '../../src/domain/transcript.ts'
import type { FoundLog, Place, Question, Turn } from '../../src/search/question.ts'
import type { Store } from '../../src/store/store.ts'
import { addExecution, type NewExecution } from '../store/fixture.ts'

/** Logs of executions, by the ids of their stages. */
export type Logs = Readonly<Record<string, readonly (string | readonly [text: string, kind: LineKind])[]>>

/** An execution with logs; its row id. Each log comes in batches of so many lines, and stays open. */
export function addLogs(store: Store, wanted: NewExecution, logs: Logs, batch = 1_000): number {
  const id = addExecution(store, wanted)
  const insert = store.state.sqlite.query(
    "INSERT INTO stages (execution_id, ordinal, id, phase, status) VALUES (?, ?, ?, 'build', 'running')",
  )
  for (const [ordinal, [stage, lines]] of Object.entries(logs).entries()) {
    insert.run(id, ordinal, stage)
    write(store, id, ordinal, lines, batch)
  }
  return id
}

/** More lines at the end of a log. */
export function write(
  store: Store,
  id: number,
  ordinal: number,
  lines: Logs[string] = [],
  batch = 1_000,
): void {
  for (let from = 0; from < lines.length; from += batch) {
    const { cursor, lines: known } = store.logs.info(id, ordinal)
    store.logs.append(id, ordinal, {
      lines: lines.slice(from, from + batch).map((line) => {
        const [text, kind] = typeof line === 'string' ? ([line, 'line'] as const) : line
        return { at: 1, text, kind }
      }),
      after: cursor,
      cursor: String(known + batch),
    })
  }
}

export function question(q: string, some: Partial<Question> & { filter?: HistoryFilter } = {}): Question {
  return { q, as: 'text', filter: NO_FILTER, stage: null, ...some }
}

/** Turn after turn, until nothing is left; a search that never ends fails. */
export async function turns(turn: (from: Place | null) => Promise<Turn>): Promise<Turn[]> {
  const all: Turn[] = []
  for (let place: Place | null = null; all.length < 1_000; ) {
    const made: Turn = await turn(place)
    all.push(made)
    if (made.next === null) return all
    place = made.next
  }
  throw new Error('The search does not end.')
}

/** Where the lines stand that match: `7 build 12`, and `more` where more do. */
export function foundIn(found: readonly FoundLog[]): string[] {
  return found.flatMap(({ execution, stage, lines, more }) => [
    ...lines.filter((line) => line.matches).map((line) => `${execution.id} ${stage} ${line.number}`),
    ...(more === null ? [] : [`${execution.id} ${stage} more ${more}`]),
  ])
}
