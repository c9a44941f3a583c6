import type { ArgoConfig } from '../../config/argo.ts'
import type { Cluster } from '../../engine/argo/cluster.ts'
import type { Site } from '../../engine/argo/compile.ts'
import type { ArgoWorkflow } from '../../engine/argo/kube.ts'
import { WORKFLOW_LABEL } from '../../engine/argo/names.ts'
import { probe, probeActs } from '../../engine/argo/probe.ts'
import { whyItWaits } from '../../engine/argo/reasons.ts'
import { isFinal, newest } from '../../engine/argo/scene.ts'
import { argoSays } from '../../engine/argo/words.ts'
import { siteOf } from '../../engines.ts'
import type { World } from '../../world.ts'
import { amiss, type Check, checked, well } from './check.ts'

export interface Trial {
  readonly argo: ArgoConfig
  readonly world: Pick<World, 'now' | 'sleep' | 'id'>
  readonly signal: AbortSignal
}

/** Even large images are pulled by then. */
const TRIAL_MS_MAX = 180_000
/** A controller answers in a tenth of a second, a busy one at its next look, ten seconds later. */
const CONTROLLER_MS_MAX = 30_000
/** What has kept a pod waiting for so long will not pass by itself. */
const HELD_UP_MS_MAX = 30_000
const LOOK_MS = 1_000

/** Of a trial nothing is left that a server could know again. */
export function trialSite(argo: ArgoConfig): Site {
  return siteOf({ ...argo, deadlineMs: TRIAL_MS_MAX }, 'doctor', false)
}

/** Runs a Workflow that does nothing, says how that went, and takes it away. */
export async function trial(cluster: Cluster, { argo, world, signal }: Trial): Promise<Check> {
  return await checked('trial', async () => {
    const name = `p-doctor-${world.id().toLowerCase()}`
    const made = await cluster.createWorkflow(probe(name, trialSite(argo)))
    try {
      return await untilOver(cluster, name, { argo, world, signal })
    } finally {
      await cluster.deleteWorkflow(name, made.metadata.uid ?? '')
    }
  })
}

async function untilOver(cluster: Cluster, name: string, { argo, world, signal }: Trial): Promise<Check> {
  const began = world.now()
  let heldUpAt: number | null = null
  while (true) {
    await world.sleep(LOOK_MS, signal)
    const workflow = await cluster.workflow(name)
    const now = world.now()
    if (workflow === null) return amiss('trial', `Somebody deleted ${name} before it had ended. Try again.`)
    if (isFinal(workflow)) return outcome(workflow, now - began, argo)
    if ((workflow.status?.phase ?? '') === '' && now - began > CONTROLLER_MS_MAX) return unnoticed(argo)
    const reason = await whyHeldUp(cluster, workflow, now - began, argo)
    heldUpAt = reason === null ? null : (heldUpAt ?? now)
    if (heldUpAt !== null && now - heldUpAt > HELD_UP_MS_MAX) return amiss('trial', reason ?? '')
    if (now - began > TRIAL_MS_MAX) {
      return amiss('trial', `${name} had not ended after three minutes. See kubectl describe pod ${name}.`)
    }
  }
}

async function whyHeldUp(
  cluster: Cluster,
  workflow: ArgoWorkflow,
  seenMs: number,
  argo: ArgoConfig,
): Promise<string | null> {
  const { items } = await cluster.list('pods', {
    labelSelector: `${WORKFLOW_LABEL}=${workflow.metadata.name}`,
  })
  const pod = newest(items)
  const events = pod?.metadata.uid === undefined ? [] : await cluster.events(pod.metadata.uid)
  const scene = { workflow, pod, hadPod: pod !== null }
  const reasons = probeActs(trialSite(argo)).map((act) => whyItWaits(scene, act, seenMs, events))
  return reasons.find((reason) => reason !== null) ?? null
}

function outcome({ status }: ArgoWorkflow, ms: number, argo: ArgoConfig): Check {
  if (status?.phase === 'Succeeded') {
    const images = [argo.gitImage, ...(argo.defaults.image === null ? [] : [argo.defaults.image])]
    return well(
      'trial',
      `A Workflow in ${images.join(' and ')} ended well after ${Math.round(ms / 1_000)} s.`,
    )
  }
  const words = argoSays(status?.message || 'nothing of it')
  return amiss('trial', `A Workflow ended in ${status?.phase}. ${words}`)
}

function unnoticed({ namespace, controllerInstance }: ArgoConfig): Check {
  const seen = `No Argo controller has looked at a Workflow in ${namespace} for 30 s. Is one running, and does it watch this namespace?`
  const instance =
    controllerInstance === null
      ? 'If it has an instance id, name that with argo.controllerInstance.'
      : `Is its instance id ${controllerInstance}, as argo.controllerInstance says?`
  return amiss('trial', `${seen} ${instance}`)
}
