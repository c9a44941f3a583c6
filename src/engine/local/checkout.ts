import { appendFileSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import type { SimpleGit } from 'simple-git'
import { passwordVariables, sshCommand } from '../../domain/credential.ts'
import type { World } from '../../world.ts'
import type { SegmentOrder } from '../engine.ts'
import {
  BARE_REFUSED,
  CERTAIN_NO,
  FALLBACK_DEPTH,
  LOW_SPEED_BYTES,
  LOW_SPEED_S,
  refspec,
  shown,
  TRIES_MAX,
} from '../remote.ts'
import type { Folder } from './folder.ts'
import { MARKER } from './processes.ts'
import type { Settings } from './records.ts'
import { wordsOf } from './words.ts'

const TRY_AGAIN_MS = 1_000

export type CheckoutResult =
  | { readonly ok: true; readonly outputs: Readonly<Record<string, string>> }
  /** Failed: the commit or the repository is not there. Error: nobody could be asked. */
  | { readonly ok: false; readonly status: 'failed' | 'error' | 'terminated'; readonly reason: string }

interface Context {
  readonly folder: Folder
  readonly settings: Settings
  readonly say: (line: string) => void
  readonly mark: (text: string) => void
  readonly termination: AbortSignal
  readonly world: World
}

/** Puts the pinned commit into the workspace, on its branch where it has one. Submodules are left alone. */
export async function checkout(source: SegmentOrder['source'], context: Context): Promise<CheckoutResult> {
  try {
    return await fetched(source, context)
  } finally {
    context.folder.dropKey()
  }
}

async function fetched(source: SegmentOrder['source'], context: Context): Promise<CheckoutResult> {
  const { say, mark, termination, world } = context
  const git = await openGit(source, context)
  say(`Fetching ${shown(source.url)} at ${source.sha}${source.branch === null ? '' : ` (${source.branch})`}`)
  for (let attempt = 1; ; attempt += 1) {
    try {
      return { ok: true, outputs: await fetchAndSwitch(git, source, context) }
    } catch (error) {
      if (termination.aborted) return { ok: false, status: 'terminated', reason: 'Terminated.' }
      const reason = tidy(wordsOf(error), source.url)
      for (const line of reason.split('\n')) say(line)
      const sentence = `The checkout failed: ${lastLine(reason)}`
      if (CERTAIN_NO.test(reason)) return { ok: false, status: 'failed', reason: sentence }
      if (attempt === TRIES_MAX) return { ok: false, status: 'error', reason: sentence }
      mark(`The repository cannot be read just now; try ${attempt + 1} of ${TRIES_MAX} follows.`)
      await world.sleep(TRY_AGAIN_MS * attempt, termination).catch(() => {})
    }
  }
}

async function openGit(
  source: SegmentOrder['source'],
  { folder, settings, termination }: Context,
): Promise<SimpleGit> {
  // Loaded here: a segment that is at work needs it no more, and it weighs more than the rest of a supervisor.
  const { simpleGit } = await import('simple-git')
  const protocols = settings.allowFile ? 'https:http:ssh:file' : 'https:http:ssh'
  return simpleGit({
    baseDir: folder.workspace,
    abort: termination,
    trimmed: true,
    config: [
      `http.lowSpeedLimit=${LOW_SPEED_BYTES}`,
      `http.lowSpeedTime=${LOW_SPEED_S}`,
      'gc.auto=0',
      'maintenance.auto=false',
      'core.hooksPath=/dev/null',
      'advice.detachedHead=false',
    ],
    allowEnvironment: [
      'GIT_ALLOW_PROTOCOL',
      'GIT_CONFIG_COUNT',
      'GIT_CONFIG_GLOBAL',
      'GIT_CONFIG_KEY_0',
      'GIT_CONFIG_NOSYSTEM',
      'GIT_CONFIG_VALUE_0',
      'GIT_SSH_COMMAND',
      'GIT_TERMINAL_PROMPT',
    ],
    // The values are ours: they take power away from the host's configuration, and let in at one place.
    unsafe: {
      allowUnsafeConfigPaths: true,
      allowUnsafeConfigEnvCount: true,
      allowUnsafeCredentialHelper: true,
      allowUnsafeHooksPath: true,
      allowUnsafeSshCommand: true,
    },
  }).env({
    ...forGit(settings.environment),
    LC_ALL: 'C.UTF-8',
    GIT_ALLOW_PROTOCOL: protocols,
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    ...accessTo(source, folder),
    [MARKER]: folder.handle,
  })
}

/** Variables by which git is let in. */
function accessTo(
  { url, credential }: SegmentOrder['source'],
  folder: Folder,
): Readonly<Record<string, string>> {
  const open = { GIT_SSH_COMMAND: 'ssh -oBatchMode=yes' }
  if (credential === null) return open
  return credential.kind === 'https'
    ? { ...open, ...passwordVariables(url, credential) }
    : { GIT_SSH_COMMAND: sshCommand(folder.writeKey(credential)) }
}

/** Git's own variables are ours to set; simple-git refuses those that name programs. */
function forGit(environment: Settings['environment']): Record<string, string> {
  const programs = /^(GIT_.*|EDITOR|VISUAL|PAGER|PREFIX|SSH_ASKPASS|LANGUAGE)$/
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !programs.test(name)))
}

