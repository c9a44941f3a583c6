import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ContainerStatus, WatchEvent, WorkflowNode } from '../../src/engine/argo/kube.ts'
import type { Kinds, Pod, Workflow } from './objects.ts'
import { COMPLETED_LABEL } from './podspec.ts'

/** Traffic of a real cluster; its README says what each file is. */
const RECORDINGS = join(import.meta.dir, '../../../shared/fixtures/argo')
export const HAS_RECORDINGS = existsSync(RECORDINGS)

export interface Told<T> {
  readonly t: number
  readonly event: WatchEvent<T>
}

export interface Action {
  readonly t: number
  readonly did: string
  readonly status?: number
  readonly body?: unknown
  readonly result?: unknown
}

interface LogLine {
  readonly t: number
  readonly container: string
  readonly pod?: string
  readonly line?: string
  readonly end?: unknown
}

/** A recorded run: what was submitted, done to it, and told. */
export interface Recording {
  readonly name: string
  readonly submitted: Workflow
  readonly workflows: readonly Told<Workflow>[]
  readonly pods: readonly Told<Pod>[]
  readonly actions: readonly Action[]
  readonly logs: readonly LogLine[]
}

export function readRecording(name: string): Recording {
  const watched = <T>(file: string) =>
    linesOf<Partial<Told<T>> & { t: number }>(name, file).flatMap(({ t, event }) =>
      event === undefined || event.type === 'BOOKMARK' ? [] : [{ t, event }],
    )
  return {
    name,
    submitted: readJson(name, 'submitted.json') as Workflow,
    workflows: watched<Workflow>('workflow-watch.jsonl'),
    pods: watched<Pod>('pods-watch.jsonl'),
    actions: linesOf<Action>(name, 'actions.jsonl'),
    logs: linesOf<LogLine>(name, 'logs.jsonl'),
  }
}

export function recordingText(folder: string, file: string, encoding: BufferEncoding = 'utf8'): string {
  return readFileSync(join(RECORDINGS, folder, file), encoding)
}

export function readJson(...path: readonly string[]): unknown {
  return JSON.parse(readFileSync(join(RECORDINGS, ...path), 'utf8'))
}

function linesOf<T>(...path: readonly string[]): readonly T[] {
  const file = join(RECORDINGS, ...path)
  const text = existsSync(file) ? readFileSync(file, 'utf8') : ''
  return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]))
}

/** What a watch told of Workflows, in words without times and versions; what says the same again is left out. */
export function wordsOfWorkflows(events: readonly WatchEvent<Workflow>[]): string[] {
  return changes(events, ({ metadata, spec, status }) => {
    const nodes = Object.values(status?.nodes ?? {})
      .map(wordsOfNode)
      .toSorted()
    const conditions = (status?.conditions ?? []).map(({ type, status: is }) => `${type}=${is}`)
    const labels = ['completed', 'phase'].map((one) => metadata.labels?.[`workflows.argoproj.io/${one}`])
    return [
      status?.phase ?? '-',
      status?.message ?? '-',
      (status as { readonly progress?: string } | undefined)?.progress ?? '-',
      `labels ${labels.join(' ')}`,
      `shutdown ${spec.shutdown ?? '-'}, suspend ${spec.suspend ?? '-'}`,
      metadata.deletionTimestamp === undefined ? 'kept' : 'deleted',
      `finalizers ${(metadata.finalizers ?? []).join(' ')}`,
      conditions.join(' '),
      ...nodes,
    ].join(' | ')
  })
}

function wordsOfNode({ type, displayName, phase, message = '', progress, finishedAt }: Node): string {
  const ended = finishedAt == null ? '' : ', ended'
  return `${type} ${displayName} ${phase} ${progress}${ended}${message === '' ? '' : `: ${message}`}`
}

type Node = WorkflowNode & { readonly progress?: string }

/**
 * The same of pods, which are numbered in the order in which they came. Whether the ends of two containers are told at
 * once or one after another is chance, for the kubelet looks once a second: here they are told once, all together.
 */
