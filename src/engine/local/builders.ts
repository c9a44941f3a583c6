import { BUILDERS } from '../../domain/runnable.ts'

/** A daemon that does not answer by then builds nothing for us either. */
const ANSWER_MS = 5_000

/** What builds images on this machine. Docker is one where its daemon answers and knows BuildKit, which secrets need. */
export async function buildersOf(environment: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const found = BUILDERS.filter((name) => Bun.which(name, { PATH: environment['PATH'] ?? '' }) !== null)
  // The others are taken first, and asking a daemon takes its time.
  if (found.some((name) => name !== 'docker') || !found.includes('docker'))
    return found.filter((name) => name !== 'docker')
  const answers = await Promise.all([
    succeeds(['docker', 'version', '--format', '{{.Server.Version}}'], environment),
    succeeds(['docker', 'buildx', 'version'], environment),
  ])
  return answers.every(Boolean) ? found : []
}

async function succeeds(
  argv: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<boolean> {
  const child = Bun.spawn([...argv], {
    env: environment,
    stdio: ['ignore', 'ignore', 'ignore'],
    timeout: ANSWER_MS,
  })
  return (await child.exited) === 0
}