async function fetchAndSwitch(
  git: SimpleGit,
  source: SegmentOrder['source'],
  { folder, say }: Context,
): Promise<Record<string, string>> {
  // Nothing runs with --quiet: simple-git waits 50 ms for the words of a command that has none.
  if (!existsSync(join(folder.workspace, '.git'))) {
    await git.raw('init')
    nameOrigin(join(folder.workspace, '.git', 'config'), source.url)
  }
  await fetchCommit(git, source, say)
  const branch = source.branch === null ? ['--detach'] : ['-B', source.branch]
  await git.raw('checkout', '--force', ...branch, source.sha, '--')
  const [title = '', author = ''] = (await git.raw('log', '-1', '--format=%s%x00%an', source.sha)).split('\0')
  say(`Checked out ${source.sha.slice(0, 12)} “${title}” by ${author}`)
  // What reading Git's answers took is given back: the process may now wait for hours.
  Bun.gc(true)
  return { title, author }
}

/** So that a stage's own Git commands know where the commit came from. */
function nameOrigin(config: string, url: string): void {
  const quoted = JSON.stringify(url)
  appendFileSync(
    config,
    `[remote "origin"]\n\turl = ${quoted}\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n`,
  )
}

async function fetchCommit(
  git: SimpleGit,
  source: SegmentOrder['source'],
  say: (line: string) => void,
): Promise<void> {
  const fetch = (...rest: string[]) => git.raw('fetch', '--no-tags', '--no-recurse-submodules', ...rest)
  try {
    await fetch('--depth=1', '--', 'origin', source.sha)
    return
  } catch (error) {
    if (!BARE_REFUSED.test(wordsOf(error))) throw error
  }
  say('The remote gives no single commit; fetching the branch or tag it belongs to.')
  const ref = refspec(source)
  const wanted = ref === null ? ['+refs/heads/*:refs/remotes/origin/*', '+refs/tags/*:refs/tags/*'] : [ref]
  await fetch(...(ref === null ? [] : [`--depth=${FALLBACK_DEPTH}`]), '--', 'origin', ...wanted)
  const shallow = (await git.raw('rev-parse', '--is-shallow-repository')) === 'true'
  if (ref !== null && shallow && !(await has(git, source.sha)))
    await fetch('--unshallow', '--', 'origin', ref)
  if (!(await has(git, source.sha))) throw new Error(`not our ref ${source.sha}`)
}

async function has(git: SimpleGit, sha: string): Promise<boolean> {
  return await git.raw('cat-file', '-e', `${sha}^{commit}`).then(
    () => true,
    () => false,
  )
}

function tidy(words: string, url: string): string {
  return words
    .replaceAll(url, shown(url))
    .split('\n')
    .filter((line) => line.trim() !== '')
    .join('\n')
}

function lastLine(text: string): string {
  const lines = text.split('\n')
  return (lines.find((line) => /^(fatal|error):/.test(line)) ?? lines.at(-1) ?? '').replace(
    /^(fatal|error): /,
    '',
  )
}
