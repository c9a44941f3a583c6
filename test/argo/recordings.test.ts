import { describe, expect, test } from 'bun:test'
import { ApiError, type WatchEvent } from '../../src/engine/argo/kube.ts'
import { Clock, settled } from '../sim/clock.ts'
import type { DeleteOptions, Propagation } from './model.ts'
import type { Pod, Workflow } from './objects.ts'
import { restricted } from './podsecurity.ts'
import {
  type Action,
  HAS_RECORDINGS,
  orderOfEnds,
  type Recording,
  readRecording,
  type Told,
  wordsOfLog,
  wordsOfPods,
  wordsOfWorkflows,
} from './recorded.ts'
import { paceOf, programOf } from './replayed.ts'
import { SimulatedRuntime } from './simulated.ts'
import { RECORDED, StandIn, type StandInOptions } from './standin.ts'

if (!HAS_RECORDINGS)
  console.warn('The stand-in is not held to the recordings: ../shared/fixtures/argo is missing.')

interface Case {
  /** What was done and not written down. */
  readonly also?: readonly Action[]
  /** What differs for a reason that is no rule. */
  readonly alike?: (words: string) => string
  /** The real controller was late to look, so that only the end can be compared. */
  readonly looks?: 'late'
  readonly options?: Partial<StandInOptions>
  readonly prepare?: (standIn: StandIn) => void
}

const UNREACHED =
  'failed to pull and unpack image "localhost:1/nope:1": failed to resolve reference "localhost:1/nope:1": failed to do request: Head "http://localhost:1/v2/nope/manifests/1": dial tcp 127.0.0.1:1: connect: connection refused'
const NOPE: Case = {
  prepare: ({ troubles }) => {
    troubles.image = (image) => (image === 'localhost:1/nope:1' ? UNREACHED : null)
  },
}

/** The controller of the namespace c2d, which collects what does not say otherwise. */
const COLLECTING: Case = {
  options: {
    workflowDefaults: { podGC: { strategy: 'OnPodCompletion' }, ttlStrategy: { secondsAfterCompletion: 8 } },
  },
}
const RESTRICTED: Case = {
  prepare: ({ api }) => {
    api.admit = restricted
  },
}
/** Emissaries so young that they did not heed signals yet: Go's own exit code, 2, stands for 143. */
const YOUNG: Case = { alike: (words) => words.replaceAll('ended: 2 ', 'ended: 143 ') }
const LATE: Case = { looks: 'late' }
/** Nobody runs Workflows there. */
const UNATTENDED: Case = { prepare: ({ controller }) => controller.down() }
/** The token that Argo's `executor` setting mounts. */
const WITH_TOKEN: Case = {
  prepare: ({ api }) => {
    api.admit = restricted
    api.create('secrets', 'c2r', {
      metadata: { name: 'periplus-executor.service-account-token' },
      stringData: { token: 'token' },
    })
  },
}
const WITHOUT_RIGHTS: Case = {
  prepare: ({ troubles }) => {
    troubles.executor = () =>
      'workflowtaskresults.argoproj.io is forbidden: User "system:serviceaccount:c2r:stages" cannot create resource "workflowtaskresults" in API group "argoproj.io" in the namespace "c2r"'
  },
}

