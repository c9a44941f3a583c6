import { afterAll, expect, test } from 'bun:test'
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Migration } from '../../migrations/index.ts'
import * as known from '../../migrations/index.ts'
import { openDb, STATE_KIND } from '../../src/store/database.ts'
import { migrate } from '../../src/store/migrate.ts'

const home = mkdtempSync(join(tmpdir(), 'periplus-migrate-'))
afterAll(() => rmSync(home, { recursive: true }))

let files = 0
const newFile = () => join(home, `${files++}.db`)

const FIRST: Migration = {
  number: 1,
  name: 'first',
  sql: 'CREATE TABLE a (n INTEGER); INSERT INTO a VALUES (1);',
}
const SECOND: Migration = { number: 2, name: 'second', sql: 'ALTER TABLE a ADD COLUMN m INTEGER;' }
const BROKEN: Migration = {
  number: 2,
  name: 'broken',
  sql: 'INSERT INTO a VALUES (2); INSERT INTO nowhere VALUES (1);',
}

function rowsOf(file: string): object[] {
  const db = openDb(file, STATE_KIND)
  const rows = db.sqlite.query<object, []>('SELECT * FROM a').all()
  db.close()
  return rows
}

function run(file: string, migrations: readonly Migration[]): void {
  const db = openDb(file, STATE_KIND)
  try {
    migrate(db, migrations, () => 5)
  } finally {
    db.close()
  }
}

test('each migration runs once, however often the program starts', () => {
  const file = newFile()

  run(file, [FIRST])
  run(file, [FIRST])
  run(file, [FIRST, SECOND])
  run(file, [FIRST, SECOND])

  expect(rowsOf(file)).toEqual([{ n: 1, m: null }])
})

test('a database that holds anything is copied before the next migration, an empty one is not', () => {
  const file = newFile()
  run(file, [FIRST])
  expect(existsSync(`${file}.before-1`)).toBe(false)

  run(file, [FIRST, SECOND])

  expect(rowsOf(`${file}.before-2`)).toEqual([{ n: 1 }])
  expect(statSync(`${file}.before-2`).mode & 0o777).toBe(0o600)
})

test('what is moved is planned by how the data lies, and lists afterwards are not', () => {
  const file = newFile()
  const measured: Migration = {
    number: 2,
    name: 'measured',
    sql: "INSERT INTO a SELECT count(*) FROM sqlite_stat1 WHERE tbl = 'a';",
  }
  run(file, [FIRST])

  run(file, [FIRST, measured])

  expect(rowsOf(file)).toEqual([{ n: 1 }, { n: 1 }])
  const db = openDb(file, STATE_KIND)
  expect(db.sqlite.query("SELECT name FROM sqlite_schema WHERE name LIKE 'sqlite_stat%'").all()).toEqual([])
  db.close()
})

test('a migration that fails leaves the database as it was, and the next try copies again', () => {
  const file = newFile()
  run(file, [FIRST])

  expect(() => run(file, [FIRST, BROKEN])).toThrow('nowhere')
  expect(() => run(file, [FIRST, BROKEN])).toThrow('nowhere')

  expect(rowsOf(file)).toEqual([{ n: 1 }])
  run(file, [FIRST, SECOND])
  expect(rowsOf(file)).toEqual([{ n: 1, m: null }])
})

test('a database newer than the program stops the start with a sentence', () => {
  const file = newFile()
  run(file, [FIRST, SECOND])

  expect(() => run(file, [FIRST])).toThrow('is newer than this program: it has migration 2 (second)')
})

test('a migration that changed after it ran stops the start with a sentence', () => {
  const file = newFile()
  run(file, [FIRST])

  expect(() => run(file, [{ ...FIRST, sql: `${FIRST.sql} -- better` }])).toThrow('its checksum differs')
})

test('every SQL file is in the list, in the order of its number', () => {
  const root = join(import.meta.dir, '../../migrations')
  for (const [dir, list] of [
    ['state', known.STATE_MIGRATIONS],
    ['logs', known.LOGS_MIGRATIONS],
  ] as const) {
    const names = list.map(({ number, name }) => `${String(number).padStart(4, '0')}_${name}.sql`)

    expect(names).toEqual(readdirSync(join(root, dir)).sort())
    expect(list.map(({ number }) => number)).toEqual(list.map((_, index) => index + 1))
  }
})
