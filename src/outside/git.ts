import type { SimpleGit, simpleGit } from 'simple-git'
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

export interface Git {
  /**
   * The commit that a branch or tag stands for just now; a SHA is taken as it is, and found or not by the checkout.
   * Throws a Fault `invalid` where the repository or the ref does not exist or may not be read, and `Unreachable` where
   * nobody can tell just now. Leaves no process behind, also when the signal fires.
   */
  resolve(url: string, ref: GitRef, signal: AbortSignal): Promise<Pinned>
}

export interface GitOptions {
  /** Whether repositories of this machine's disk may be read. */
  readonly allowFile: boolean
  /** What git may see of the server's environment: PATH, HOME, proxies, an ssh agent. Nothing else is passed on. */
  readonly environment: Readonly<Record<string, string>>
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
  return {
    async resolve(url, ref, signal) {
      const problem = gitUrlProblem(url, options)
      if (problem !== null) throw new Fault('invalid', problem)
      if (ref.kind === 'sha') return { sha: ref.sha, branch: null, tag: null }
      const wrong = refProblem(ref.name, 'name')
      if (wrong !== null) throw refusedRef(ref, `“${ref.name}” can be no ${ref.kind}: it ${wrong}.`)
      const full = `refs/${ref.kind === 'branch' ? 'heads' : 'tags'}/${ref.name}`
      const refs = await list(options, url, [full, `${full}^{}`], signal)
      // An annotated tag is an object of its own; ^{} is the commit that it stands for.
      const sha = refs.get(`${full}^{}`) ?? refs.get(full)
      if (sha === undefined) throw await unknownRef(options, url, ref, signal)
      return {
        sha,
        branch: ref.kind === 'branch' ? ref.name : null,
        tag: ref.kind === 'tag' ? ref.name : null,
      }
    },
  }
}

type NamedRef = Exclude<GitRef, { kind: 'sha' }>

async function unknownRef(
  options: GitOptions,
  url: string,
  ref: NamedRef,
  signal: AbortSignal,
): Promise<Fault> {
  const prefix = ref.kind === 'branch' ? 'refs/heads/' : 'refs/tags/'
  const refs = await list(options, url, [`${prefix}*`], signal)
  const names = [...refs.keys()]
    .filter((name) => name.startsWith(prefix) && !name.endsWith('^{}'))
    .map((name) => name.slice(prefix.length))
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
  url: string,
  patterns: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  signal.throwIfAborted()
  const mark = `PERIPLUS_GIT_CALL=${options.world.id()}`
  const limit = AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS)
  const full = new AbortController()
  try {
    // Loaded where it is first needed: a start need not wait for it.
    const module = await import('simple-git')
    const git = prepared(module.simpleGit, options, mark, AbortSignal.any([signal, limit, full.signal]))
    boundOutput(git, full)
    return refsOf(await git.listRemote(['--', url, ...patterns]))
  } catch (error) {
    await killMarked(mark)
    signal.throwIfAborted()
    if (limit.aborted)
      throw new Unreachable(
        `The repository has not answered for ${(options.timeoutMs ?? TIMEOUT_MS) / 1000} s.`,
      )
    if (full.signal.aborted)
      throw new Fault('invalid', 'The repository has too many branches and tags to list.')
    throw faultOf(error)
  }
}

/** Git with nothing of this host's but what was handed in: no configuration, no prompt, no protocol but the allowed. */
function prepared(make: typeof simpleGit, options: GitOptions, mark: string, abort: AbortSignal): SimpleGit {
  const [name = '', id = ''] = mark.split('=')
  const own = {
    GIT_ALLOW_PROTOCOL: options.allowFile ? 'https:http:ssh:file' : 'https:http:ssh',
    GIT_TERMINAL_PROMPT: '0',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_SSH_COMMAND: 'ssh -o BatchMode=yes -o ConnectTimeout=15 -o ServerAliveInterval=10',
  }
  return make({
    // A directory that is in no repository, so that no configuration of one is read.
    baseDir: '/',
    abort,
    // A transfer below one byte a second for ten seconds ends; also what a lost kill leaves ends by it.
    config: ['http.lowSpeedLimit=1', 'http.lowSpeedTime=10'],
    allowEnvironment: Object.keys(own),
    unsafe: { allowUnsafeConfigPaths: true, allowUnsafeSshCommand: true },
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
