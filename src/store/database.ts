import { Database } from 'bun:sqlite'
import { closeSync, openSync } from 'node:fs'
import { type BunSQLiteDatabase, drizzle } from 'drizzle-orm/bun-sqlite'
import { storeFault } from './faults.ts'

/** One open SQLite file: the connection, drizzle over it, and the one way to write. */
export interface Db {
  /** How messages name it: its path, or ':memory:'. */
  readonly file: string
  /** For prepared statements where a figure asks for them. */
  readonly sqlite: Database
  readonly orm: BunSQLiteDatabase
  /**
   * Does all of `work` or nothing, and returns what it returned. Synchronous: nothing else runs in between.
   * A call inside another joins it, and if it fails takes back its own part only. A full disk, a lock or a damaged
   * file becomes a Fault.
   */
  transaction<T>(work: () => T): T
  /** Does `work` once the outermost open transaction has committed, at once where none is open, never if it fails. */
  afterCommit(work: () => void): void
  close(): void
}

/** What sets the two files apart. */
export interface DbKind {
  /** FULL keeps every commit through a power cut; NORMAL may lose the last ones, never their order. */
  readonly synchronous: 'FULL' | 'NORMAL'
  readonly autoVacuum: 'NONE' | 'INCREMENTAL'
  /** A commit writes whole pages: small ones where many rows change a little, large ones for chunks of logs. */
  readonly pageBytes: 4096 | 8192
}

export const STATE_KIND: DbKind = { synchronous: 'FULL', autoVacuum: 'NONE', pageBytes: 4096 }
export const LOGS_KIND: DbKind = { synchronous: 'NORMAL', autoVacuum: 'INCREMENTAL', pageBytes: 8192 }

/** A copy or a shell on the file is waited for this long. */
const BUSY_MS = 5000
/** Of pages in memory: enough for the upper levels of every index at 5 M executions, small beside the process. */
const CACHE_KIB = 16_384
/** Checkpoint after so much WAL: rarer stalls than the default, and a restart reads little. */
const CHECKPOINT_BYTES = 8 * 1024 * 1024

/** Opens a file (made where it is missing), or a database in memory, with the pragmas of the house. */
export function openDb(file: string, kind: DbKind): Db {
  let sqlite: Database | null = null
  try {
    if (file !== ':memory:') makePrivate(file)
    sqlite = new Database(file, { create: true, readwrite: true, strict: true })
    for (const pragma of pragmas(kind)) sqlite.run(`PRAGMA ${pragma}`)
    return dbOver(sqlite, file)
  } catch (error) {
    sqlite?.close()
    throw storeFault(error, file)
  }
}

/** Makes a file that only its owner may read; SQLite gives its companions (-wal, -shm) the same rights. */
export function makePrivate(file: string): void {
  closeSync(openSync(file, 'a', 0o600))
}

/** The order counts: the page size and auto_vacuum are fixed by the first write, which WAL mode is. */
function pragmas(kind: DbKind): readonly string[] {
  return [
    `busy_timeout = ${BUSY_MS}`,
    `page_size = ${kind.pageBytes}`,
    `auto_vacuum = ${kind.autoVacuum}`,
    'journal_mode = WAL',
    `synchronous = ${kind.synchronous}`,
    'foreign_keys = ON',
    'temp_store = MEMORY',
    `cache_size = -${CACHE_KIB}`,
    `wal_autocheckpoint = ${CHECKPOINT_BYTES / kind.pageBytes}`,
    'trusted_schema = OFF',
  ]
}

function dbOver(sqlite: Database, file: string): Db {
  let depth = 0
  let toTell: (() => void)[] = []

  function bracketed<T>([begin, commit, takeBack]: Bracket, work: () => T): T {
    sqlite.run(begin)
    const told = toTell.length
    depth += 1
    try {
      const result = work()
      sqlite.run(commit)
      return result
    } catch (error) {
      toTell.length = told
      // SQLite itself takes everything back when the disk is full; then there is nothing left to do here.
      if (sqlite.inTransaction) for (const statement of takeBack) sqlite.run(statement)
      throw error
    } finally {
      depth -= 1
    }
  }

  function transaction<T>(work: () => T): T {
    if (depth > 0) return bracketed(NESTED, work)
    let result: T
    try {
      result = bracketed(OUTERMOST, work)
    } catch (error) {
      throw storeFault(error, file)
    }
    const due = toTell
    toTell = []
    for (const tell of due) tell()
    return result
  }

  function afterCommit(work: () => void): void {
    if (depth === 0) work()
    else toTell.push(work)
  }

  return { file, sqlite, orm: drizzle(sqlite), transaction, afterCommit, close: () => sqlite.close() }
}

type Bracket = readonly [begin: string, commit: string, takeBack: readonly string[]]
/** IMMEDIATE takes the write lock first, so that what was read cannot be stale when it is written. */
const OUTERMOST: Bracket = ['BEGIN IMMEDIATE', 'COMMIT', ['ROLLBACK']]
const NESTED: Bracket = ['SAVEPOINT nested', 'RELEASE nested', ['ROLLBACK TO nested', 'RELEASE nested']]
