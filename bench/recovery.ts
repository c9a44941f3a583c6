/**
 * Figure 20: `bun bench/recovery.ts`, on dist/periplus. SIGKILL with 50 executions that write, and a start again: the
 * time from that start until lines written after the kill are stored of every one of them.
 */
import { join } from 'node:path'
import { linesOf, repository, type Server, scratch, serve, until } from '../test/binary/support.ts'
import { percentile, print } from './report.ts'

const EXECUTIONS = 50
const ROUNDS = 5
const TARGET = '≤ 2 s, nothing lost or doubled'

const WORK = 'n=0; while [ ! -e "$STOP" ]; do n=$((n+1)); echo "n $n"; sleep 0.1; done\n'

const { dir, remove } = scratch()
const flags = ['--max-running', String(EXECUTIONS)]
const stop = join(dir, 'stop')
const url = repository(join(dir, 'repository'), { 'work.sh': WORK })
const definition = `
kind: workflow
name: writer
source: { git: { url: ${url}, branch: main } }
variables: { STOP: ${stop} }
build: { script: { run: sh work.sh } }
`

let server: Server = await serve(join(dir, 'data'), flags)
await server.client.call('applyDefinitions', { body: { text: definition } })
const ids: string[] = []
for (let n = 0; n < EXECUTIONS; n += 1) {
  ids.push((await server.client.call('triggerExecution', { body: { workflow: 'writer' } })).id)
}
for (const id of ids) await until(server.client, id, ({ stages }) => (stages[2]?.lines ?? 0) > 0)

const answers: number[] = []
const recoveries: number[] = []
for (let round = 0; round < ROUNDS; round += 1) {
  const before = new Map(await Promise.all(ids.map(async (id) => [id, await storedLines(id)] as const)))
  await server.kill()
  const begun = performance.now()
  server = await serve(join(dir, 'data'), flags)
  answers.push(performance.now() - begun)
  const behind = new Set(ids)
  while (behind.size > 0) {
    for (const id of behind) if ((await storedLines(id)) > (before.get(id) ?? 0)) behind.delete(id)
  }
  recoveries.push(performance.now() - begun)
}

await Bun.write(stop, '')
let wrong = 0
for (const id of ids) {
  const { status } = await until(server.client, id)
  const numbers = (await linesOf(server.client, id, 'build')).map(({ text }) => text)
  if (status !== 'succeeded' || numbers.some((text, index) => text !== `n ${index + 1}`)) wrong += 1
}
await server.stop()
remove()

recoveries.sort((a, b) => a - b)
answers.sort((a, b) => a - b)
print('Recovery', [
  {
    figure: `20 kill -9 with ${EXECUTIONS} running, start to all followed`,
    measured: `${percentile(recoveries, 50).toFixed(0)} ms (worst ${recoveries.at(-1)?.toFixed(0)}); ${wrong} of ${EXECUTIONS} logs wrong after ${ROUNDS} kills`,
    beside: `start to listening ${percentile(answers, 50).toFixed(0)} ms`,
    target: TARGET,
  },
])

async function storedLines(id: string): Promise<number> {
  const { stages } = await server.client.call('getExecution', { params: { id } })
  return stages.find((stage) => stage.id === 'build')?.lines ?? 0
}
