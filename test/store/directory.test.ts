import { afterAll, expect, test } from 'bun:test'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDatabases, openStore, storeOver } from '../../src/store/store.ts'
import { addExecution, saveWorkflow } from './fixture.ts'

const home = mkdtempSync(join(tmpdir(), 'periplus-directory-'))
afterAll(() => rmSync(home, { recursive: true }))

/** Another program starts, on a machine that may be busy. */
const SPAWN_MS_MAX = 60_000

let directories = 0
const newDir = () => join(home, `${directories++}`)
let ids = 0
const open = (dir: string) => openStore({ dir, now: () => 1, id: () => `instance-${ids++}` })

/** Another process that has the directory open until it is killed. */
async function holder(dir: string): Promise<ReturnType<typeof Bun.spawn>> {
  const script = `
    import { openStore } from '${join(import.meta.dir, '../../src/store/store.ts')}'
    openStore({ dir: '${dir}', now: () => 1, id: () => 'theirs' })
    console.log('open')
    process.stdin.on('end', () => process.exit()).resume()`
  // It ends with us, however we end.
  const child = Bun.spawn([process.execPath, '-e', script], {
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'ignore',
  })
  for await (const _ of child.stdout) return child
  throw new Error('The other process ended before it had the directory.')
}

test('a directory is made where it is missing, and only its owner may read it and what is in it', () => {
  const dir = join(newDir(), 'deeper')

  const store = open(dir)

  expect(statSync(dir).mode & 0o777).toBe(0o700)
  for (const name of ['state.db', 'state.db-wal', 'logs.db', 'logs.db-wal']) {
    expect(statSync(join(dir, name)).mode & 0o777).toBe(0o600)
  }
  store.close()
})

test(
  'a second process is told who holds the directory, and gets it once the first was killed',
  async () => {
    const dir = newDir()
    const other = await holder(dir)

    expect(() => open(dir)).toThrow(`Another process (pid ${other.pid}) is running Periplus on ${dir}`)

    other.kill('SIGKILL')
    await other.exited
    const store = open(dir)
    expect(store.instance).toBe('theirs')
    store.close()
  },
  SPAWN_MS_MAX,
)

test('a second store in the same process is refused until the first is closed', () => {
  const dir = newDir()
  const first = open(dir)

  expect(() => open(dir)).toThrow(`pid ${process.pid}`)

  first.close()
  open(dir).close()
})

test('a start that fails leaves the directory free', () => {
  const dir = newDir()
  open(dir).close()
  const right = readFileSync(join(dir, 'instance'))
  writeFileSync(join(dir, 'instance'), 'another\n')
  expect(() => open(dir)).toThrow('belongs to instance another')
  writeFileSync(join(dir, 'instance'), right)

  open(dir).close()
})

test('the instance is the same at every start and stands in the directory and both databases', () => {
  const dir = newDir()
  const first = open(dir)
  const { instance } = first
  first.close()

  const second = open(dir)

  expect(second.instance).toBe(instance)
  expect(readFileSync(join(dir, 'instance'), 'utf8')).toBe(`${instance}\n`)
  second.close()
})

test('a log file of another instance is refused', () => {
  const one = newDir()
  const other = newDir()
  open(one).close()
  open(other).close()
  copyFileSync(join(other, 'logs.db'), join(one, 'logs.db'))

  expect(() => open(one)).toThrow('Put the files of one instance together')
})

test('a second store over open databases sees what the first wrote', () => {
  const databases = openDatabases({ dir: ':memory:', now: () => 1, id: () => 'instance' })
  const before = storeOver(databases)
  const workflowId = saveWorkflow(before, 'shop')
  const id = addExecution(before, { workflowId, status: 'pending' })

  const after = storeOver(databases)

  expect(after.executions.byId(id)?.status).toBe('pending')
})
