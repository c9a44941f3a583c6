import { closeSync } from 'node:fs'
import type { World } from '../../world.ts'
import { pipe } from './libc.ts'
import type { Process } from './processes.ts'
import type { Roster } from './roster.ts'
import type { SpoolWriter } from './spool.ts'
import type { Tree } from './tree.ts'
import { wordsOf } from './words.ts'

/** After its shell has ended, a stage's other processes have this long to end and to let go of the output. */
const DRAIN_MS = 1_000
const DRAIN_LOOK_MS = 10
/** What a timer can hold, some 24 days; a longer one would fire at once. */
const TIMER_MS_MAX = 2 ** 31 - 1

export interface ScriptOrder {
  readonly argv: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly timeoutMs: number | null
  readonly graceMs: number
}

export type Ending =
  | { readonly how: 'exited'; readonly code: number }
  /** By a signal that nobody here sent. */
  | { readonly how: 'signalled'; readonly signal: string }
  | { readonly how: 'timed-out' }
  | { readonly how: 'terminated' }
  /** The platform could not run it, or not to its end. */
  | { readonly how: 'broken'; readonly reason: string }

interface Context {
  readonly spool: SpoolWriter
  readonly tree: Tree
  readonly termination: AbortSignal
  readonly roster: Roster
  readonly world: World
}

/** Runs a command in a session of its own, its output into the spool; resolves when all its processes are gone. */
export async function runScript(order: ScriptOrder, context: Context): Promise<Ending> {
  const { tree, spool, roster } = context
  const ends = pipe()
  let child: Bun.Subprocess
  try {
    child = Bun.spawn([...order.argv], {
      cwd: order.cwd,
      env: order.env,
      stdio: ['ignore', ends.write, ends.write],
      detached: true,
      ...(tree.group === null ? {} : { cgroup: tree.group }),
    })
  } catch (error) {
    closeSync(ends.read)
    closeSync(ends.write)
    return { how: 'broken', reason: `The script could not be started: ${wordsOf(error)}` }
  }
  closeSync(ends.write)
  tree.own(new Set([child.pid]))
  roster.note()
  const output = new Output(ends.read, spool)
  const ending = await firstOf(child, output, order, context)
  const { broken } = await settle(output, context)
  return broken === null ? ending : { how: 'broken', reason: broken }
}

/** The shell's own end, or what we made of it: a termination, a deadline, a log that takes nothing more. */
async function firstOf(
  child: Bun.Subprocess,
  output: Output,
  order: ScriptOrder,
  context: Context,
): Promise<Ending> {
  const { tree, termination, spool } = context
  const { promise: stop, resolve } = Promise.withResolvers<'terminated' | 'timed-out' | 'unwritable'>()
  const onTermination = () => resolve('terminated')
  termination.addEventListener('abort', onTermination, { once: true })
  if (termination.aborted) onTermination()
  const timer =
    order.timeoutMs === null
      ? undefined
      : setTimeout(resolve, Math.min(order.timeoutMs, TIMER_MS_MAX), 'timed-out')
  output.unwritable.then(() => resolve('unwritable'))
  const first = await Promise.race([child.exited, stop])
  clearTimeout(timer)
  termination.removeEventListener('abort', onTermination)
  if (typeof first === 'string') {
    await tree.end(first === 'unwritable' ? 0 : order.graceMs, (left) => spool.mark(stuckText(left)))
    await child.exited
  }
  tree.own(new Set())
  if (first === 'terminated' || first === 'timed-out') return { how: first }
  if (child.signalCode !== null) return { how: 'signalled', signal: String(child.signalCode) }
  return { how: 'exited', code: child.exitCode ?? -1 }
}

/** Waits until the output has ended and nobody is left, for a while; then helps. */
async function settle(
  output: Output,
  { tree, spool, world }: Context,
): Promise<{ readonly broken: string | null }> {
  const deadline = world.now() + DRAIN_MS
  while ((!output.ended || tree.living().length > 0) && world.now() < deadline) {
    await Promise.race([output.end, world.sleep(DRAIN_LOOK_MS)])
    if (output.ended && tree.living().length > 0) await world.sleep(DRAIN_LOOK_MS)
  }
  const left = tree.living()
  if (left.length > 0 || !output.ended) await tree.kill((stuck) => spool.mark(stuckText(stuck)))
  if (!output.ended) await Promise.race([output.end, world.sleep(DRAIN_MS)])
  const held = !output.ended
  await output.abandon()
  if (output.broken === null) {
    if (left.length > 0) spool.mark(leftText(left.length))
    if (held) spool.mark('A process outside this stage holds its output open; what it writes is not kept.')
  }
  return { broken: output.broken }
}

/** The stage's output, read as it comes and put down with its time. */
class Output {
  /** Resolves when the last writer has let go, or nobody listens any more. */
  readonly end: Promise<void>
  /** Resolves when the spool could not take it. */
  readonly unwritable: Promise<void>
  ended = false
  broken: string | null = null
  // Read by the event loop. A read that blocks would hold a thread of a small pool, as long as somebody outside the
  // stage keeps the pipe open.
  readonly #reader: ReturnType<typeof readerOf>

  constructor(fd: number, spool: SpoolWriter) {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.unwritable = promise
    this.#reader = readerOf(fd)
    this.end = this.#pump(spool, resolve).finally(() => {
      this.ended = true
      closeSync(fd)
    })
  }

  /** Listens no more. */
  async abandon(): Promise<void> {
    await this.#reader.cancel()
    await this.end
  }

  async #pump(spool: SpoolWriter, fail: () => void): Promise<void> {
    for (let next = await this.#reader.read(); !next.done; next = await this.#reader.read()) {
      if (this.broken !== null) continue
      try {
        spool.write(next.value)
      } catch (error) {
        this.broken = `The log could not be written: ${wordsOf(error)}`
        fail()
      }
    }
  }
}

function readerOf(fd: number) {
  return Bun.file(fd).stream().getReader()
}

function leftText(count: number): string {
  return count === 1
    ? 'A process that the stage left behind was killed.'
    : `${count} processes that the stage left behind were killed.`
}

function stuckText(left: readonly Process[]): string {
  return `Still alive after SIGKILL: ${left.map((one) => one.pid).join(', ')}. The stage ends when they do.`
}
