import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { ask } from './server.ts'

/** How often an execution is looked at, unless that would be what is measured. */
const LOOK_MS = 20

export interface Stage {
  readonly id: string
  readonly status: string
  readonly startedAt: string | null
  readonly finishedAt: string | null
  readonly lines: number
}

/** The build of an execution of the loud workflow. */
export interface LoudBuild {
  /** Of its execution. */
  readonly id: string
  readonly number: number
}

/** Saves a workflow whose build is one command, with a repository under `home`. */
export async function saveLoud(dir: string, home: string, name: string, command: string): Promise<void> {
  const repository = join(home, 'repository')
  mkdirSync(repository, { recursive: true })
  const script =
    'test -d .git || git init -q -b main && git -c user.name=b -c user.email=b@example.org commit -q --allow-empty -m First'
  await Bun.spawn(['sh', '-c', script], { cwd: repository }).exited
  const text = `kind: workflow
name: ${name}
source: { git: { url: "${repository}", branch: main } }
build: { script: { run: "${command}" } }
`
  const { status, answer } = await ask(dir, 'PUT', `/workflows/${name}`, { text })
  if (status >= 300) throw new Error(`The workflow was refused: ${JSON.stringify(answer)}`)
}

export async function trigger(dir: string, workflow: string): Promise<LoudBuild> {
  const { status, answer } = await ask(dir, 'POST', '/executions', { workflow })
  if (status !== 201) throw new Error(`Nothing was triggered: ${JSON.stringify(answer)}`)
  return { id: String(answer['id']), number: Number(answer['number']) }
}

/** Looks at the build again and again until it is as wanted. */
export async function buildOnce(
  dir: string,
  { id }: LoudBuild,
  isWanted: (build: Stage | undefined) => boolean,
  everyMs = LOOK_MS,
): Promise<Stage> {
  while (true) {
    const { answer } = await ask(dir, 'GET', `/executions/${id}`)
    const build = (answer['stages'] as Stage[]).find((stage) => stage.id === 'build')
    if (build !== undefined && isWanted(build)) return build
    await Bun.sleep(everyMs)
  }
}

export function hasEnded(build: Stage | undefined): boolean {
  return build !== undefined && build.finishedAt !== null
}
