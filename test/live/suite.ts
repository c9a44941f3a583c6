import type { Subprocess } from 'bun'
import { RUN_VARIABLE, type Run } from './cluster.ts'
import type { Settings } from './settings.ts'

export interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

const TESTS = ['engine', 'server'].map((name) => `./test/live/${name}.live.ts`)
/** What the tests have started gets so long to end when they are interrupted. */
const END_MS_MAX = 15_000

/** Runs the tests in a process group of their own, shows what they say, and counts them as their runner does. */
export async function runTests(
  run: Run,
  { limitSeconds }: Settings,
  words: readonly string[],
  stop: AbortSignal,
): Promise<Counts> {
  const child = Bun.spawn(
    [process.execPath, 'test', '--timeout', String(limitSeconds * 1_000), ...TESTS, ...words],
    {
      env: { ...process.env, [RUN_VARIABLE]: JSON.stringify(run) },
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'pipe',
      detached: true,
    },
  )
  const onStop = () => void end(child)
  stop.addEventListener('abort', onStop, { once: true })
  if (stop.aborted) onStop()
  const [out, err, code] = await Promise.all([shown(child.stdout), shown(child.stderr), child.exited])
  stop.throwIfAborted()
  // Servers that a failed test forgot.
  signal(child, 'SIGKILL')
  const counts = countsIn(out + err)
  // A runner that broke off before its summary has failed, whatever it counted.
  return code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts
}

async function end(child: Subprocess): Promise<void> {
  signal(child, 'SIGTERM')
  await Promise.race([child.exited, Bun.sleep(END_MS_MAX)])
  signal(child, 'SIGKILL')
}

/** To the whole group: what a test has started ends with it. */
function signal({ pid }: Subprocess, name: NodeJS.Signals): void {
  try {
    process.kill(-pid, name)
  } catch {
    // All of it has ended.
  }
}

async function shown(stream: ReadableStream<Uint8Array>): Promise<string> {
  let text = ''
  const decoder = new TextDecoder()
  for await (const bytes of stream) {
    process.stdout.write(bytes)
    text += decoder.decode(bytes, { stream: true })
  }
  return text
}

function countsIn(told: string): Counts {
  const count = (kind: string) =>
    Number([...told.matchAll(new RegExp(`^ (\\d+) ${kind}s?$`, 'gm'))].at(-1)?.[1] ?? 0)
  return { passed: count('pass'), failed: count('fail') + count('error'), skipped: count('skip') }
}
