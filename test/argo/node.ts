import type { LogLimits } from './logfile.ts'
import type { ApiServer } from './model.ts'
import type { Pod, Time } from './objects.ts'
import type { Runtime } from './runtime.ts'

/** How long a node takes for its steps. */
export interface KubeletDelays {
  readonly scheduleMs: number
  readonly acceptMs: number
  readonly sandboxMs: number
  readonly initMs: number
  readonly initRunMs: number
  readonly startMs: number
  /** How often the kubelet looks at its containers, and when: a container's end is told at the next look. */
  readonly relistMs: number
  readonly relistAtMs: number
  /** What happened so shortly before a look is seen at the next. */
  readonly relistLagMs: number
  /** Between the signals that Argo's controller sends to a pod's containers. */
  readonly signalMs: number
  /** From the end of a stopped pod's last container to its status. */
  readonly stoppedMs: number
  /** From the last container's end to the pod's last phase, and from a stopped pod's to its removal. */
  readonly clearMs: number
  readonly removeMs: number
  /** How often an emissary looks whether its command has ended, and how long `wait` outlives the last emissary. */
  readonly pollMs: number
  readonly waitMs: number
  readonly logEndMs: number
  /** Until something that was missing is looked for again: a node, a volume, a secret's key, an image. */
  readonly scheduleRetryMs: number
  readonly mountRetryMs: number
  readonly configRetryMs: number
  readonly backoffMs: number
  readonly imageRetryMs: number
}

/** What is wrong with the world that a pod meets; null where nothing is. Asked again at each retry. */
export interface Troubles {
  unschedulable: (pod: Pod) => string | null
  /** Why an image cannot be pulled. */
  image: (image: string) => string | null
  runsAsRoot: (image: string) => boolean
  /** What `argoexec wait` is told when it reports, where its service account may not. */
  executor: (pod: Pod) => string | null
}

/** What a kubelet works with. */
export interface Node {
  readonly api: ApiServer
  readonly time: Time
  readonly runtime: Runtime
  readonly delays: KubeletDelays
  readonly troubles: Troubles
  readonly logLimits: LogLimits
}
