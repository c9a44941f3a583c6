import { createHash } from 'node:crypto'
import { rmSync } from 'node:fs'
import type { Migration } from '../../migrations/index.ts'
import { Fault } from '../domain/fault.ts'
import { type Db, makePrivate } from './database.ts'
import { storeFault } from './faults.ts'

interface Ran {
  readonly number: number
  readonly name: string
  readonly checksum: string
}

/**
 * Brings a database to the newest schema: each migration once, in a transaction of its own, its checksum kept.
 * A database that holds anything is first copied beside itself. A Fault where the database is newer than this
 * program, or a migration is not the one that ran.
 */
export function migrate(db: Db, migrations: readonly Migration[], now: () => number): void {
  db.sqlite.run(
    `CREATE TABLE IF NOT EXISTS migrations (
      number INTEGER PRIMARY KEY,
      name TEXT NOT NULL,
      checksum TEXT NOT NULL,
      ran_at INTEGER NOT NULL
    ) STRICT`,
  )
  const ran = db.sqlite.query<Ran, []>('SELECT number, name, checksum FROM migrations ORDER BY number').all()
  refuseStrangers(db, ran, migrations)
  const due = migrations.slice(ran.length)
  if (due.length > 0 && ran.length > 0) copyBeside(db, ran.length)
  for (const migration of due) run(db, migration, now(), ran.length > 0 ? 'filled' : 'empty')
}

function refuseStrangers(db: Db, ran: readonly Ran[], migrations: readonly Migration[]): void {
  for (const [index, row] of ran.entries()) {
    const ours = migrations[index]
    if (ours === undefined || ours.number !== row.number) {
      throw new Fault(
        'internal',
        `${db.file} is newer than this program: it has migration ${row.number} (${row.name}), and this program knows ${migrations.length}. Start the version that wrote it, or a later one.`,
      )
    }
    if (checksum(ours.sql) !== row.checksum) {
      throw new Fault(
        'internal',
        `Migration ${row.number} (${row.name}) of ${db.file} is not the one that ran there: its checksum differs. Start the version that wrote the database.`,
      )
    }
  }
}

/** A consistent copy of what stands, named after the migration it had reached; an earlier try's copy is replaced. */
function copyBeside(db: Db, reached: number): void {
  if (db.file === ':memory:') return
  const copy = `${db.file}.before-${reached + 1}`
  try {
    rmSync(copy, { force: true })
    makePrivate(copy)
    db.sqlite.query('VACUUM INTO ?').run(copy)
  } catch (error) {
    throw storeFault(error, copy)
  }
}

/** Entries of each index that are looked at: a few milliseconds, however large the database is. */
const ANALYSED = 400
/** The connection reads its statistics anew, finds none, and goes on as it began. */
const FORGET = 'DELETE FROM sqlite_stat1; ANALYZE sqlite_schema; DROP TABLE sqlite_stat1'

/**
 * What is moved in a large database must not be planned by guess: without statistics one migration went through all
 * executions of a workflow for each of its deployments, for hours. Lists are planned without, and so nothing stays.
 */
function run(db: Db, migration: Migration, at: number, database: 'filled' | 'empty'): void {
  db.transaction(() => {
    if (database === 'filled') db.sqlite.run(`PRAGMA analysis_limit = ${ANALYSED}; ANALYZE`)
    db.sqlite.run(migration.sql)
    if (database === 'filled') db.sqlite.run(FORGET)
    db.sqlite
      .query('INSERT INTO migrations (number, name, checksum, ran_at) VALUES (?, ?, ?, ?)')
      .run(migration.number, migration.name, checksum(migration.sql), at)
  })
}

function checksum(sql: string): string {
  return createHash('sha256').update(sql).digest('hex')
}
