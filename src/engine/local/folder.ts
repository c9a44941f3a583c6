import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileText, type GitCredential, type KeyFiles } from '../../domain/credential.ts'
import type { Handle, SegmentOrder } from '../engine.ts'
import {
  type Claim,
  type Exit,
  FORMAT,
  type OrderRecord,
  type SecretsRecord,
  type Settings,
} from './records.ts'

const PRIVATE = 0o600

/**
 * A segment's directory, the only thing that a server and a supervisor share. Either may be gone at any moment, so
 * that every record here appears whole or not at all.
 */
export class Folder {
  readonly path: string
  readonly handle: Handle

  constructor(path: string, handle: Handle) {
    this.path = path
    this.handle = handle
  }

  file(name: string): string {
    return join(this.path, name)
  }

  get lock(): string {
    return this.file('lock')
  }
  get journal(): string {
    return this.file('journal')
  }
  get workspace(): string {
    return this.file('workspace')
  }
  get artifacts(): string {
    return this.file('artifacts')
  }
  /** Where a stage's report is kept, by its place among them. */
  report(stage: number, index: number): string {
    return this.file(`stage-${stage}.report-${index}`)
  }
  /** Where Build puts an image, for what comes after it. */
  get imageArchive(): string {
    return this.file('image/archive.tar')
  }
  spool(stage: number): string {
    return this.file(`stage-${stage}.spool`)
  }

  exists(): boolean {
    return existsSync(this.path)
  }

  /** Fills a directory that nobody looks at yet; it takes its name by a rename. */
  writeOrder(order: SegmentOrder, settings: Settings): void {
    const record: OrderRecord = {
      format: FORMAT,
      order: {
        ...order,
        source: { ...order.source, credential: null },
        stages: order.stages.map((stage) => ({ ...stage, env: {}, files: {} })),
      },
      settings,
    }
    const secrets: SecretsRecord = {
      format: FORMAT,
      stages: order.stages.map((stage) => stage.env),
      files: order.stages.map((stage) => stage.files),
      credential: order.source.credential,
    }
    writeSynced(this.file('order.json'), record)
    writeSynced(this.file('secrets.json'), secrets)
    writeFileSync(this.lock, '', { mode: PRIVATE })
    syncDirectory(this.path)
  }

  readOrder(): { readonly order: SegmentOrder; readonly settings: Settings } {
    return this.#read<OrderRecord>('order.json') ?? this.#missing('order.json')
  }

  /** The order as it was submitted, environments, credential and all. */
  readWholeOrder(): { readonly order: SegmentOrder; readonly settings: Settings } {
    const { order, settings } = this.readOrder()
    const secrets = this.#read<SecretsRecord>('secrets.json') ?? this.#missing('secrets.json')
    return {
      order: {
        ...order,
        source: { ...order.source, credential: secrets.credential ?? null },
        // An order of an earlier version asks for no reports.
        stages: order.stages.map((stage, index) => ({
          ...{ reports: [] },
          ...stage,
          env: secrets.stages[index] ?? {},
          files: secrets.files?.[index] ?? {},
        })),
      },
      settings,
    }
  }

  /** Writes down the files that a stage alone may see; null where it has none. */
  writeFiles(files: Readonly<Record<string, string>>): string | null {
    if (Object.keys(files).length === 0) return null
    const directory = this.file('files')
    this.dropFiles()
    mkdirSync(directory, { mode: 0o700 })
    for (const [name, text] of Object.entries(files))
      writeFileSync(join(directory, name), text, { mode: PRIVATE })
    return directory
  }

  dropFiles(): void {
    rmSync(this.file('files'), { recursive: true, force: true })
  }

  dropSecrets(): void {
    rmSync(this.file('secrets.json'), { force: true })
    this.dropKey()
    this.dropFiles()
  }

  /** Writes down a key for ssh, in a place that stages do not see; the checkout drops it when it ends. */
  writeKey({ privateKey, knownHosts }: Extract<GitCredential, { kind: 'ssh' }>): KeyFiles {
    mkdirSync(this.file('ssh'), { recursive: true, mode: 0o700 })
    const files = { key: this.file('ssh/key'), knownHosts: this.file('ssh/known_hosts') }
    writeFileSync(files.key, fileText(privateKey), { mode: PRIVATE })
    writeFileSync(files.knownHosts, fileText(knownHosts), { mode: PRIVATE })
    return files
  }

  dropKey(): void {
    rmSync(this.file('ssh'), { recursive: true, force: true })
  }

  claim(claim: Omit<Claim, 'format'>): void {
    this.#write('claimed', { format: FORMAT, ...claim } satisfies Claim)
  }

  readClaim(): Claim | null {
    return this.#read<Claim>('claimed')
  }

  askTermination(): void {
    this.#write('terminate', { format: FORMAT })
  }

  terminationAsked(): boolean {
    return existsSync(this.file('terminate'))
  }

  /** Processes of the segment, `pid start` a line: the list by which they are found when their supervisor is lost. */
  writeProcesses(text: string): void {
    const draft = this.file('.processes')
    writeFileSync(draft, text, { mode: PRIVATE })
    renameSync(draft, this.file('processes'))
  }

  /** Start times by process id. */
  readProcesses(): ReadonlyMap<number, string> {
    if (!existsSync(this.file('processes'))) return new Map()
    const lines = readFileSync(this.file('processes'), 'utf8').split('\n')
    return new Map(lines.map((line) => line.split(' ')).map(([pid = '', start = '']) => [Number(pid), start]))
  }

  writeExit(exit: Exit): void {
    this.#write('exit.json', exit)
  }

  readExit(): Exit | null {
    return this.#read<Exit>('exit.json')
  }

  /** Whole and on the disk before its name appears; the directory is synced so that the name stays. */
  #write(name: string, record: object): void {
    const draft = this.file(`.${name}`)
    writeSynced(draft, record)
    renameSync(draft, this.file(name))
    syncDirectory(this.path)
  }

  #read<T extends { readonly format: number }>(name: string): T | null {
    let text: string
    try {
      text = readFileSync(this.file(name), 'utf8')
    } catch (error) {
      if (isErrno(error, 'ENOENT')) return null
      throw error
    }
    const record = JSON.parse(text) as T
    if (record.format > FORMAT) {
      throw new Error(
        `${this.file(name)} has format ${record.format}; this version of Periplus reads up to ${FORMAT}.`,
      )
    }
    return record
  }

  #missing(name: string): never {
    throw new Error(`${this.file(name)} is missing.`)
  }
}

function writeSynced(path: string, record: object): void {
  const fd = openSync(path, 'w', PRIVATE)
  try {
    writeFileSync(fd, `${JSON.stringify(record)}\n`)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

/** Makes the names in a directory survive a power failure. */
export function syncDirectory(path: string): void {
  const fd = openSync(path, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

/** Whether an error is this one of the operating system's. */
export function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