export function wordsOfPods(events: readonly WatchEvent<Pod>[]): string[] {
  const uids: string[] = []
  const kept = events.filter((event, index) => !isPartOf(event, events[index + 1]))
  return changes(kept, ({ metadata, status }) => {
    if (!uids.includes(metadata.uid)) uids.push(metadata.uid)
    const isUnbegun = isUntouched(status)
    const shown = (status.conditions ?? []).filter(
      ({ type }) => !isUnbegun || type !== 'PodReadyToStartContainers',
    )
    const conditions = shown.map(
      ({ type, status: is, reason, message }) =>
        `${type}=${is}${reason === undefined ? '' : ` ${reason}`}${message === undefined ? '' : ` (${message})`}`,
    )
    return [
      `pod ${uids.indexOf(metadata.uid) + 1}`,
      status.phase,
      status.reason ?? '-',
      status.message ?? '-',
      `grace ${metadata.deletionGracePeriodSeconds ?? '-'}`,
      `completed ${metadata.labels?.[COMPLETED_LABEL]}`,
      ...containersOf(status).map(wordsOfContainer),
      ...conditions,
    ].join(' | ')
  })
}

/** Whether all that the next event adds is that more of the pod's containers have ended. */
function isPartOf(event: WatchEvent<Pod>, next: WatchEvent<Pod> | undefined): boolean {
  if (event.type !== 'MODIFIED' || next?.type !== 'MODIFIED') return false
  const [now, then] = [event.object, next.object]
  // That all of them run is always told.
  const isPartial = (now.status.containerStatuses ?? []).some(({ state }) => state?.running === undefined)
  const isSame = (of: (pod: Pod) => unknown) => Bun.deepEquals(of(now), of(then))
  return (
    isPartial &&
    isSame(({ metadata }) => [metadata.uid, metadata.deletionTimestamp, metadata.labels]) &&
    isSame(({ status }) => [status.phase, status.reason]) &&
    containersOf(now.status).every((one, index) => {
      const other = containersOf(then.status)[index]
      const mayEnd = one.state?.running !== undefined && other?.state?.terminated !== undefined
      return mayEnd || wordsOfContainer(one) === (other === undefined ? '' : wordsOfContainer(other))
    })
  )
}

/** No container of it was begun yet: whether its sandbox stands already is chance, too. */
function isUntouched(status: Pod['status']): boolean {
  return containersOf(status).every(({ state }) => state?.waiting?.reason === 'PodInitializing')
}

/** What a container said from its first line on, without times. What only ends the emissary's own work is left out. */
export function wordsOfLog(text: string): string[] {
  const lines = text.split('\n').filter((line) => line !== '')
  return lines
    .map((line) => line.slice(line.indexOf(' ') + 1))
    .filter((said) => !/msg="(not saving outputs|no need to save|file signal handler)/.test(said))
    .map((said) =>
      isEmissarys(said)
        ? said
            .replace(/^time=\S+ /, '')
            .split(' ')
            .toSorted()
            .join(' ')
        : said,
    )
}

export function isEmissarys(text: string): boolean {
  return /^time=.* argo=true|^Error: |^dependency "|^failed to find name in PATH/.test(text)
}

/** In which order a pod's containers were seen to have ended: `a<b` where they were told apart. */
export function orderOfEnds(events: readonly WatchEvent<Pod>[]): Set<string> {
  const order = new Set<string>()
  for (const event of events) {
    if (event.type === 'ERROR') continue
    const containers = containersOf(event.object.status)
    const [ended, open] = [true, false].map((is) =>
      containers.filter(({ state }) => (state?.terminated !== undefined) === is).map(({ name }) => name),
    )
    for (const first of ended ?? []) for (const second of open ?? []) order.add(`${first}<${second}`)
  }
  return order
}

function containersOf({ initContainerStatuses = [], containerStatuses = [] }: Pod['status']) {
  return [...initContainerStatuses, ...containerStatuses]
}

function wordsOfContainer({ name, state }: ContainerStatus): string {
  const { waiting, running, terminated } = state ?? {}
  if (waiting !== undefined) return `${name} waits: ${waiting.reason} ${waiting.message ?? ''}`.trimEnd()
  if (running !== undefined) return `${name} runs`
  if (terminated === undefined) return `${name} ?`
  return `${name} ended: ${terminated.exitCode} ${terminated.reason} ${terminated.message ?? ''}`.trimEnd()
}

function changes<T extends Kinds['workflows' | 'pods']>(
  events: readonly WatchEvent<T>[],
  wordsOf: (object: T) => string,
): string[] {
  const all = events.flatMap((event) =>
    event.type === 'ERROR' ? [] : [`${event.type === 'DELETED' ? 'DELETED' : 'IS'} ${wordsOf(event.object)}`],
  )
  return all.map(withoutUids).filter((words, index) => words !== all.map(withoutUids)[index - 1])
}

/** UIDs differ from run to run. */
function withoutUids(words: string): string {
  return words.replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'UID')
}
