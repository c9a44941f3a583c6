import type { Clock } from '../sim/clock.ts'
import type { Pod, Time } from './objects.ts'
import { isEmissarys, type Recording, type Told } from './recorded.ts'
import type { Program } from './simulated.ts'
import { type Delays, RECORDED } from './standin.ts'

/** Delays with which the stand-in keeps a recording's own pace, so that its ticks fall where they fell. */
export function paceOf(recording: Recording): Delays {
  const { kubelet, controller, collector } = RECORDED
  const first = recording.pods.filter(({ event }) => uidOf(event) === uidOf(recording.pods[0]?.event))
  const when = (fits: (pod: Pod) => boolean) =>
    first.find(({ event }) => event.type !== 'ERROR' && fits(event.object))?.t ?? null
  const between = (from: number | null, to: number | null, otherwise: number) =>
    from === null || to === null ? otherwise : Math.max(1, to - from)
  const made = recording.workflows[0]?.t ?? 0
  const written =
    recording.workflows.find(({ event }) => event.type !== 'ERROR' && event.object.status)?.t ?? made
  const { requeueMs } = controller
  const pod = first[0]?.t ?? written
  // A suspended Workflow gets its pod at the second look.
  const added = pod > written + requeueMs / 2 ? pod - requeueMs : Math.min(pod, written)
  const bound = when(({ spec }) => spec.nodeName !== undefined)
  const accepted = when(({ status }) => status.containerStatuses !== undefined)
  const sandboxed = when(({ status }) => condition(status, 'PodReadyToStartContainers') === 'True')
  const init = when(({ status }) => stateOf(status, 'init')?.running !== undefined)
  const initDone = when(({ status }) => stateOf(status, 'init')?.terminated !== undefined)
  const running = when(({ status }) => stateOf(status, 'wait')?.running !== undefined)
  const lastStage = when((pod) => hasEnded(pod, 'stages'))
  const wait = when((pod) => hasEnded(pod, 'wait'))
  const cleared = when(
    ({ status, metadata }) =>
      /^(Succeeded|Failed)$/.test(status.phase ?? '') && metadata.deletionTimestamp === undefined,
  )
  const unpulled = when(({ status }) => isWaiting(status, 'ErrImagePull'))
  const backedOff = when(({ status }) => isWaiting(status, 'ImagePullBackOff'))
  const failed = when(
    ({ status, metadata }) => status.phase === 'Failed' && metadata.deletionGracePeriodSeconds !== 0,
  )
  const removed = when(({ metadata }) => metadata.deletionGracePeriodSeconds === 0)
  return {
    collector,
    controller: {
      ...controller,
      ...(recording.name.endsWith('requeue-1s') ? EVERY_SECOND : {}),
      reactMs: between(made, added, controller.reactMs),
      writeMs: between(added, written, controller.writeMs),
    },
    kubelet: {
      ...kubelet,
      scheduleMs: between(first[0]?.t ?? null, bound, kubelet.scheduleMs),
      acceptMs: between(bound, accepted, kubelet.acceptMs),
      sandboxMs: between(accepted, sandboxed, kubelet.sandboxMs),
      initMs: between(sandboxed, init, kubelet.initMs),
      ...EYE,
      removeMs: between(failed === null ? null : failed + kubelet.stoppedMs, removed, kubelet.removeMs),
      initRunMs: between((init ?? 0) + SEEN_MS, initDone, kubelet.initRunMs),
      startMs: between(
        initDone,
        Math.min(firstStart(recording) ?? running ?? 0, running ?? 0),
        kubelet.startMs,
      ),
      waitMs: between(lastStage, wait, kubelet.waitMs),
      backoffMs: between(unpulled, backedOff, kubelet.backoffMs + SEEN_MS) - SEEN_MS,
      clearMs: between(Math.max(lastStage ?? 0, wait ?? 0), cleared, kubelet.clearMs),
    },
  }
}

/** A kubelet and emissaries that see at once what happens, for it happens when it was seen. */
const EYE = { relistMs: 1, relistAtMs: 0, relistLagMs: 0, pollMs: 1 }
const SEEN_MS = 3

/** The other controller of the recordings, which had more to do. */
const EVERY_SECOND = { requeueMs: 1_000, lookMs: 50 }

