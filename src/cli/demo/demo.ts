import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Config } from '../../config.ts'
import type { Client } from '../../contract/client.ts'
import type { ExecutionDetailWire } from '../../contract/schemas.ts'
import { Fault } from '../../domain/fault.ts'
import { isFinal, STATUS_WORDS } from '../../domain/status.ts'
import type { Context, Running } from '../command.ts'
import { connect } from '../connect.ts'
import { colourOf, paint } from '../print.ts'
import { progress } from '../run.ts'
import { untilStopped } from '../serve.ts'
import { watch } from '../watch.ts'
import definitions from './project/definitions.yaml' with { type: 'text' }
import { makeRepository } from './repository.ts'

const ADMIN = 'admin'
/** A demo that is stopped in the middle waits this long for its stages to end before it takes their directories away. */
const END_MS_MAX = 15_000
const PARENT_LOOK_MS = 500

/** `periplus demo`: a server with a small real workflow, up to its approval and on, until Ctrl-C. */
export async function demo(context: Context): Promise<number> {
  const { line, settings, terminal } = context
  if (line.flags.has('--json'))
    throw new Fault('invalid', 'demo speaks to people alone; for programs there is “periplus serve --json”.')
  const given = settings.written['data.dir'].from !== 'default'
  const dir = given
    ? ownDirectory(settings.config['data.dir'])
    : mkdtempSync(join(tmpdir(), 'periplus-demo-'))
  const quiet = settings.written['log.level'].from === 'default'
  const config: Config = {
    ...settings.config,
    'log.level': quiet ? 'warn' : settings.config['log.level'],
    'data.dir': dir,
    'git.allowFile': true,
    server: null,
    token: null,
  }
  const signal = AbortSignal.any([context.signal, abandoned(context)])
  const stay = { ...context, signal, settings: { ...settings, config } }
  try {
    const server = await start(stay, settings.written.listen.from !== 'default')
    try {
      await walk(stay, server, connect(stay))
      await terminal.out('\nThe server stays. Look around; Ctrl-C ends the demo.\n')
      await untilStopped(signal)
    } finally {
      await endAll(stay)
      await server.stop()
    }
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    if (line.flags.has('--keep')) await terminal.out(`The data is kept in ${dir}.\n`)
    else rmSync(dir, { recursive: true, force: true })
  }
  return 0
}

/**
 * Fires when whoever started the demo has gone without a word to it: a terminal that was closed, or an npm that was
 * ended, which does not pass SIGTERM on.
 */
function abandoned({ world }: Context): AbortSignal {
  const gone = new AbortController()
  const parent = process.ppid
  process.once('SIGHUP', () => gone.abort())
  const watch = async () => {
    while (process.ppid === parent) await world.sleep(PARENT_LOOK_MS)
    gone.abort()
  }
  void watch()
  return gone.signal
}

/** A directory that was named must be empty: the demo removes it, and removes nothing of others. */
function ownDirectory(dir: string): string {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  if (readdirSync(dir).length === 0) return dir
  throw new Fault('conflict', `${dir} is not empty. The demo takes an empty directory, or leave out --data.`)
}

/** The usual port, or a free one where it is taken; a port that was asked for is not changed. */
async function start({ settings: { config }, startServer }: Context, asked: boolean): Promise<Running> {
  try {
    return await startServer(config)
  } catch (error) {
    if (asked || !(error instanceof Fault) || error.kind !== 'conflict') throw error
    return await startServer({ ...config, listen: { ...config.listen, port: 0 } })
  }
}

async function walk(context: Context, server: Running, client: Client): Promise<void> {
  const { terminal, settings, world } = context
  const dir = settings.config['data.dir']
  const say = (text: string) => terminal.out(`${text}\n`)
  makeRepository(join(dir, 'demo', 'repository'))
  const text = definitions
    .replaceAll('__REPOSITORY__', join(dir, 'demo', 'repository'))
    .replaceAll('__SITES__', join(dir, 'demo', 'sites'))

  await client.call('createUser', { body: { name: ADMIN, role: 'admin' } })
  const { token } = await client.call('createToken', { body: { name: 'demo', user: ADMIN } })
  const tokenFile = join(dir, 'demo', 'token')
  writeFileSync(tokenFile, `${token}\n`, { mode: 0o600 })
  await client.call('applyDefinitions', { body: { text } })
  const link = await client.call('createSignInLink', { body: { user: ADMIN } })

  await say(`Periplus runs on ${paint(server.address, 'bold', terminal)}`)
  await say(`Sign in as ${ADMIN}, by a link that works once:\n\n  ${server.address}${link.path}\n`)

  const { id } = await client.call('triggerExecution', { body: { workflow: 'lighthouse' } })
  const show = progress({ terminal, world })
  let asked = false
  const ended = await watch(context, client, id, async (execution) => {
    await show(execution)
    if (execution.status !== 'approval-pending' || asked) return
    asked = true
    await say(whatNext(context, server, execution, tokenFile))
  })
  const status = paint(STATUS_WORDS[ended.status], colourOf(ended.status), terminal)
  await say(`\n${id} has ended: ${status}. Its history is at ${server.address}/executions/${id}`)
}

function whatNext(
  context: Context,
  server: Running,
  execution: ExecutionDetailWire,
  tokenFile: string,
): string {
  const [first = 'periplus', source] = context.self
  const program = source === undefined ? first : 'npm run --silent periplus --'
  const decision = `${execution.id} production --data ${context.settings.config['data.dir']} --token-file ${tokenFile}`
  return [
    '',
    'Dev has it; production waits for an approval. Give it on its page:',
    '',
    `  ${server.address}/executions/${execution.id}`,
    '',
    'or in another terminal:',
    '',
    `  ${program} approve ${decision}`,
    '',
  ].join('\n')
}

/** Stages outlive a server by design; a demo leaves nothing behind. */
async function endAll(context: Context): Promise<void> {
  const signal = AbortSignal.timeout(END_MS_MAX)
  const client = connect(context)
  const { items } = await client.call('listExecutions', { query: {} })
  for (const { id, status } of items) {
    if (isFinal(status)) continue
    await client.call('terminateExecution', { params: { id }, body: { reason: 'The demo was ended.' } })
    await watch({ ...context, signal }, client, id, async () => {})
  }
}
