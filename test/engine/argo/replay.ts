import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Cluster, Kind, Kinds, LogQuery } from '../../../src/engine/argo/cluster.ts'
import { ApiError, type ArgoWorkflow, type Pod, type WatchEvent } from '../../../src/engine/argo/kube.ts'
import {
  type Act,
  INSTANCE_LABEL,
  nonceOf,
  OUTLINE_ANNOTATION,
  type Outline,
  PLAN_ANNOTATION,
  TERMINATION_ANNOTATION,
} from '../../../src/engine/argo/names.ts'
import { secondOf } from '../../../src/engine/argo/position.ts'
import type { Clock } from '../../sim/clock.ts'

/** Traffic of a real cluster, recorded; its README says what each file is. */
const RECORDINGS = join(import.meta.dir, '../../../../shared/fixtures/argo')
export const HAS_RECORDINGS = existsSync(RECORDINGS)

/** The nonce of every wrapper in the recordings. */
const RECORDED_NONCE = 'n7f3k2q9'

interface Recorded<T> {
  readonly t: number
  readonly event: WatchEvent<T>
}

interface LogRecord {
  readonly t: number
  readonly container: string
  readonly open?: number
  readonly line?: string
  readonly end?: boolean
}

/** Cases that hold a run: a Workflow that was taken, its pods and their logs. */
export function recordedCases(): readonly string[] {
  return readdirSync(RECORDINGS).filter((name) => {
    const path = join(RECORDINGS, name, 'workflow-watch.jsonl')
    return existsSync(path) && eventsOf(path).length > 0
  })
}

/** How a recorded Workflow is told to the engine as if it were one of ours. */
export interface Telling {
  /** Its end was asked for by the recorder, playing Periplus. */
  readonly ours?: boolean
  readonly acts?: Readonly<Record<string, Partial<Act>>>
}

/** A cluster that shows what a real one showed, at the times at which it did. Whatever it is asked to do is noted down. */
export class Replay implements Cluster {
  readonly namespace = 'argo'
  readonly name: string
  /** What the engine wanted of it. */
  readonly asked: string[] = []
  readonly #clock: Clock
  readonly #start: number
  readonly #workflows: readonly Recorded<ArgoWorkflow>[]
  readonly #pods: readonly Recorded<Pod>[]
  readonly #logs: readonly LogRecord[]
  readonly #outline: Outline
  readonly #ours: boolean

  constructor(recording: string, clock: Clock, { ours = false, acts = {} }: Telling = {}) {
    const folder = join(RECORDINGS, recording)
    const submitted: ArgoWorkflow = JSON.parse(readFileSync(join(folder, 'submitted.json'), 'utf8'))
    this.#clock = clock
    this.#start = clock.now()
    this.#ours = ours
    this.#workflows = eventsOf<ArgoWorkflow>(join(folder, 'workflow-watch.jsonl'))
    this.#pods = eventsOf<Pod>(join(folder, 'pods-watch.jsonl'))
    this.#logs = linesOf<LogRecord>(join(folder, 'logs.jsonl'))
    this.#outline = outlineOf(submitted, acts)
    this.name =
      this.#workflows[0]?.event.type === 'ADDED' ? this.#workflows[0].event.object.metadata.name : ''
  }

  /** When the Workflow was there. */
  get begin(): number {
    return this.#start + (this.#workflows[0]?.t ?? 0)
  }

  /** When the last thing was recorded. */
  get end(): number {
    return this.#start + Math.max(...[...this.#workflows, ...this.#pods, ...this.#logs].map(({ t }) => t))
  }

  async createWorkflow(): Promise<ArgoWorkflow> {
    throw new Error('A recording takes no Workflow.')
  }

  async workflow(): Promise<ArgoWorkflow | null> {
    return this.#now(this.#workflows).map((object) => this.#asOurs(object))[0] ?? null
  }

  async patchWorkflow(_name: string, patch: unknown): Promise<ArgoWorkflow | null> {
    this.asked.push(`patch ${JSON.stringify(patch)}`)
    return this.workflow()
  }

  async deleteWorkflow(): Promise<void> {
    this.asked.push('delete Workflow')
  }

  async createSecret(): Promise<void> {}

  async deletePod(_name: string, uid: string): Promise<void> {
    this.asked.push(`delete pod ${uid.slice(0, 4)}`)
  }

