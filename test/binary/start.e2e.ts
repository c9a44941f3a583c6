import { Database } from 'bun:sqlite'
import { afterAll, describe, expect, test } from 'bun:test'
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { BINARY, periplus, scratch, serve } from './support.ts'

const { dir, remove } = scratch()
afterAll(remove)

const root = process.getuid?.() === 0

/** A fresh directory below the scratch one. */
function fresh(name: string): string {
  const path = join(dir, name)
  mkdirSync(path, { recursive: true })
  return path
}

describe('the executable', () => {
  test('runs alone in an empty directory, and says which version it is', async () => {
    const place = fresh('alone')
    const alone = join(place, 'periplus')
    cpSync(BINARY, alone)

    const { code, out } = await periplus(['version', '--json'], { cwd: place })

    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ version: expect.stringMatching(/^\d+\.\d+\.\d+$/), bun: '1.4.5' })
    const moved = Bun.spawnSync([alone, 'help'], { cwd: place, env: {} })
    expect(moved.exitCode).toBe(0)
    expect(readdirSync(place)).toEqual(['periplus'])
  })

  test('runs no code of the directory it starts in and reads no .env there', async () => {
    const place = fresh('hostile')
    writeFileSync(join(place, 'evil.ts'), 'console.log("EVIL"); process.exit(66)')
    writeFileSync(join(place, 'bunfig.toml'), 'preload = ["./evil.ts"]\n[run]\npreload = ["./evil.ts"]\n')
    writeFileSync(join(place, '.env'), 'PERIPLUS_LISTEN=rubbish\nNO_COLOR=1\n')
    writeFileSync(join(place, 'package.json'), '{ "name": "evil", "imports": { "#x": "./evil.ts" } }')
    writeFileSync(join(place, 'tsconfig.json'), '{ "compilerOptions": { "paths": { "*": ["./evil.ts"] } } }')

    const { code, out } = await periplus(['config', '--json'], { cwd: place })

    expect(code).toBe(0)
    expect(JSON.parse(out).listen).toMatchObject({ value: '127.0.0.1:7070', from: 'default' })
  })

  test.each([
    { BUN_OPTIONS: '--preload ./evil.ts' },
    { BUN_BE_BUN: '1' },
    { BUN_INSPECT_PRELOAD: './evil.ts' },
    { BUN_INSPECT: '127.0.0.1:0' },
  ])('is deaf to %p', async (env) => {
    const place = fresh('variables')
    writeFileSync(join(place, 'evil.ts'), 'console.log("EVIL"); process.exit(66)')

    const { code, out, err } = await periplus(['version'], { cwd: place, env })

    expect([code, err]).toEqual([0, ''])
    expect(out).toStartWith('periplus ')
  })
})

test('the executable has the thread of its search inside, and ends with it', async () => {
  const server = await serve(fresh('search'))

  const found = await server.client.call('search', { query: { q: 'anything' } })

  expect(found).toMatchObject({ items: [], ended: 'all', searched: { executions: 0 } })
  expect(await server.stop()).toBe(0)
})

