import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Engine, Handle, SegmentOrder } from '../../src/engine/engine.ts'
import { createLocalEngine, type LocalOptions } from '../../src/engine/local/local.ts'
import { realWorld } from '../../src/world.ts'
import type { Behaviour, Harness } from './conformance.ts'
import { scriptOf } from './scripts.ts'

const ENTRY = [process.execPath, join(import.meta.dir, 'entry.ts')]
const PATH = process.env['PATH'] ?? '/usr/bin:/bin'

/** A directory with a small repository and a local engine over it: real processes, real files. */
export class Ground implements Harness {
  readonly dir = mkdtempSync(join(tmpdir(), 'periplus-local-'))
  readonly source: SegmentOrder['source'] = makeRepository(join(this.dir, 'repository'))
  readonly #options: Partial<LocalOptions>
  engine: Engine

  constructor(options: Partial<LocalOptions> = {}) {
    this.#options = options
    this.engine = this.#open()
  }

  script(behaviour: Behaviour): string {
    const proceed = `${this.dir}/$PERIPLUS_SEGMENT-proceed`
    return scriptOf(behaviour, `until [ -e "${proceed}" ]; do sleep 0.02; done`)
  }

  async restart(): Promise<void> {
    this.engine = this.#open()
  }

  async proceed(handle: Handle): Promise<void> {
    writeFileSync(join(this.dir, `${handle}-proceed`), '')
  }

  async kill(handle: Handle): Promise<void> {
    const shell = markedProcesses(handle).find((pid) => commandOf(pid).includes('scripts/'))
    process.kill(shell ?? assertNever(`no shell of ${handle} runs`), 'SIGKILL')
  }

  async lose(handle: Handle): Promise<void> {
    process.kill(this.supervisorOf(handle), 'SIGKILL')
  }

  during<T>(work: Promise<T>): Promise<T> {
    return work
  }

  async close(): Promise<void> {
    const segments = existsSync(join(this.dir, 'local/segments'))
      ? readdirSync(join(this.dir, 'local/segments'))
      : []
    const open = segments.filter((name) => !name.startsWith('.'))
    for (const handle of open) await this.engine.terminate(handle)
    for (const handle of open)
      for await (const _ of this.engine.follow(handle, {}, new AbortController().signal));
    const left = open.flatMap((handle) => markedProcesses(handle))
    for (const pid of left) process.kill(pid, 'SIGKILL')
    rmSync(this.dir, { recursive: true, force: true })
    if (left.length > 0) throw new Error(`Left over: ${left.join(', ')}`)
  }

  /** Lets other users of this machine come as far as the segments. */
  open(): void {
    chmodSync(this.dir, 0o711)
  }

  /** Commits what now stands in the repository. */
  commit(message: string): SegmentOrder['source'] {
    git(this.source.url, 'add', '.')
    git(this.source.url, 'commit', '-qm', message)
    return { ...this.source, sha: git(this.source.url, 'rev-parse', 'HEAD') }
  }

  /** The directory of a segment. */
  segment(handle: Handle): string {
    return join(this.dir, 'local/segments', handle)
  }

  supervisorOf(handle: Handle): number {
    return JSON.parse(readFileSync(join(this.segment(handle), 'claimed'), 'utf8')).pid
  }

  #open(): Engine {
    return createLocalEngine({
      dir: join(this.dir, 'local'),
      self: ENTRY,
      world: realWorld(),
      environment: { PATH, HOME: this.dir },
      allowFile: true,
      ...this.#options,
    })
  }
}

/** A repository with one commit on main. */
function makeRepository(path: string): SegmentOrder['source'] {
  mkdirSync(path)
  git(path, 'init', '-q', '-b', 'main')
  writeFileSync(join(path, 'readme'), 'first\n')
  git(path, 'add', '.')
  git(path, 'commit', '-qm', 'First words')
  return { url: path, sha: git(path, 'rev-parse', 'HEAD'), branch: 'main', tag: null, credential: null }
}

/** What a Git command says, run as Ada. */
export function git(cwd: string, ...args: string[]): string {
  const command = ['git', '-c', 'user.name=Ada', '-c', 'user.email=ada@example.org', ...args]
  return Bun.spawnSync(command, { cwd }).stdout.toString().trim()
}

/** Living processes that bear a segment's marker. */
export function markedProcesses(handle: Handle): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => readProc(`${pid}/environ`).split('\0').includes(`PERIPLUS_SEGMENT=${handle}`))
    .map(Number)
}

export function isAlive(pid: number): boolean {
  const stat = readProc(`${pid}/stat`)
  return stat !== '' && !stat.slice(stat.lastIndexOf(')')).startsWith(') Z')
}

function commandOf(pid: number): string {
  return readProc(`${pid}/cmdline`)
}

function readProc(path: string): string {
  try {
    return readFileSync(join('/proc', path), 'utf8')
  } catch {
    return ''
  }
}

function assertNever(reason: string): never {
  throw new Error(reason)
}
