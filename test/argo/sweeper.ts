import type { ApiServer } from './model.ts'
import type { Pod, Time, Workflow } from './objects.ts'
import { COMPLETED_LABEL } from './podspec.ts'
import { fits } from './select.ts'

/** What Argo waits before it labels a finished Workflow's pod, and before it collects one, unless told otherwise. */
const LABEL_MS = 30
const COLLECT_MS = 5_000

interface PodGc {
  readonly strategy?: string
  readonly deleteDelayDuration?: string
  readonly labelSelector?: { readonly matchLabels?: Readonly<Record<string, string>> }
}

interface TtlStrategy {
  readonly secondsAfterCompletion?: number
  readonly secondsAfterSuccess?: number
  readonly secondsAfterFailure?: number
}

/** What Argo does with a Workflow that has ended: its pod is labelled or collected, and its time to live begins. */
export class Sweeper {
  readonly #api: ApiServer
  readonly #time: Time

  constructor(api: ApiServer, time: Time) {
    this.#api = api
    this.#time = time
  }

  completed(workflow: Workflow): void {
    this.#sweepPod(workflow)
    const seconds = timeToLive(workflow)
    if (seconds !== null) this.#time.after(seconds * 1000, () => this.#delete(workflow))
  }

  #sweepPod(workflow: Workflow): void {
    const { namespace, name } = workflow.metadata
    const pod = this.#api.find('pods', namespace, name)
    if (pod === null) return
    const { uid } = pod.metadata
    const isThere = () => this.#api.find('pods', namespace, name)?.metadata.uid === uid
    if (isCollected(workflow, pod)) {
      this.#time.after(collectMs(workflow), () => {
        if (isThere()) this.#api.delete('pods', namespace, name, { uid })
      })
    } else {
      this.#time.after(LABEL_MS, () => {
        const patch = { metadata: { labels: { [COMPLETED_LABEL]: 'true' } } }
        if (isThere()) this.#api.patch('pods', namespace, name, patch)
      })
    }
  }

  #delete({ metadata }: Workflow): void {
    const { namespace, name, uid } = metadata
    if (this.#api.find('workflows', namespace, name)?.metadata.uid === uid)
      this.#api.delete('workflows', namespace, name, { propagation: 'Background' })
  }
}

function isCollected(workflow: Workflow, pod: Pod): boolean {
  const { strategy = '', labelSelector } = podGcOf(workflow)
  const selector = Object.entries(labelSelector?.matchLabels ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .join(',')
  if (!fits(pod.metadata.labels, selector)) return false
  switch (strategy) {
    case 'OnPodCompletion':
    case 'OnWorkflowCompletion':
      return true
    case 'OnPodSuccess':
      return pod.status.phase === 'Succeeded'
    case 'OnWorkflowSuccess':
      return workflow.status?.phase === 'Succeeded'
    default:
      return false
  }
}

function podGcOf({ spec }: Workflow): PodGc {
  return (spec['podGC'] ?? {}) as PodGc
}

/** `8760h`, `5s`. */
function collectMs(workflow: Workflow): number {
  const [, count = '', unit = ''] = /^(\d+)(h|m|s)/.exec(podGcOf(workflow).deleteDelayDuration ?? '') ?? []
  const msOf: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1_000 }
  return count === '' ? COLLECT_MS : Number(count) * (msOf[unit] ?? 0)
}

function timeToLive({ spec, status }: Workflow): number | null {
  const ttl = (spec['ttlStrategy'] ?? {}) as TtlStrategy
  const special = status?.phase === 'Succeeded' ? ttl.secondsAfterSuccess : ttl.secondsAfterFailure
  return special ?? ttl.secondsAfterCompletion ?? null
}