const CASES: Readonly<Record<string, Case>> = {
  'a-containerset-succeeds': {},
  'a2-containerset-main-and-output-param': {},
  'b-containerset-middle-exits-3': {},
  'b2-containerset-first-exits-3': {},
  'c1-containerset-oom': {},
  'c2-containerset-image-not-found': NOPE,
  'c3-containerset-command-not-found': {},
  'c4-containerset-image-in-error-with-activeDeadline': NOPE,
  'c5-workflow-activeDeadline-exceeded-while-running': {},
  'c6-invalid-spec-cycle': {},
  'd-terminate-while-running': {},
  'd-terminate-while-running-requeue-1s': {},
  'd2-terminate-ignoring-sigterm': {},
  'd3-terminate-before-pod-scheduled': {},
  'd4-terminate-after-completed': {},
  'd5-terminate-then-delete-pod-grace-5-ignoring-sigterm': {},
  'd6-terminate-then-delete-pod-after-first-tick': {},
  'e-stop-while-running': {},
  'f2-spec-suspend-true-then-resume': {},
  'h-workflow-deleted-while-running': {},
  'i-pod-deleted-while-running': {},
  'i2-pod-force-deleted-while-running': {},
  'n-overhead-containerset-3-true': {},
  'n-overhead-containerset-3-true-requeue-1s': {},
  'n3-containerset-with-podGC-and-ttl': {},
  'p1-finalizer-deleted-after-completion': {},
  'p1-finalizer-deleted-then-terminate': {},
  'p1-finalizer-deleted-while-running-background': {},
  'p1-finalizer-deleted-while-running-foreground': YOUNG,
  'p1-finalizer-deleted-while-running-orphan': {},
  'p1-finalizer-foreground-delete-then-we-shutdown': {},
  'p1-finalizer-terminate-then-release': {},
  'p1-finalizer-with-ttlStrategy': {},
  'p1-namespace-deleted-with-finalizer': UNATTENDED,
  'p1-pod-deleted-then-we-shutdown': {},
  'p1-release-normal': {},
  'p2-podgc-defaults-OnPodCompletion-OnWorkflowCompletion-8760h': COLLECTING,
  'p2-podgc-defaults-OnPodCompletion-delay-8760h': COLLECTING,
  'p2-podgc-defaults-OnPodCompletion-empty-object': COLLECTING,
  'p2-podgc-defaults-OnPodCompletion-empty-strategy': COLLECTING,
  'p2-podgc-defaults-OnPodCompletion-none-set': COLLECTING,
  'p2-podgc-defaults-OnPodCompletion-selector-never': COLLECTING,
  'p2-podgc-defaults-OnPodCompletion-ttl-empty': COLLECTING,
  'p2-podgc-defaults-OnPodCompletion-ttl-max': COLLECTING,
  'p3-lead-A-three-true-0': {},
  'p3-lead-A-three-true-1': {},
  'p3-lead-A-three-true-2': {},
  'p3-lead-B-one-stage-0': {},
  'p3-lead-B-one-stage-1': {},
  'p3-lead-B-one-stage-2': {},
  'p4-executor-without-rights': WITHOUT_RIGHTS,
  'p4-restricted-image-root-no-runAsUser': RESTRICTED,
  'p4-restricted-no-fsGroup': RESTRICTED,
  'p4-restricted-no-token-in-stages-with-token-secret': WITH_TOKEN,
  'p4-restricted-readOnlyRoot-executor': RESTRICTED,
  'p4-restricted-two-uids': RESTRICTED,
  'p4-restricted-no-token-at-all': RESTRICTED,
  'p4-restricted-no-token-in-stages': RESTRICTED,
  'p4-restricted-nothing-set': RESTRICTED,
  'p4-restricted-podSpecPatch': RESTRICTED,
  'p4-restricted-projected-token-in-init-and-wait': RESTRICTED,
  'p4-restricted-projected-token-only-in-wait': RESTRICTED,
  'p4-restricted-without-executor-patch': RESTRICTED,
  'p5-report-20MB': {},
  'p5-wrapper-no-shell': {},
  'p5-wrapper-terminate-ignored': {},
  'p5-wrapper-terminate-with-cleanup': {},
  'p6-markers-three-stages': {},
  'p6-stderr-order-apart-and-joined': {},
  'p7-args-dollar-and-braces': {},
  'p7-args-unknown-braces': {},
  'p7-exit0-chain-middle-fails-always-stage-runs': {},
  'p7-hold-middle-fails-always-stage-runs': LATE,
  'p7-own-chain-middle-fails-always-stage-runs': {},
  'p7-own-chain-oom': {},
  'p7-own-chain-three-true': {},
  'p7-stage-retries-in-wrapper': {},
  'p7-stage-timeout-term-obeyed-and-ignored': LATE,
  'p7-stage-timeout-term-obeyed-ignored-cleaned': LATE,
  'p8-secret-first-then-owner-patch': {},
  'p8-secret-optional-missing': { also: [{ t: 10_491, did: 'release: remove finalizer' }] },
  'p8-secret-volume-8s-later': {},
  'p8-suspended-workflow-secret-resume': {},
  'p8-workflow-then-secret-8s-later': {},
  'p8-workflow-then-secret-at-once': {},
}

