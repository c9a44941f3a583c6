import { refuseUnknownVariables } from '../config/settings.ts'
import { environment } from '../config.ts'
import { type Context, ReaderGone, type Running } from './command.ts'

/** `periplus serve`: until it is told to stop. */
export async function serveUntilStopped({
  settings,
  signal,
  startServer,
  terminal,
  line,
}: Context): Promise<number> {
  refuseUnknownVariables(environment())
  const server = await startServer(settings.config)
  // Whoever started it may have closed its output since; a server goes on.
  await terminal.out(greeting(server, line.flags.has('--json'))).catch(unlessGone)
  await untilStopped(signal)
  await server.stop()
  return 0
}

/** Resolves when the process is asked to stop. */
export function untilStopped(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

function greeting({ address, setupLink }: Running, json: boolean): string {
  if (json) return `${JSON.stringify({ address, setupLink })}\n`
  const setup = `Nobody may sign in yet. Make the first admin, once, at ${setupLink}\n`
  return `Periplus listens on ${address}\n${setupLink === null ? '' : setup}`
}

function unlessGone(error: unknown): void {
  if (!(error instanceof ReaderGone)) throw error
}
