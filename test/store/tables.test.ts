import { expect, test } from 'bun:test'
import { is } from 'drizzle-orm'
import { getTableConfig, SQLiteTable } from 'drizzle-orm/sqlite-core'
import type { Db } from '../../src/store/database.ts'
import { openDatabases } from '../../src/store/store.ts'
import * as tables from '../../src/store/tables.ts'

const databases = openDatabases({ dir: ':memory:', now: () => 0, id: () => 'instance' })
const OF_LOGS = new Set(['logs', 'chunks', 'reports', 'documents', 'findings', 'tests'])

interface Column {
  readonly name: string
  readonly type: string
  readonly notnull: number
  readonly pk: number
  readonly dflt_value: string | null
}

function migrated(db: Db, table: string): Column[] {
  return db.sqlite.query<Column, [string]>('SELECT * FROM pragma_table_info(?)').all(table)
}

for (const table of Object.values(tables)) {
  if (!is(table, SQLiteTable)) continue
  const config = getTableConfig(table)
  test(`drizzle sees the columns of ${config.name} as the migrations make them`, () => {
    const db = OF_LOGS.has(config.name) ? databases.logs : databases.state
    const inSql = migrated(db, config.name)

    expect(config.columns.map((column) => [column.name, column.getSQLType().toUpperCase()])).toEqual(
      inSql.map((column) => [column.name, column.type]),
    )
    expect(config.columns.filter((column) => !column.notNull).map((column) => column.name)).toEqual(
      inSql.filter((column) => column.notnull === 0 && column.pk === 0).map((column) => column.name),
    )
    expect(
      config.columns.filter((column) => column.hasDefault && !column.primary).map((column) => column.name),
    ).toEqual(inSql.filter((column) => column.dflt_value !== null).map((column) => column.name))
  })
}

test('drizzle knows every table of the migrations', () => {
  const inSql = (db: Db) =>
    db.sqlite
      .query<{ name: string }, []>("SELECT name FROM sqlite_schema WHERE type = 'table'")
      .all()
      .map((row) => row.name)
      .filter((name) => !/^(sqlite_|titles|migrations)/.test(name))
  const inDrizzle = Object.values(tables).flatMap((table) =>
    is(table, SQLiteTable) ? [getTableConfig(table).name] : [],
  )

  expect(new Set(inDrizzle)).toEqual(new Set([...inSql(databases.state), ...inSql(databases.logs)]))
})