/** When the first stage was begun, or the emissary of another began to wait for it. */
function firstStart(recording: Recording): number | null {
  const all = spoken(recording).filter(({ from, text }) => from !== 'init' && /msg="waiting for /.test(text))
  return all.length === 0 ? null : Math.min(...all.map(({ at }) => at))
}

/**
 * Runs containers as they were recorded: they say their lines and end when they did, with the code that they had. Who
 * ended by SIGTERM ends only if it comes; who was killed, or never ended, runs on.
 */
export function programOf(recording: Recording, clock: Clock & Time, start: number): Program {
  const uids = [...new Set(recording.pods.map(({ event }) => uidOf(event)))]
  const seen: string[] = []
  return async ({ spec, write, sleep, term }) => {
    if (!seen.includes(spec.podUid)) seen.push(spec.podUid)
    const uid = uids[seen.indexOf(spec.podUid)]
    const until = (t: number) => sleep(Math.max(0, start + t - clock.now()))
    if (seen.indexOf(spec.podUid) === 0)
      for (const { at, text } of ownLines(recording, spec.container)) {
        await until(at)
        write(text)
      }
    const end = endOf(recording.pods, uid, spec.container) ?? loggedEnd(recording, spec.container)
    const isKilled =
      end?.exitCode === 137 && end.reason !== 'OOMKilled' && !hasExited(recording, spec.container)
    if (end === null || isKilled) return await forever()
    await until(end.t - SEEN_MS)
    if (end.reason === 'OOMKilled') return 'oom'
    if (end.code143 && !endedByItself(recording, spec.container) && !term.aborted)
      await new Promise((resolve) => term.addEventListener('abort', resolve, { once: true }))
    return end.exitCode
  }
}

/** An end that only the log tells: the recorder left before the pod's status did. */
function loggedEnd(recording: Recording, container: string) {
  const at = momentOf(recording, container, 'sub-process exited')
  const said = spoken(recording).filter(({ from }) => from === container)[at]
  const [, code = ''] = /exit status (\d+)/.exec(said?.text ?? '') ?? []
  if (said === undefined || code === '') return null
  return { t: said.at, exitCode: Number(code), reason: 'Error', code143: code === '143' }
}

/** Whether the emissary saw its command end, rather than being killed with it. */
function hasExited(recording: Recording, container: string): boolean {
  return momentOf(recording, container, 'sub-process exited') >= 0
}

/** The emissary stops to listen for signals when it got one, or when its command has ended. */
function endedByItself(recording: Recording, container: string): boolean {
  const termed = momentOf(recording, container, 'file signal handler exiting')
  const exited = momentOf(recording, container, 'sub-process exited')
  return exited >= 0 && (termed < 0 || termed > exited)
}

/** The place of what an emissary said among all that its container did; -1 where it never did. */
function momentOf(recording: Recording, container: string, message: string): number {
  const said = spoken(recording).filter(({ from }) => from === container)
  return said.findIndex(({ text }) => text.includes(`msg="${message}`))
}

function forever(): Promise<never> {
  return new Promise(() => {})
}

function endOf(pods: readonly Told<Pod>[], uid: string | undefined, container: string) {
  for (const { t, event } of pods) {
    if (event.type === 'ERROR' || uidOf(event) !== uid) continue
    const ended = stateOf(event.object.status, container)?.terminated
    if (ended === undefined || ended.reason === 'ContainerStatusUnknown') continue
    return { t, exitCode: ended.exitCode, reason: ended.reason, code143: ended.exitCode === 143 }
  }
  return null
}

/** What a container's own command wrote, by the recording's clock. */
function ownLines(recording: Recording, container: string) {
  return spoken(recording).filter(({ from, text }) => from === container && !isEmissarys(text))
}

/** All that containers wrote, by the recording's clock. */
function spoken({ logs }: Recording) {
  const stamped = logs.flatMap(({ t, container: from, line }) => {
    const [, stamp, text] = /^(\S+Z) (.*)$/s.exec(line ?? '') ?? []
    return stamp === undefined || text === undefined ? [] : [{ t, from, at: Date.parse(stamp), text }]
  })
  // A line arrives after it was written: the closest of all says when the recording began.
  const epoch = Math.max(...stamped.map(({ t, at }) => at - t))
  return stamped.map(({ from, at, text }) => ({ from, at: at - epoch, text }))
}

function uidOf(event: Told<Pod>['event'] | undefined): string {
  return event === undefined || event.type === 'ERROR' ? '' : event.object.metadata.uid
}

function condition(status: Pod['status'], type: string): string | undefined {
  return status.conditions?.find((one) => one.type === type)?.status
}

function stateOf(status: Pod['status'], name: string) {
  const all = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])]
  return all.find((one) => one.name === name)?.state
}

function isWaiting({ containerStatuses = [] }: Pod['status'], reason: string): boolean {
  return containerStatuses.some(({ state }) => state?.waiting?.reason === reason)
}

function hasEnded({ status }: Pod, which: 'stages' | 'wait'): boolean {
  const all = (status.containerStatuses ?? []).filter(({ name }) => (name === 'wait') === (which === 'wait'))
  return all.length > 0 && all.every(({ state }) => state?.terminated !== undefined)
}
