import { afterAll, describe, expect, test } from 'bun:test'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Fault } from '../../src/domain/fault.ts'
import { type Db, LOGS_KIND, openDb, STATE_KIND } from '../../src/store/database.ts'

const home = mkdtempSync(join(tmpdir(), 'periplus-database-'))
afterAll(() => rmSync(home, { recursive: true }))

let files = 0
const newFile = () => join(home, `${files++}.db`)

/** A database with one table and the values in it. */
function numbers(file = ':memory:'): { db: Db; add: (n: number) => void; all: () => number[] } {
  const db = openDb(file, STATE_KIND)
  db.sqlite.run('CREATE TABLE IF NOT EXISTS numbers (n INTEGER PRIMARY KEY, filler BLOB)')
  const insert = db.sqlite.query('INSERT INTO numbers (n) VALUES (?)')
  const select = db.sqlite.query<{ n: number }, []>('SELECT n FROM numbers ORDER BY n')
  return { db, add: (n) => void insert.run(n), all: () => select.all().map((row) => row.n) }
}

function faultOf(work: () => unknown): Fault {
  try {
    work()
  } catch (error) {
    if (error instanceof Fault) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

const pragma = (db: Db, name: string) =>
  Object.values(db.sqlite.query<object, []>(`PRAGMA ${name}`).get() ?? {})[0]

test.each([
  ['state', STATE_KIND, 2, 0, 4096],
  ['logs', LOGS_KIND, 1, 2, 8192],
] as const)(
  'the %s file is opened with the pragmas of the house',
  (_name, kind, synchronous, autoVacuum, pageBytes) => {
    const db = openDb(newFile(), kind)

    expect(pragma(db, 'journal_mode')).toBe('wal')
    expect(pragma(db, 'synchronous')).toBe(synchronous)
    expect(pragma(db, 'auto_vacuum')).toBe(autoVacuum)
    expect(pragma(db, 'foreign_keys')).toBe(1)
    expect(pragma(db, 'busy_timeout')).toBe(5000)
    expect(pragma(db, 'page_size')).toBe(pageBytes)
  },
)

describe('a transaction', () => {
  test('is done as a whole and gives back what its work gave', () => {
    const { db, add, all } = numbers()

    const result = db.transaction(() => {
      add(1)
      add(2)
      return 'done'
    })

    expect(result).toBe('done')
    expect(all()).toEqual([1, 2])
  })

  test('that fails changes nothing and passes its error on', () => {
    const { db, add, all } = numbers()
    const failure = new Error('no')

    expect(() =>
      db.transaction(() => {
        add(1)
        throw failure
      }),
    ).toThrow(failure)

    expect(all()).toEqual([])
    expect(db.sqlite.inTransaction).toBe(false)
  })

  test('inside another takes back its own part only, when the other goes on', () => {
    const { db, add, all } = numbers()

    db.transaction(() => {
      add(1)
      expect(() =>
        db.transaction(() => {
          add(2)
          throw new Error('no')
        }),
      ).toThrow('no')
      db.transaction(() => add(3))
    })

    expect(all()).toEqual([1, 3])
  })

  test('inside another falls with it', () => {
    const { db, add, all } = numbers()

    expect(() =>
      db.transaction(() => {
        db.transaction(() => add(1))
        throw new Error('no')
      }),
    ).toThrow('no')

    expect(all()).toEqual([])
  })

  test('tells after the outermost commit, and not what was taken back', () => {
    const { db, add, all } = numbers()
    const told: string[] = []

    db.transaction(() => {
      db.transaction(() => {
        add(1)
        db.afterCommit(() => told.push(`kept ${all().length}, committed ${!db.sqlite.inTransaction}`))
      })
      expect(() =>
        db.transaction(() => {
          db.afterCommit(() => told.push('taken back'))
          throw new Error('no')
        }),
      ).toThrow()
      expect(told).toEqual([])
    })
    db.afterCommit(() => told.push('at once'))

    expect(told).toEqual(['kept 1, committed true', 'at once'])
  })
})

test('a full disk is a Fault that says so; what stood before stands, and it goes on once there is room', () => {
  const { db, add, all } = numbers(newFile())
  add(1)
  // SQLite answers a page it may not have as it answers a disk that has none.
  db.sqlite.run(`PRAGMA max_page_count = ${pragma(db, 'page_count')}`)

  const fault = faultOf(() =>
    db.transaction(() => {
      add(2)
      db.sqlite.run('INSERT INTO numbers (n, filler) VALUES (3, zeroblob(1000000))')
    }),
  )

  expect(fault.message).toContain('is full, so this change was not stored; everything stored before stands')
  expect(all()).toEqual([1])
  db.sqlite.run('PRAGMA max_page_count = 1000000')
  db.transaction(() => add(2))
  expect(all()).toEqual([1, 2])
})

test('a database that another program holds locked is a Fault that says so, and nothing is half done', () => {
  const file = newFile()
  const { db, add, all } = numbers(file)
  const other = openDb(file, STATE_KIND)
  db.sqlite.run('PRAGMA busy_timeout = 0')
  other.sqlite.run('BEGIN IMMEDIATE')

  const fault = faultOf(() => db.transaction(() => add(1)))

  expect(fault.message).toContain('Another program holds')
  other.sqlite.run('ROLLBACK')
  db.transaction(() => add(1))
  expect(all()).toEqual([1])
})

describe('a damaged file is refused with a sentence, and left as it is', () => {
  test('no database at all', () => {
    const file = newFile()
    const letter = 'a letter, not a database; long enough to have a header of its own'.repeat(200)
    writeFileSync(file, letter)

    expect(faultOf(() => openDb(file, STATE_KIND)).message).toContain('is damaged')
    expect(readFileSync(file, 'utf8')).toBe(letter)
  })

  test('cut short', () => {
    const file = newFile()
    const { db } = numbers(file)
    db.sqlite.run('INSERT INTO numbers (n, filler) VALUES (1, zeroblob(100000))')
    db.close()
    truncateSync(file, 4096 * 3)

    expect(faultOf(() => openDb(file, STATE_KIND)).message).toContain('is damaged')
    expect(statSync(file).size).toBe(4096 * 3)
  })

  test('a directory in its place', () => {
    expect(faultOf(() => openDb(home, STATE_KIND)).message).toContain('cannot be opened')
  })
})

test('a file that was killed before its checkpoint is whole', () => {
  const file = newFile()
  const script = `
    import { openDb, STATE_KIND } from '${join(import.meta.dir, '../../src/store/database.ts')}'
    const db = openDb('${file}', STATE_KIND)
    db.sqlite.run('CREATE TABLE numbers (n INTEGER PRIMARY KEY, filler BLOB)')
    for (let n = 0; n < 50; n += 1) db.transaction(() => db.sqlite.query('INSERT INTO numbers VALUES (?, zeroblob(9000))').run(n))
    process.kill(process.pid, 'SIGKILL')`
  const { exitCode, signalCode } = Bun.spawnSync([process.execPath, '-e', script])
  expect({ exitCode, signalCode }).toMatchObject({ signalCode: 'SIGKILL' })
  expect(existsSync(`${file}-wal`)).toBe(true)

  const { db, all } = numbers(file)

  expect(all().length).toBe(50)
  expect(pragma(db, 'quick_check')).toBe('ok')
}, 60_000)
