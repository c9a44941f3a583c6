import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Fault } from '../domain/fault.ts'
import type { Db } from './database.ts'
import { storeFault } from './faults.ts'

/**
 * The one id that the directory and both databases bear; made at the first start. A Fault where they differ:
 * files of two instances were mixed, and effects of one would be performed for the other.
 */
export function instanceId(dir: string | ':memory:', state: Db, logs: Db, newId: () => string): string {
  const id = read(state) ?? write(state, newId())
  const ofLogs = read(logs) ?? write(logs, id)
  if (ofLogs !== id) throw mixed(logs.file, ofLogs, state.file, id)
  if (dir === ':memory:') return id

  const file = join(dir, 'instance')
  const ofDirectory = readFile(file) ?? writeFile(file, id)
  if (ofDirectory !== id) throw mixed(file, ofDirectory, state.file, id)
  return id
}

function mixed(one: string, itsId: string, other: string, otherId: string): Fault {
  return new Fault(
    'conflict',
    `${one} belongs to instance ${itsId}, but ${other} to instance ${otherId}. Put the files of one instance together, or choose another data directory.`,
  )
}

function read(db: Db): string | null {
  return (
    db.sqlite.query<{ value: string }, []>("SELECT value FROM meta WHERE key = 'instance'").get()?.value ??
    null
  )
}

function write(db: Db, id: string): string {
  db.transaction(() => db.sqlite.query("INSERT INTO meta (key, value) VALUES ('instance', ?)").run(id))
  return id
}

function readFile(file: string): string | null {
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : null
}

function writeFile(file: string, id: string): string {
  try {
    writeFileSync(file, `${id}\n`)
    return id
  } catch (error) {
    throw storeFault(error, file)
  }
}