  async list<K extends Kind>(kind: K) {
    const items = (kind === 'workflows'
      ? this.#now(this.#workflows).map((object) => this.#asOurs(object))
      : this.#now(this.#pods)) as unknown as Kinds[K][]
    return { items, metadata: { resourceVersion: String(this.#clock.now() - this.#start) } }
  }

  /** The version that is given is the time of a list: a recording of one run has no other. */
  async *watch<K extends Kind>(
    kind: K,
    { resourceVersion }: { readonly resourceVersion: string },
    signal: AbortSignal,
  ): AsyncGenerator<WatchEvent<Kinds[K]>> {
    const all = (kind === 'workflows' ? this.#workflows : this.#pods) as readonly Recorded<Kinds[Kind]>[]
    for (const { t, event } of all) {
      if (t <= Number(resourceVersion)) continue
      await this.#until(t, signal)
      if (event.type === 'ERROR') throw new Error('An error was recorded.')
      const object = kind === 'workflows' ? this.#asOurs(event.object as ArgoWorkflow) : event.object
      yield { ...event, object } as WatchEvent<Kinds[K]>
    }
    await this.#clock.sleep(1e9, signal)
  }

  async *log(
    _pod: string,
    container: string,
    { follow, sinceTime }: LogQuery,
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array> {
    const records = this.#logs.filter((record) => record.container === container)
    const opened = records.find(({ open }) => open === 200)
    const now = this.#clock.now() - this.#start
    if (opened === undefined || opened.t > now)
      throw new ApiError(400, {}, `container ${container} is waiting to start`)
    for (const { t, line, end } of records) {
      if (end === true) break
      if (line === undefined || (sinceTime !== undefined && isBefore(line, sinceTime))) continue
      if (t > this.#clock.now() - this.#start) {
        if (!follow) break
        await this.#until(t, signal)
      }
      yield Buffer.from(`${line.replaceAll(RECORDED_NONCE, nonceOf(this.name))}\n`)
    }
    const end = records.find((record) => record.end === true)
    if (follow && end !== undefined) await this.#until(end.t, signal)
  }

  async events() {
    return []
  }

  async #until(t: number, signal: AbortSignal): Promise<void> {
    const wait = this.#start + t - this.#clock.now()
    if (wait > 0) await this.#clock.sleep(wait, signal)
    signal.throwIfAborted()
  }

  #now<T extends { readonly metadata: { readonly name: string } }>(events: readonly Recorded<T>[]): T[] {
    const objects = new Map<string, T>()
    for (const { t, event } of events) {
      if (t > this.#clock.now() - this.#start || event.type === 'ERROR' || event.type === 'BOOKMARK') continue
      if (event.type === 'DELETED') objects.delete(event.object.metadata.name)
      else objects.set(event.object.metadata.name, event.object)
    }
    return [...objects.values()]
  }

  #asOurs(workflow: ArgoWorkflow): ArgoWorkflow {
    if (workflow.metadata.name === undefined) return workflow
    const isEnding = this.#ours && workflow.spec.shutdown !== undefined
    return {
      ...workflow,
      metadata: {
        ...workflow.metadata,
        labels: { ...workflow.metadata.labels, [INSTANCE_LABEL]: 'replay' },
        annotations: {
          ...workflow.metadata.annotations,
          [OUTLINE_ANNOTATION]: JSON.stringify(this.#outline),
          [PLAN_ANNOTATION]: 'one',
          ...(isEnding ? { [TERMINATION_ANNOTATION]: '2026-11-23T00:00:00Z' } : {}),
        },
      },
    }
  }
}

function outlineOf(submitted: ArgoWorkflow, more: Readonly<Record<string, Partial<Act>>>): Outline {
  const templates = submitted.spec['templates'] as {
    readonly containerSet?: { readonly containers: readonly { readonly name: string }[] }
    readonly container?: unknown
  }[]
  const names = templates.flatMap(({ containerSet, container }) =>
    container === undefined ? (containerSet?.containers ?? []).map(({ name }) => name) : ['main'],
  )
  const acts = names.map((container, index) => ({
    ...{
      container,
      stage: index + 1,
      id: container,
      does: 'script' as const,
      passes: false,
      timeoutMs: null,
      retries: 0,
      reports: [],
    },
    ...more[container],
  }))
  return { acts, graceMs: 5_000, logBytesMax: 1_000_000_000 }
}

function eventsOf<T>(path: string): readonly Recorded<T>[] {
  return linesOf<Partial<Recorded<T>> & { t: number }>(path).flatMap(({ t, event }) =>
    event === undefined ? [] : [{ t, event }],
  )
}

function linesOf<T>(path: string): readonly T[] {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
  return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]))
}

function isBefore(line: string, sinceTime: string): boolean {
  return secondOf(line.slice(0, line.indexOf(' '))) < sinceTime
}
