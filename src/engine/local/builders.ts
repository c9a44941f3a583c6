import { BUILDERS, PUSHER } from '../../domain/runnable.ts'

/** A daemon that does not answer by then builds nothing for us either. */
const ANSWER_MS = 5_000

/**
 * What builds and pushes images on this machine. Docker is such where its daemon answers and knows BuildKit, which secrets
 * need.
 */
export async function buildersOf(environment: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const found = [...BUILDERS, PUSHER].filter(
    (name) => Bun.which(name, { PATH: environment['PATH'] ?? '' }) !== null,
  )
  const others = found.filter((name) => name !== 'docker')
  // What is taken before it makes it needless, and asking a daemon takes its time.
  if (others.some((name) => name !== PUSHER) || !found.includes('docker')) return others
  const answers = await Promise.all([
    succeeds(['docker', 'version', '--format', '{{.Server.Version}}'], environment),
    succeeds(['docker', 'buildx', 'version'], environment),
  ])
  return answers.every(Boolean) ? found : others
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

/** What brings up compose files: `compose`, where docker has it as a plugin or podman's is there. */
export async function composersOf(environment: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const has = (name: string) => Bun.which(name, { PATH: environment['PATH'] ?? '' }) !== null
  const docker = has('docker') && (await succeeds(['docker', 'compose', 'version'], environment))
  return docker || has('podman-compose') ? ['compose'] : []
}
