import { durationText } from '../duration.ts'
import type { News } from '../engine.ts'
import type { ArgoWorkflow, Pod, Terminated } from './kube.ts'
import type { Act } from './names.ts'
import { nodesOf } from './nodes.ts'
import type { EndMark } from './reel.ts'
import { containerState, hasBegun, isEnding, isShutDown, type Scene } from './scene.ts'

/** How a stage ended. */
export interface Ending {
  readonly status: Extract<News, { type: 'stage.finished' }>['status']
  readonly exitCode: number | null
  readonly reason: string | null
  /** Ended from outside its own course. */
  readonly killed: boolean
}

export const SUCCEEDED: Ending = { status: 'succeeded', exitCode: 0, reason: null, killed: false }
export const TERMINATED = 'Terminated.'
const OOM =
  'Out of memory: its container reached its memory limit and was killed. Raise resources.limits.memory, or use less.'

/** What a wrapper's last mark means, where nobody told the stage to end. `why` is what a checkout says of its failure. */
export function ofMark(
  act: Act,
  { exit, timedOut, outputs }: Extract<EndMark, { says: 'end' }>,
  why: string | null,
): Ending {
  if (timedOut) return failed(null, `Timed out after ${durationText(act.timeoutMs ?? 0)}.`)
  if (outputs !== null) return failed(null, outputs)
  if (exit === 0) return SUCCEEDED
  if (act.does === 'checkout') return checkoutFailed(exit, why)
  return failed(
    exit,
    exit === 137 ? 'Exit code 137: killed by SIGKILL, most often for want of memory.' : `Exit code ${exit}.`,
  )
}

/** The checkout's own code for “nobody could be asked”, from sysexits.h: EX_TEMPFAIL. */
const NOBODY_ASKED = 75

function checkoutFailed(exit: number, why: string | null): Ending {
  const reason = why ?? `The checkout failed with exit code ${exit}.`
  return exit === NOBODY_ASKED
    ? { status: 'error', exitCode: null, reason, killed: false }
    : failed(null, reason)
}

/** What the kubelet says of a container that ended without its wrapper's word. */
function ofContainer(how: Terminated): Ending {
  if (how.reason === 'OOMKilled') return failed(how.exitCode, OOM)
  if (
    /failed to find name in PATH|executable file not found|no such file or directory/.test(how.message ?? '')
  )
    return failed(how.exitCode, `Its image has no sh, which every stage needs: ${how.message}`)
  if (how.exitCode !== 137 && how.exitCode !== 143) return failed(how.exitCode, `Exit code ${how.exitCode}.`)
  const detail = [how.reason, how.message].filter((word) => word !== undefined && word !== '').join(': ')
  return error(`Its container was killed (exit code ${how.exitCode}), and nobody says why: ${detail}.`, true)
}

/** Why a stage was told to end, or cannot be found any more; null where nothing explains it yet. */
export function ofCause({ workflow, pod, hadPod }: Scene, acts: readonly Act[]): Ending | null {
  const late = deadlineOf(workflow, pod)
  if (late !== null) {
    const text = `Timed out: ${late}`
    return hasBegun(pod, acts) ? failed(null, text) : error(`It never began: ${late}`, false)
  }
  if (workflow !== null && isEnding(workflow))
    return { status: 'terminated', exitCode: null, reason: TERMINATED, killed: true }
  const evicted = evictionOf(pod)
  if (evicted !== null) return error(evicted, true)
  if (workflow?.metadata.deletionTimestamp !== undefined)
    return error('Its Workflow was deleted by somebody.', true)
  if (pod?.metadata.deletionTimestamp !== undefined || (pod === null && hadPod))
    return error('Its pod was deleted by somebody.', true)
  if (workflow !== null && isShutDown(workflow))
    return error('Somebody ended it in Argo, past Periplus.', true)
  return null
}

function deadlineOf(workflow: ArgoWorkflow | null, pod: Pod | null): string | null {
  const message = workflow?.status?.message ?? ''
  const struck =
    pod?.status?.reason === 'DeadlineExceeded' || /exceeded its deadline|DeadlineExceeded/.test(message)
  return struck ? 'the deadline of its Workflow passed.' : null
}

function evictionOf(pod: Pod | null): string | null {
  const { reason, message, conditions } = pod?.status ?? {}
  if (
    reason !== undefined &&
    ['Evicted', 'NodeLost', 'Preempting', 'Terminated', 'Shutdown', 'NodeShutdown'].includes(reason)
  )
    return `Its pod was ended by its node (${reason}): ${message ?? 'it does not say why.'}`
  const disrupted = conditions?.find(({ type, status }) => type === 'DisruptionTarget' && status === 'True')
  // The API's own deletion of a pod is no disruption; a taint, an eviction or a preemption is.
  return disrupted === undefined
    ? null
    : `Its pod had to leave its node (${disrupted.reason}): ${disrupted.message ?? ''}`
}

/** What the Workflow's own record says of a container whose pod is gone. */
function ofNode(workflow: ArgoWorkflow, act: Act): Ending | null {
  const node = nodesOf(workflow).find(
    ({ type, displayName }) => type === 'Container' && displayName === act.container,
  )
  if (node?.phase === 'Succeeded') return SUCCEEDED
  const message = node?.message ?? ''
  const code = Number(/exit code (\d+)/.exec(message)?.[1])
  if (node?.phase !== 'Failed' || Number.isNaN(code)) return null
  return ofContainer({ exitCode: code, reason: message.includes('OOMKilled') ? 'OOMKilled' : 'Error' })
}

/** How a container stands that nothing can be read of any more. */
export function ofPod(scene: Scene, act: Act, acts: readonly Act[]): Ending | null {
  const state = containerState(scene.pod, act.container)
  const cause = ofCause(scene, acts)
  if (state.is === 'ended' && state.how.reason === 'OOMKilled') return ofContainer(state.how)
  if (cause !== null) return cause
  if (state.is === 'ended') return state.how.exitCode === 0 ? SUCCEEDED : ofContainer(state.how)
  const init = ofInit(scene.pod)
  if (init !== null) return init
  return scene.workflow === null ? null : ofNode(scene.workflow, act)
}

/** Argo's own container, which must end well before any stage begins. */
function ofInit(pod: Pod | null): Ending | null {
  const how = pod?.status?.initContainerStatuses?.find(
    ({ state }) => (state?.terminated?.exitCode ?? 0) !== 0,
  )?.state?.terminated
  if (how === undefined) return null
  return error(
    `Argo’s init container failed with exit code ${how.exitCode}: ${how.message ?? how.reason ?? ''}`,
    false,
  )
}

function failed(exitCode: number | null, reason: string): Ending {
  return { status: 'failed', exitCode, reason, killed: false }
}

function error(reason: string, killed: boolean): Ending {
  return { status: 'error', exitCode: null, reason, killed }
}
