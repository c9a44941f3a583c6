import { expect, test } from 'bun:test'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { linesOf, processesWith, repository, scratch, serve, until } from './support.ts'

const LINES = 400

/** Writes while the disk is filled and emptied under it. */
const WORK = `n=0
while [ $n -lt ${LINES} ]; do n=$((n+1)); echo "n $n $(printf %0200d $n)"; sleep 0.01; done
`

const definition = (url: string) => `
kind: workflow
name: writer
source: { git: { url: ${url}, branch: main } }
build: { script: { run: sh work.sh } }
`

test('a disk that is full ends a stage whose log cannot be written in Error, and nothing that was written is lost', async () => {
  const { dir, remove } = scratch()
  const data = join(dir, 'data')
  // Only who may mount can have a small disk.
  mkdirSync(data)
  if (!Bun.spawnSync(['mount', '-t', 'tmpfs', '-o', 'size=24m,mode=0700', 'tmpfs', data]).success)
    return remove()
  try {
    const server = await serve(data)
    const url = repository(join(dir, 'repository'), { 'work.sh': WORK })
    await server.client.call('applyDefinitions', { body: { text: definition(url) } })
    const begin = () => server.client.call('triggerExecution', { body: { workflow: 'writer' } })
    const { id } = await begin()
    await until(server.client, id, ({ stages }) =>
      stages.some((stage) => stage.id === 'build' && stage.lines > 20),
    )

    expect(fill(join(data, 'filler'))).toBeGreaterThan(1024 * 1024)
    await Bun.sleep(2_000)
    const meanwhile = await begin().catch((error: Error) => error.message)
    const alive = await fetch(`${server.address}/healthz`)
    rmSync(join(data, 'filler'))
    const ended = await until(server.client, id)

    expect(alive.status).toBe(200)
    expect(`${ended.status}: ${ended.reason}`).toMatch(/^error: .*disk is full/i)
    const lines = await linesOf(server.client, id, 'build')
    expect(lines.length).toBeGreaterThan(20)
    const written = lines.filter(({ kind }) => kind === 'line').map(({ text }) => Number(text.split(' ')[1]))
    expect(written).toEqual(written.map((_, index) => index + 1))
    // What was asked for while the disk was full is kept for later or refused with the reason, never half of each.
    if (typeof meanwhile === 'string') expect(meanwhile).toMatch(/disk|space|full/i)
    const next = typeof meanwhile === 'string' ? await begin() : meanwhile
    expect((await until(server.client, next.id)).status).toBe('succeeded')
    expect(await server.stop()).toBe(0)
    expect(processesWith(data)).toEqual([])
  } finally {
    Bun.spawnSync(['umount', '-l', data])
    remove()
  }
}, 120_000)

/** Takes all the space there is; answers how much that was. */
function fill(path: string): number {
  let written = 0
  for (const size of [1024 * 1024, 4_096]) {
    const block = new Uint8Array(size)
    try {
      while (true) {
        writeFileSync(path, block, { flag: 'a' })
        written += size
      }
    } catch {
      // The smaller block takes what the larger one left.
    }
  }
  return written
}
