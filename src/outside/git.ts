import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SimpleGit, simpleGit } from 'simple-git'
import { fileText, type GitCredential, passwordVariables, sshCommand } from '../domain/credential.ts'
import type { GitRef } from '../domain/definition.ts'
import { Fault } from '../domain/fault.ts'
import { gitUrlProblem } from '../domain/giturl.ts'
import { didYouMean } from '../domain/nearest.ts'
import { refProblem } from '../domain/ref.ts'
import type { World } from '../world.ts'
import { faultOf, Unreachable } from './giterror.ts'
import { killMarked } from './marked.ts'

/** A commit, and the name by which it was found. */
export interface Pinned {
  readonly sha: string
  readonly branch: string | null
  readonly tag: string | null
}

/** A repository, and what it asks for before it is read. */
export interface Remote {
  readonly url: string
  /** Null where it is open to everybody, or to this host. */
  readonly credential: GitCredential | null
}

export interface Git {
  /**
   * The commit that a branch or tag stands for just now; a SHA is taken as it is, and found or not by the checkout.
   * Throws a Fault `invalid` where the repository or the ref does not exist or may not be read, and `Unreachable` where
   * nobody can tell just now. Leaves no process behind, also when the signal fires.
   */
  resolve(remote: Remote, ref: GitRef, signal: AbortSignal): Promise<Pinned>
  /** Names of all branches, in order; throws as `resolve` does. */
  branches(remote: Remote, signal: AbortSignal): Promise<readonly string[]>
}

export interface GitOptions {
  /** Whether repositories of this machine's disk may be read. */
  readonly allowFile: boolean
  /** What git may see of the server's environment: PATH, HOME, proxies, an ssh agent. Nothing else is passed on. */
  readonly environment: Readonly<Record<string, string>>
  /** Where keys stand while ssh reads them. What a killed server left there is removed first. */
  readonly keysDir: string
  readonly world: Pick<World, 'id'>
  /** Tests shorten it. */
  readonly timeoutMs?: number
}

/** A remote that has not answered by then is unreachable for now. */
const TIMEOUT_MS = 60_000

/** Some 80,000 branches. More would only cost memory: a single ref is asked for by name. */
const OUTPUT_BYTES_MAX = 8 * 1024 * 1024

/** Every branch and tag known to a remote, as git's own program tells them. */
export function createGit(options: GitOptions): Git {
  rmSync(options.keysDir, { recursive: true, force: true })
  return {
    async resolve(remote, ref, signal) {
      checkUrl(remote, options)
      if (ref.kind === 'sha') return { sha: ref.sha, branch: null, tag: null }
      const wrong = refProblem(ref.name, 'name')
      if (wrong !== null) throw refusedRef(ref, `“${ref.name}” can be no ${ref.kind}: it ${wrong}.`)
      const full = `${ref.kind === 'branch' ? HEADS : TAGS}${ref.name}`
      const refs = await list(options, remote, [full, `${full}^{}`], signal)
      // An annotated tag is an object of its own; ^{} is the commit that it stands for.
      const sha = refs.get(`${full}^{}`) ?? refs.get(full)
      if (sha === undefined) throw await unknownRef(options, remote, ref, signal)
      return {
        sha,
        branch: ref.kind === 'branch' ? ref.name : null,
        tag: ref.kind === 'tag' ? ref.name : null,
      }
    },

    async branches(remote, signal) {
      checkUrl(remote, options)
      return namesOf(await list(options, remote, [`${HEADS}*`], signal), HEADS)
    },
  }
}

const HEADS = 'refs/heads/'
const TAGS = 'refs/tags/'

function checkUrl({ url }: Remote, options: GitOptions): void {
  const problem = gitUrlProblem(url, options)
  if (problem !== null) throw new Fault('invalid', problem)
}

function namesOf(refs: ReadonlyMap<string, string>, prefix: string): readonly string[] {
  return [...refs.keys()]
    .filter((name) => name.startsWith(prefix) && !name.endsWith('^{}'))
    .map((name) => name.slice(prefix.length))
}

type NamedRef = Exclude<GitRef, { kind: 'sha' }>

async function unknownRef(
  options: GitOptions,
  remote: Remote,
  ref: NamedRef,
  signal: AbortSignal,
): Promise<Fault> {
  const prefix = ref.kind === 'branch' ? HEADS : TAGS
  const names = namesOf(await list(options, remote, [`${prefix}*`], signal), prefix)
  const mend = names.length === 0 ? ` It has no ${ref.kind} at all.` : didYouMean(ref.name, names)
  return refusedRef(ref, `The repository has no ${ref.kind} ${ref.name}.${mend}`)
}

