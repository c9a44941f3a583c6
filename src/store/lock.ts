import { Database, SQLiteError } from 'bun:sqlite'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Fault } from '../domain/fault.ts'
import { storeFault } from './faults.ts'

/** Held from the start of a writer to its end. */
export interface WriterLock {
  release(): void
}

/** Kept here until released: a lock that nobody refers to would be collected, and dropped. */
const held = new Set<Database>()

/**
 * Makes this process the only writer of a data directory, or throws a Fault that names the one that is.
 * The lock is SQLite's own on a file that stays empty: the kernel drops it with the process, however that ends,
 * a child does not inherit it, and there is nothing to clean up after a kill.
 */
export function lockDirectory(dir: string): WriterLock {
  const file = join(dir, 'writer.lock')
  const holder = join(dir, 'writer.pid')
  let lock: Database | null = null
  try {
    lock = new Database(file, { create: true, readwrite: true })
    lock.run('PRAGMA busy_timeout = 0')
    lock.run('PRAGMA journal_mode = MEMORY')
    lock.run('BEGIN EXCLUSIVE')
    // The lock file cannot be read while it is held, so the holder's number stands beside it.
    writeFileSync(holder, `${process.pid}\n`)
    const mine = lock
    held.add(mine)
    return {
      release() {
        held.delete(mine)
        mine.close()
      },
    }
  } catch (error) {
    lock?.close()
    if (error instanceof SQLiteError && error.code === 'SQLITE_BUSY') throw heldFault(dir, holder)
    throw storeFault(error, file)
  }
}

function heldFault(dir: string, holder: string): Fault {
  const pid = readHolder(holder)
  const who = pid === null ? 'Another process' : `Another process (pid ${pid})`
  return new Fault(
    'conflict',
    `${who} is running Periplus on ${dir}; only one may write there. End it first, or choose another data directory.`,
  )
}

/** Null where the holder has its lock and has not yet written its number. */
function readHolder(holder: string): number | null {
  try {
    const pid = Number.parseInt(readFileSync(holder, 'utf8'), 10)
    return Number.isNaN(pid) ? null : pid
  } catch {
    return null
  }
}
