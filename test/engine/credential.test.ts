import { afterEach, beforeEach, expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { News } from '../../src/engine/engine.ts'
import { commandLines, filesWith, guardedByPassword, HAS_SSHD, sshDaemon } from '../outside/guarded.ts'
import { finishOf, orderOf, story } from './conformance.ts'
import { Ground } from './ground.ts'

const SECRET = 'planted-7Qx-needle-31'
const password = { kind: 'https', username: 'ci', password: SECRET } as const

const overSsh = test.skipIf(!HAS_SSHD)

let g: Ground
beforeEach(() => {
  g = new Ground()
})
afterEach(() => g.close())

function wordsOf(news: readonly News[], stage: number): string[] {
  return news.flatMap((one) =>
    one.type === 'lines' && one.stage === stage ? one.lines.map((line) => line.text) : [],
  )
}

test('a closed repository is checked out with its password, which no stage and no file is left with', async () => {
  await using remote = guardedByPassword(g.dir, password)
  const source = { ...g.source, url: `${remote.url}/repository`, credential: password }
  const order = orderOf({ source }, [null, 'git rev-parse HEAD; env; git config --list; cat .git/config'])

  await g.engine.submit(order)
  const news = await story(g, order.handle)

  expect(wordsOf(news, 2)[0]).toBe(g.source.sha)
  expect(wordsOf(news, 2).join('\n')).not.toMatch(/PERIPLUS_(USERNAME|PASSWORD)|127\.0\.0\.1:\d+\.helper/)
  expect(JSON.stringify(news)).not.toContain(SECRET)
  expect(filesWith(g.segment(order.handle), SECRET)).toEqual([])
})

test('while git is at work the password stands on no command line and in no file', async () => {
  const asked = Promise.withResolvers<void>()
  const over = Promise.withResolvers<Response>()
  await using remote = guardedByPassword(g.dir, password, {
    answer: () => {
      asked.resolve()
      return over.promise
    },
  })
  const source = { ...g.source, url: `${remote.url}/repository`, credential: password }
  const order = orderOf({ source }, [null, 'true'])

  await g.engine.submit(order)
  await asked.promise
  const lines = commandLines()
  const files = filesWith(g.dir, SECRET)
  await g.engine.terminate(order.handle)
  await story(g, order.handle)
  over.resolve(new Response('late'))

  expect(lines.some((line) => line.includes('remote-http'))).toBe(true)
  expect(lines.filter((line) => line.includes(SECRET))).toEqual([])
  expect(files).toEqual([])
})

test('a wrong password is a failure at once, and is not said back', async () => {
  await using remote = guardedByPassword(g.dir, { ...password, password: 'another-one' })
  const source = { ...g.source, url: `${remote.url}/repository`, credential: password }
  const order = orderOf({ source }, [null, 'touch ran'])

  await g.engine.submit(order)
  const news = await story(g, order.handle)

  expect(finishOf(news, 1)).toMatchObject({ status: 'failed' })
  expect(finishOf(news, 1)?.reason).toContain('Authentication failed')
  expect(JSON.stringify(news)).not.toContain(SECRET)
})

test('the password follows no redirect to another host', async () => {
  await using thief = guardedByPassword(g.dir, password)
  await using remote = guardedByPassword(g.dir, password, {
    open: 'open',
    answer: (_, url) => Response.redirect(`${thief.url}${url.pathname}${url.search}`, 302),
  })
  const source = { ...g.source, url: `${remote.url}/repository`, credential: password }
  const order = orderOf({ source }, [null, 'true'])

  await g.engine.submit(order)
  const news = await story(g, order.handle)

  expect(finishOf(news, 1)?.status).toBe('failed')
  expect(thief.shown.length).toBeGreaterThan(0)
  expect(thief.shown.filter((one) => one !== null)).toEqual([])
})

overSsh(
  'a closed repository is checked out by ssh; key and known hosts are gone before the first script',
  async () => {
    await using daemon = await sshDaemon(join(g.dir, 'sshd'))
    const source = {
      ...g.source,
      url: `${daemon.url}${g.dir}/repository`,
      credential: daemon.credential,
    }
    const order = orderOf({ source }, [null, 'git rev-parse HEAD; ls -a ..; cat .git/config'])
    const inside = daemon.credential.privateKey.split('\n')[1] ?? ''

    await g.engine.submit(order)
    const news = await story(g, order.handle)

    expect(wordsOf(news, 2)[0]).toBe(g.source.sha)
    expect(wordsOf(news, 2)).toContain('workspace')
    expect(wordsOf(news, 2)).not.toContain('ssh')
    expect(JSON.stringify(news)).not.toContain(inside)
    expect(filesWith(g.segment(order.handle), inside)).toEqual([])
  },
)

overSsh('a key is private while ssh reads it, and goes with a supervisor that is lost', async () => {
  const asked = Promise.withResolvers<void>()
  const silent = Bun.listen({
    hostname: '127.0.0.1',
    port: 0,
    socket: { data: () => {}, open: () => asked.resolve() },
  })
  const daemon = await sshDaemon(join(g.dir, 'sshd'))
  const source = {
    ...g.source,
    url: `ssh://root@127.0.0.1:${silent.port}/repository`,
    credential: daemon.credential,
  }
  await daemon[Symbol.asyncDispose]()
  const order = orderOf({ source }, [null, 'true'])
  const key = join(g.segment(order.handle), 'ssh', 'key')

  await g.engine.submit(order)
  await asked.promise
  const rights = (await Bun.file(key).stat()).mode & 0o777
  const command = commandLines().find((line) => line.includes('IdentityFile='))
  await g.lose(order.handle)
  const news = await story(g, order.handle)
  silent.stop(true)

  expect(rights).toBe(0o600)
  expect(command).toContain(key)
  expect(news.at(-1)).toMatchObject({ type: 'segment.lost' })
  expect(existsSync(key)).toBe(false)
})

test('an order on the disk holds the credential apart, until the segment is claimed', async () => {
  const held = new Ground({ self: ['/bin/false'] })
  const source = { ...held.source, credential: password }
  const order = orderOf({ source }, [null])

  await held.engine.submit(order)
  const files = filesWith(held.segment(order.handle), SECRET)
  const secrets = join(held.segment(order.handle), 'secrets.json')

  expect(files).toEqual([secrets])
  expect((await Bun.file(secrets).stat()).mode & 0o777).toBe(0o600)
  expect(readFileSync(join(held.segment(order.handle), 'order.json'), 'utf8')).toContain('"credential":null')
  await held.close()
})