/** Says which part of a workflow's source is to be mended. */
function refusedRef({ kind }: NamedRef, message: string): Fault {
  const finding = { path: `source.git.${kind}`, line: null, column: null, message }
  return new Fault('invalid', message, { findings: [finding] })
}

/** Refs of a remote by name. Each call bears a mark by which its processes are found, should it be cut short. */
async function list(
  options: GitOptions,
  remote: Remote,
  patterns: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  signal.throwIfAborted()
  const mark = `PERIPLUS_GIT_CALL=${options.world.id()}`
  const limit = AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS)
  const full = new AbortController()
  const access = accessTo(remote, options)
  try {
    // Loaded where it is first needed: a start need not wait for it.
    const module = await import('simple-git')
    const git = prepared(module.simpleGit, options, {
      mark,
      variables: access.variables,
      abort: AbortSignal.any([signal, limit, full.signal]),
    })
    boundOutput(git, full)
    return refsOf(await git.listRemote(['--', remote.url, ...patterns]))
  } catch (error) {
    await killMarked(mark)
    signal.throwIfAborted()
    if (limit.aborted)
      throw new Unreachable(
        `The repository has not answered for ${(options.timeoutMs ?? TIMEOUT_MS) / 1000} s.`,
      )
    if (full.signal.aborted)
      throw new Fault('invalid', 'The repository has too many branches and tags to list.')
    throw faultOf(error, remote.credential)
  } finally {
    access.forget()
  }
}

const OPEN_SSH = 'ssh -o BatchMode=yes -o ConnectTimeout=15 -o ServerAliveInterval=10'

/** Variables by which git is let in, and what takes back the files they speak of. */
function accessTo({ url, credential }: Remote, { keysDir }: GitOptions) {
  if (credential === null || credential.kind === 'https') {
    const own = credential === null ? {} : passwordVariables(url, credential)
    return { variables: { GIT_SSH_COMMAND: OPEN_SSH, ...own }, forget: () => {} }
  }
  mkdirSync(keysDir, { recursive: true, mode: 0o700 })
  chmodSync(keysDir, 0o700)
  const directory = mkdtempSync(join(keysDir, 'key-'))
  const files = { key: join(directory, 'key'), knownHosts: join(directory, 'known_hosts') }
  writeFileSync(files.key, fileText(credential.privateKey), { mode: 0o600 })
  writeFileSync(files.knownHosts, fileText(credential.knownHosts), { mode: 0o600 })
  return {
    variables: { GIT_SSH_COMMAND: sshCommand(files) },
    forget: () => rmSync(directory, { recursive: true, force: true }),
  }
}

interface Preparation {
  readonly mark: string
  readonly variables: Readonly<Record<string, string>>
  readonly abort: AbortSignal
}

/** Git with nothing of this host's but what was handed in: no configuration, no prompt, no protocol but the allowed. */
function prepared(
  make: typeof simpleGit,
  options: GitOptions,
  { mark, variables, abort }: Preparation,
): SimpleGit {
  const [name = '', id = ''] = mark.split('=')
  const own = {
    GIT_ALLOW_PROTOCOL: options.allowFile ? 'https:http:ssh:file' : 'https:http:ssh',
    GIT_TERMINAL_PROMPT: '0',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    ...variables,
  }
  return make({
    // A directory that is in no repository, so that no configuration of one is read.
    baseDir: '/',
    abort,
    // A transfer below one byte a second for ten seconds ends; also what a lost kill leaves ends by it.
    config: ['http.lowSpeedLimit=1', 'http.lowSpeedTime=10'],
    allowEnvironment: Object.keys(own),
    // The values are ours: they take power away from the host's configuration, and let in at one place.
    unsafe: {
      allowUnsafeConfigPaths: true,
      allowUnsafeConfigEnvCount: true,
      allowUnsafeCredentialHelper: true,
      allowUnsafeSshCommand: true,
    },
  }).env({ ...options.environment, LC_ALL: 'C', ...own, [name]: id })
}

function boundOutput(git: SimpleGit, full: AbortController): void {
  let bytes = 0
  git.outputHandler((_command, stdout) => {
    stdout.on('data', (part: Buffer) => {
      bytes += part.length
      if (bytes > OUTPUT_BYTES_MAX) full.abort()
    })
  })
}

function refsOf(answer: string): ReadonlyMap<string, string> {
  const refs = answer.split('\n').flatMap((line) => {
    const [, sha, name] = /^([0-9a-f]{40}|[0-9a-f]{64})\t(\S+)$/.exec(line) ?? []
    return sha === undefined || name === undefined ? [] : [[name, sha] as const]
  })
  return new Map(refs)
}
