import { refuseUnknownVariables } from '../config/settings.ts'
import { environment } from '../config.ts'
import type { Context } from './command.ts'

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
  const { address, setupLink } = server
  if (line.flags.has('--json')) await terminal.out(`${JSON.stringify({ address, setupLink })}\n`)
  else {
    await terminal.out(`Periplus listens on ${address}\n`)
    if (setupLink !== null)
      await terminal.out(`Nobody may sign in yet. Make the first admin, once, at ${setupLink}\n`)
  }
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
  await server.stop()
  return 0
}
