import type { Db } from './database.ts'

/** Answers kept at once: the first pages of the lists that people have open. */
const KEPT_MAX = 64

/** Gives an answer again as long as it must be the same, and reads it otherwise. */
export type Memory = <T>(key: string, read: () => T) => T

/**
 * Remembers what was read from a database until anything is written to it: lists are looked at far more often than
 * they change. Inside a transaction nothing is remembered, for it may yet be taken back.
 */
export function createMemory({ sqlite }: Db): Memory {
  // There is one writer, this very connection, so it knows of every change.
  const changes = sqlite.query<{ n: number }, []>('SELECT total_changes() AS n')
  const kept = new Map<string, unknown>()
  let stamp = -1

  return <T>(key: string, read: () => T): T => {
    if (sqlite.inTransaction) return read()
    const present = changes.get()?.n ?? 0
    if (present !== stamp) kept.clear()
    stamp = present
    const known = kept.get(key)
    // Each key is read in one place, and so always of one type.
    if (known !== undefined) return known as T
    const answer = read()
    if (kept.size >= KEPT_MAX) kept.clear()
    kept.set(key, answer)
    return answer
  }
}