describe.skipIf(!HAS_RECORDINGS)('as recorded:', () => {
  for (const [name, one] of Object.entries(CASES)) {
    test(name, async () => {
      const recording = readRecording(name)

      const { workflows, pods, logs } = await play(recording, one)

      const [played, recorded] = [workflows, recording.workflows].map((told) =>
        wordsOfWorkflows(eventsOf(told)),
      )
      if (one.looks === 'late') expect(played?.at(-1)).toEqual(recorded?.at(-1))
      else expectSame(played ?? [], recorded ?? [])
      const { alike = (words: string) => words } = one
      expectSame(wordsOfPods(eventsOf(pods)).map(alike), wordsOfPods(eventsOf(recording.pods)).map(alike))
      for (const [container, text] of wholeLogs(recording))
        expect(wordsOfLog(logs.get(container) ?? '').toSorted()).toEqual(wordsOfLog(text).toSorted())
      expect(reversed(orderOfEnds(eventsOf(pods)), orderOfEnds(eventsOf(recording.pods)))).toEqual([])
    })
  }
})

/** What was told in time may come a little later here. */
const LATE_MS = 500

/** What came after the recording was ended cannot be compared. */
function expectSame(played: readonly string[], recorded: readonly string[]): void {
  expect(played.slice(0, recorded.length)).toEqual([...recorded])
}

/** Pairs that were told in one order there, and in the other here. */
function reversed(played: ReadonlySet<string>, recorded: ReadonlySet<string>): string[] {
  return [...played].filter((pair) => {
    const other = pair.split('<').toReversed().join('<')
    return recorded.has(other) && !recorded.has(pair) && !played.has(other)
  })
}

interface Played extends Pick<Recording, 'workflows' | 'pods'> {
  /** By container, as far as it was followed. */
  readonly logs: ReadonlyMap<string, string>
}

/** Does to the stand-in what was done to the real cluster, and hears what it tells. */
async function play(recording: Recording, { options, prepare, looks, also = [] }: Case): Promise<Played> {
  const clock = new Clock(Date.UTC(2026, 10, 23, 14, 0, 0, 500))
  const start = clock.now()
  const runtime = new SimulatedRuntime(clock, programOf(recording, clock, start))
  const standIn = new StandIn({
    time: clock,
    runtime,
    delays: paceOf(recording),
    namespaces: [namespaceOf(recording)],
    ...options,
  })
  const workflows: Told<Workflow>[] = []
  const pods: Told<Pod>[] = []
  const hear = <T>(told: Told<T>[]) => ({
    tell: (event: WatchEvent<T>) => void told.push({ t: clock.now() - start, event }),
    end: () => {},
  })
  const from = { resourceVersion: String(standIn.api.history.version) }
  const namespace = namespaceOf(recording)
  standIn.api.watch('workflows', namespace, from, hear(workflows))
  standIn.api.watch('pods', namespace, from, hear(pods))
  const logs = new Map<string, string>()
  standIn.api.history.follow(standIn.api.history.version, ({ kind, object }) => {
    if (kind === 'pods') followAll(standIn, object as Pod, logs)
  })
  prepare?.(standIn)
  const { t: made } = recording.workflows[0] ?? { t: 0 }
  clock.after(made, () => void standIn.api.create('workflows', namespace, recording.submitted))
  for (const action of [...recording.actions, ...also])
    clock.after(action.t, () => act(standIn, recording, action))
  const end = Math.max(
    ...[...recording.workflows, ...recording.pods, ...recording.actions, ...recording.logs].map(({ t }) => t),
  )
  const more = looks === 'late' ? RECORDED.controller.requeueMs : LATE_MS
  for (await settled(); clock.step(start + end + more); await settled());
  standIn.close()
  return { workflows, pods, logs }
}