describe('a start that cannot succeed ends with one line that says why and what would help', () => {
  const refusal = async (words: readonly string[], prefix: readonly string[] = []) => {
    const { code, out, err } = await periplus(['serve', '--listen', '127.0.0.1:0', ...words], { prefix })
    const lines = err
      .trim()
      .split('\n')
      .filter((line) => !line.startsWith('{'))
    expect(out).toBe('')
    expect(lines).toHaveLength(1)
    return { code, sentence: lines[0] }
  }

  test('where the port is taken', async () => {
    const other = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response() })
    const address = `127.0.0.1:${other.port}`

    const { code, sentence } = await refusal(['--data', join(dir, 'taken'), '--listen', address])

    expect(code).toBe(5)
    expect(sentence).toBe(
      `periplus: Something else listens on ${address} already. End it, or choose another port with --listen.`,
    )
    await other.stop(true)
  })

  test('where another server has the data directory, which goes on undisturbed', async () => {
    const data = join(dir, 'locked')
    const server = await serve(data)

    const { code, sentence } = await refusal(['--data', data])

    expect(code).toBe(5)
    expect(sentence).toContain(String(server.pid))
    expect(await server.client.call('getMe', {})).toMatchObject({ name: 'local-admin' })
    expect(await server.stop()).toBe(0)
  })

  test('where the database is newer than the program, and leaves it as it was', async () => {
    const data = join(dir, 'newer')
    await (await serve(data)).stop()
    const database = new Database(join(data, 'state.db'))
    const [{ name } = { name: '' }] = database
      .query<{ name: string }, []>("SELECT name FROM sqlite_schema WHERE name LIKE '%migration%'")
      .all()
    database.run(
      `INSERT INTO ${name} SELECT number + 1000, ${columnsAfterNumber(database, name)} FROM ${name} LIMIT 1`,
    )
    database.close()

    const { code, sentence } = await refusal(['--data', data])

    expect(code).not.toBe(0)
    expect(sentence).toMatch(/newer/)
  })

  test('where an option is unknown', async () => {
    const data = fresh('unknown')
    writeFileSync(join(data, 'periplus.yaml'), 'retention: { workspace: 1h }\n')

    const { code, sentence } = await refusal(['--data', data])

    expect(code).toBe(2)
    expect(sentence).toBe(
      `periplus: ${join(data, 'periplus.yaml')}:1: there is no option “retention.workspace”. Did you mean retention.workspaces?`,
    )
  })

  test('where the data directory is a file', async () => {
    writeFileSync(join(dir, 'file'), '')

    const { code, sentence } = await refusal(['--data', join(dir, 'file')])

    expect(code).not.toBe(0)
    expect(sentence).toContain(join(dir, 'file'))
  })

  // Root may read everything, so it becomes somebody else for this.
  test('where this user may not read the data directory', async () => {
    const data = fresh('secret')
    chmodSync(data, 0o000)
    chmodSync(dir, 0o755)
    const other = root ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : []

    const { code, sentence } = await refusal(['--data', data], other)

    expect(code).not.toBe(0)
    expect(sentence).toContain(data)
    chmodSync(data, 0o700)
  })

  test('where the disk is full', async () => {
    const small = fresh('small')
    const mounted = Bun.spawnSync(['mount', '-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', small]).success
    // Only who may mount can have a small disk.
    if (!mounted) return
    try {
      const { code, sentence } = await refusal(['--data', join(small, 'data')])

      expect(code).not.toBe(0)
      expect(sentence).toMatch(/disk|space|full/i)
    } finally {
      Bun.spawnSync(['umount', small])
    }
  })
})

test('what the server writes is for its own user alone', async () => {
  const data = join(dir, 'modes')
  const server = await serve(data)

  const mode = (name: string) => (statSync(join(data, name)).mode & 0o777).toString(8)

  expect([mode('.'), mode('run'), mode('key'), mode('state.db'), mode('logs.db')]).toEqual([
    '700',
    '700',
    '600',
    '600',
    '600',
  ])
  expect(existsSync(join(data, 'run', 'periplus.sock'))).toBe(true)
  expect(await server.stop()).toBe(0)
  expect(existsSync(join(data, 'run', 'periplus.sock'))).toBe(false)
})

test('a server logs one JSON object a line, and nothing of a secret link', async () => {
  const server = await serve(join(dir, 'log'))
  await fetch(`${server.address}/setup/not-the-token`)
  await server.stop()

  const entries = server
    .log()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(entries.map(({ message }) => message)).toContain('Periplus has started.')
  expect(entries.every(({ time, level }) => Date.parse(time) > 0 && /^(info|warn|error)$/.test(level))).toBe(
    true,
  )
  expect(server.log()).not.toContain('not-the-token')
})

function columnsAfterNumber(database: Database, table: string): string {
  const columns = database.query<{ name: string }, []>(`PRAGMA table_info(${table})`).all()
  return columns
    .slice(1)
    .map(({ name }) => name)
    .join(', ')
}
