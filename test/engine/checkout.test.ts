import { afterEach, beforeEach, expect, test } from 'bun:test'
import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { News, SegmentOrder } from '../../src/engine/engine.ts'
import { finishOf, milestones, orderOf, story } from './conformance.ts'
import { serveOverHttp } from './githttp.ts'
import { Ground, git } from './ground.ts'

let g: Ground
beforeEach(() => {
  g = new Ground()
})
afterEach(() => g.close())

/** Checks this source out in a stage of its own, then runs a script; all lines of both, and the news. */
async function checkedOut(source: SegmentOrder['source'], script = 'true') {
  const order = orderOf({ source }, [null, script])
  await g.engine.submit(order)
  const news = await story(g, order.handle)
  return { news, lines: textOf(news, 1), after: textOf(news, 2) }
}

function textOf(news: readonly News[], stage: number): string[] {
  return news.flatMap((one) =>
    one.type === 'lines' && one.stage === stage ? one.lines.map((line) => line.text) : [],
  )
}

test('a branch is checked out under its name, with its title and author', async () => {
  const { news, after } = await checkedOut(
    g.source,
    'git branch --show-current; git rev-parse HEAD; git remote get-url origin',
  )

  expect(after).toEqual(['main', g.source.sha, g.source.url])
  expect(news).toContainEqual({ type: 'outputs', stage: 1, outputs: { title: 'First words', author: 'Ada' } })
})

test('the pinned commit is taken, not what the branch has become', async () => {
  writeFileSync(join(g.source.url, 'later'), '')
  g.commit('Later')

  const { after } = await checkedOut(g.source, 'git rev-parse HEAD; ls')

  expect(after).toEqual([g.source.sha, 'readme'])
})

test('a tag and a bare commit are checked out without a branch', async () => {
  git(g.source.url, 'tag', '-a', 'v1', '-m', 'One')

  const tagged = await checkedOut({ ...g.source, branch: null, tag: 'v1' }, 'git status | head -1')
  const bare = await checkedOut({ ...g.source, branch: null }, 'git status | head -1')

  expect(tagged.after[0]).toStartWith('HEAD detached at')
  expect(bare.after[0]).toStartWith('HEAD detached at')
})

test('where single commits are refused, the branch is fetched as deep as needed', async () => {
  for (let i = 0; i < 60; i += 1) git(g.source.url, 'commit', '-q', '--allow-empty', '-m', `Later ${i}`)
  const server = serveOverHttp(g.dir)

  const { after, lines } = await checkedOut(
    { ...g.source, url: `${server.url}repository` },
    'git rev-parse HEAD',
  )
  await server.stop(true)

  expect(after).toEqual([g.source.sha])
  expect(lines).toContain('The remote gives no single commit; fetching the branch or tag it belongs to.')
})

test('a remote that is away for a moment is asked again', async () => {
  let asked = 0
  const server = serveOverHttp(g.dir, () => {
    asked += 1
    return asked === 1 ? new Response('busy', { status: 503 }) : null
  })

  const { news } = await checkedOut({ ...g.source, url: `${server.url}repository` })
  await server.stop(true)

  expect(finishOf(news, 1)?.status).toBe('succeeded')
  expect(news).toContainEqual(
    expect.objectContaining({
      type: 'mark',
      text: 'The repository cannot be read just now; try 2 of 4 follows.',
    }),
  )
})

test('a commit that is nowhere is a failure, and nothing runs', async () => {
  const { news } = await checkedOut({ ...g.source, sha: 'a'.repeat(40) }, 'touch ran')

  expect(milestones(news)).toEqual(['segment.started', '1 began', '1 failed', '2 skipped', 'failed'])
  expect(finishOf(news, 1)?.reason).toContain('not our ref')
})

test('a remote that wants to know who asks is a failure at once, and no password is shown', async () => {
  const server = serveOverHttp(
    g.dir,
    () => new Response('who?', { status: 401, headers: { 'www-authenticate': 'Basic' } }),
  )
  const url = `http://ada:hush-hush@127.0.0.1:${server.port}/repository`

  const { news, lines } = await checkedOut({ ...g.source, url })
  await server.stop(true)

  expect(finishOf(news, 1)?.status).toBe('failed')
  expect(JSON.stringify([lines, finishOf(news, 1)])).not.toContain('hush-hush')
})

test('paths of this machine are no source unless that was allowed', async () => {
  const strict = new Ground({ allowFile: false })
  const order = orderOf(g, [null])

  await strict.engine.submit(order)
  const news = await story(strict, order.handle)
  await strict.close()

  expect(finishOf(news, 1)).toMatchObject({
    status: 'failed',
    reason: "The checkout failed: transport 'file' not allowed",
  })
})

test('hooks and settings of this host take no part', async () => {
  const hooks = join(g.dir, 'hooks')
  mkdirSync(hooks)
  writeFileSync(join(hooks, 'post-checkout'), `#!/bin/sh\ntouch ${g.dir}/hooked\n`)
  chmodSync(join(hooks, 'post-checkout'), 0o755)
  writeFileSync(
    join(g.dir, '.gitconfig'),
    `[core]\n\thooksPath = ${hooks}\n[url "/nowhere"]\n\tinsteadOf = ${g.source.url}\n`,
  )

  const { news } = await checkedOut(g.source)

  expect(finishOf(news, 1)?.status).toBe('succeeded')
  expect(existsSync(join(g.dir, 'hooked'))).toBe(false)
})

test('a termination amid a checkout that never answers leaves no Git behind', async () => {
  const { promise: asked, resolve } = Promise.withResolvers<void>()
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    idleTimeout: 0,
    fetch: () => {
      resolve()
      return new Promise<Response>(() => {})
    },
  })
  const order = orderOf({ source: { ...g.source, url: `${server.url}repository` } }, [null, 'true'])

  await g.engine.submit(order)
  await asked
  await g.engine.terminate(order.handle)
  const news = await story(g, order.handle)
  await server.stop(true)

  expect(milestones(news)).toEqual([
    'segment.started',
    '1 began',
    '1 terminated',
    '2 skipped',
    'error, killed',
  ])
  expect(Bun.spawnSync(['pgrep', '-f', `127.0.0.1:${server.port}/repository`]).stdout.toString()).toBe('')
})

test('a repository that disappears is a failure that says so', async () => {
  rmSync(g.source.url, { recursive: true })

  const { news } = await checkedOut(g.source)

  expect(finishOf(news, 1)?.reason).toContain('does not appear to be a git repository')
})