/** Follows the log of every stage of the first pod as soon as it runs, as the recorder did. */
function followAll({ kubelet }: StandIn, { metadata, status }: Pod, logs: Map<string, string>): void {
  for (const { name, state } of status.containerStatuses ?? []) {
    if (name === 'wait' || state?.running === undefined || logs.has(name)) continue
    logs.set(name, '')
    const tell = (bytes: Uint8Array) => void logs.set(name, `${logs.get(name)}${Buffer.from(bytes)}`)
    const request = { container: name, follow: true, sinceMs: null }
    kubelet.log(metadata.namespace, metadata.name, request, { tell, end: () => {} })
  }
}

/** The stages' logs that were followed to their end, where anything was heard. */
function wholeLogs({ logs }: Recording): readonly (readonly [container: string, text: string])[] {
  const ended = logs.filter(({ end }) => end === true).map(({ container }) => container)
  return ended
    .filter((container) => container !== 'init' && container !== 'wait')
    .map((container) => {
      const lines = logs.flatMap((one) => (one.container === container ? (one.line ?? []) : []))
      return [container, lines.join('\n')] as const
    })
    .filter(([, text]) => text !== '')
}

type Deed = (around: {
  readonly standIn: StandIn
  readonly recording: Recording
  readonly words: RegExpExecArray
}) => void

/** What the recorder did, by its own words. Snapshots that it took change nothing, and are no deeds. */
const DEEDS: readonly (readonly [RegExp, Deed])[] = [
  [/^PATCH spec\.shutdown=(\w+)/, ({ words, ...around }) => patch(around, { spec: { shutdown: words[1] } })],
  [/^terminate$/, (around) => patch(around, { spec: { shutdown: 'Terminate' } })],
  [/^(PATCH spec\.suspend=null|resume)$/, (around) => patch(around, { spec: { suspend: null } })],
  [
    /^DELETE pod grace (\d+)/,
    ({ words, ...around }) => removePod(around, { graceSeconds: Number(words[1]) }),
  ],
  [/^DELETE pod/, (around) => removePod(around, {})],
  [
    /^DELETE (?:workflow propagationPolicy=)?(Background|Foreground|Orphan)/,
    ({ words, ...around }) => remove(around, words[1] as Propagation),
  ],
  [/^release 1: DELETE workflow/, (around) => remove(around)],
  [/^POST same name/, again],
  [
    /^POST new workflow/,
    ({ standIn, recording }) => void standIn.api.create('workflows', namespaceOf(recording), named('zz')),
  ],
  [/^DELETE (workflow|again)/, (around) => remove(around)],
  [
    /^DELETE namespace/,
    ({ standIn, recording }) => standIn.collector.deleteNamespace(namespaceOf(recording)),
  ],
  [/^json-patch test\+remove/, (around) => patch(around, WITHOUT_FINALIZER)],
  [/^release(: remove finalizer|$)/, release],
  [/^POST secret/, (around) => putSecret(around, 'owned')],
  [/^secret was created before/, (around) => putSecret(around, 'orphan')],
  [/^PATCH ownerReferences/, ownSecret],
]

type Around = Pick<Parameters<Deed>[0], 'standIn' | 'recording'>

const WITHOUT_FINALIZER = { metadata: { finalizers: null } }

