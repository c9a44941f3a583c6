import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createLocalEngine } from '../../src/engine/local/local.ts'
import { realWorld } from '../../src/world.ts'

/** A server in miniature, for tests to kill: submits the order it is left, and prints the news it hears. */
const [, , dir = ''] = process.argv
const world = realWorld()
const engine = createLocalEngine({
  dir: join(dir, 'local'),
  self: [process.execPath, join(import.meta.dir, 'entry.ts')],
  world,
  environment: { PATH: process.env['PATH'] ?? '', HOME: dir },
  allowFile: true,
})
const path = join(dir, 'order.json')
while (!existsSync(path)) await world.sleep(10)
const order = JSON.parse(readFileSync(path, 'utf8'))
await engine.submit(order)
for await (const news of engine.follow(order.handle, {}, new AbortController().signal)) {
  process.stdout.write(`${JSON.stringify(news)}\n`)
}
