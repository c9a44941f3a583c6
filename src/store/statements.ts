import type { Statement } from 'bun:sqlite'
import type { Db } from './database.ts'

/** What may stand in a place of a statement. */
export type Parameter = string | number

/** A prepared statement for a text. */
export type Statements = <Row>(sql: string) => Statement<Row, Parameter[]>

/** Beyond this all are forgotten and prepared again when asked for; lists in use need a few dozen. */
const KEPT_MAX = 200

/** Keeps statements whose text depends on what is asked: the next page of a list finds its own prepared. */
export function createStatements({ sqlite }: Pick<Db, 'sqlite'>): Statements {
  const kept = new Map<string, Statement>()
  return <Row>(sql: string) => {
    const known = kept.get(sql)
    if (known !== undefined) return known as Statement<Row, Parameter[]>
    if (kept.size >= KEPT_MAX) kept.clear()
    const statement = sqlite.prepare<Row, Parameter[]>(sql)
    kept.set(sql, statement as Statement)
    return statement
  }
}