function act(standIn: StandIn, recording: Recording, { did, result }: Action): void {
  for (const [pattern, deed] of DEEDS) {
    const words = pattern.exec(did)
    if (words !== null) return void asAnswered(result, () => deed({ standIn, recording, words }))
  }
}

/** What was refused there is refused here, in the same words. */
function asAnswered(result: unknown, work: () => void): void {
  const there = typeof result === 'object' && result !== null && 'status' in result ? result : null
  if (there === null || Number(there.status) < 400) return void work()
  try {
    work()
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    const { reason, message, details } = error.status
    const here = { status: error.code, reason, message, causes: details?.causes }
    return void expect(here).toMatchObject(there)
  }
  throw new Error(`This should have been refused: ${JSON.stringify(there)}`)
}

function patch({ standIn, recording }: Around, change: Readonly<Record<string, unknown>>): void {
  standIn.api.patch('workflows', namespaceOf(recording), recording.submitted.metadata.name, change)
}

function remove({ standIn, recording }: Around, propagation: Propagation = 'Background'): void {
  standIn.api.delete('workflows', namespaceOf(recording), recording.submitted.metadata.name, { propagation })
}

function removePod({ standIn, recording }: Around, options: DeleteOptions): void {
  standIn.api.delete('pods', namespaceOf(recording), recording.submitted.metadata.name, options)
}

/** Deletes it first, unless somebody has, and then lets it go; where it was let go first, the other way round. */
function release(around: Around): void {
  const { standIn, recording } = around
  const { name } = recording.submitted.metadata
  const found = standIn.api.find('workflows', namespaceOf(recording), name)
  const wasLetGo = recording.workflows.some(
    ({ event }) => event.type === 'MODIFIED' && event.object.metadata.finalizers === undefined,
  )
  if (found?.metadata.deletionTimestamp === undefined && !wasLetGo) remove(around)
  patch(around, WITHOUT_FINALIZER)
  if (wasLetGo) remove(around)
}

/** Takes the name for a moment, as the recorder did to see whether it is free. */
function again({ standIn, recording }: Around): void {
  const { name } = recording.submitted.metadata
  standIn.api.create('workflows', namespaceOf(recording), named(name))
  standIn.api.delete('workflows', namespaceOf(recording), name, {})
}

function named(name: string) {
  return { metadata: { name, labels: { probe: '1' } }, spec: { suspend: true } }
}

function putSecret({ standIn, recording }: Around, whose: 'owned' | 'orphan'): void {
  const name = secretOf(recording)
  const ownerReferences = whose === 'owned' ? [ownerOf(standIn, recording)] : []
  standIn.api.create('secrets', namespaceOf(recording), {
    metadata: { name, ownerReferences },
    stringData: { token: 's3cret' },
  })
}

function ownSecret({ standIn, recording }: Around): void {
  const ownerReferences = [ownerOf(standIn, recording)]
  standIn.api.patch('secrets', namespaceOf(recording), secretOf(recording), { metadata: { ownerReferences } })
}

function ownerOf({ api }: StandIn, recording: Recording) {
  const { metadata } = api.get('workflows', namespaceOf(recording), recording.submitted.metadata.name)
  return { apiVersion: 'argoproj.io/v1alpha1', kind: 'Workflow', name: metadata.name, uid: metadata.uid }
}

function secretOf({ submitted }: Recording): string {
  return /"(?:secretName|name)":"(p8s-\w+)"/.exec(JSON.stringify(submitted))?.[1] ?? ''
}

function namespaceOf({ workflows }: Recording): string {
  const [first] = eventsOf(workflows)
  return first === undefined || first.type === 'ERROR' ? '' : first.object.metadata.namespace
}

function eventsOf<T>(told: readonly { readonly event: WatchEvent<T> }[]): WatchEvent<T>[] {
  return told.map(({ event }) => event)
}
