/**
 * The parts of Kubernetes' and Argo's objects that this engine reads, as they stand on the wire: times are RFC 3339
 * texts. https://kubernetes.io/docs/reference/kubernetes-api/ · https://argo-workflows.readthedocs.io/en/latest/fields/
 */

export interface Meta {
  readonly name: string
  readonly namespace?: string
  readonly uid?: string
  readonly resourceVersion?: string
  readonly creationTimestamp?: string
  /** Set where it is being deleted: at once, or as soon as its finalizers are gone. */
  readonly deletionTimestamp?: string
  readonly deletionGracePeriodSeconds?: number
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly finalizers?: readonly string[]
  readonly ownerReferences?: readonly {
    readonly apiVersion: string
    readonly kind: string
    readonly name: string
    readonly uid: string
    readonly controller?: boolean
    readonly blockOwnerDeletion?: boolean
  }[]
}

/** An Argo Workflow. What is submitted is `compile`'s; here is what is looked at. */
export interface ArgoWorkflow {
  readonly apiVersion: 'argoproj.io/v1alpha1'
  readonly kind: 'Workflow'
  readonly metadata: Meta
  readonly spec: {
    readonly shutdown?: string
    readonly suspend?: boolean | null
    readonly [key: string]: unknown
  }
  readonly status?: WorkflowStatus
}

export interface WorkflowStatus {
  /** Absent or empty until a controller has looked at it. */
  readonly phase?: '' | 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Error'
  readonly message?: string
  readonly startedAt?: string | null
  readonly finishedAt?: string | null
  readonly nodes?: Readonly<Record<string, WorkflowNode>>
  /** Base64 of the nodes as gzip, zstd or brotli JSON, where they are many. */
  readonly compressedNodes?: string
  /** Set where Argo keeps the nodes in a database of its own; they cannot be read from here. */
  readonly offloadNodeStatusVersion?: string
  readonly conditions?: readonly {
    readonly type: string
    readonly status: string
    readonly message?: string
  }[]
}

export interface WorkflowNode {
  readonly id: string
  readonly name: string
  readonly displayName?: string
  readonly type: string
  readonly phase?: string
  readonly message?: string
  readonly startedAt?: string | null
  readonly finishedAt?: string | null
  readonly children?: readonly string[]
  readonly boundaryID?: string
  readonly templateName?: string
  /** Of a pod that was put on a node. */
  readonly hostNodeName?: string
  readonly outputs?: { readonly exitCode?: string }
}

export interface Pod {
  readonly apiVersion?: 'v1'
  readonly kind?: 'Pod'
  readonly metadata: Meta
  readonly spec?: { readonly nodeName?: string; readonly containers?: readonly { readonly name: string }[] }
  readonly status?: PodStatus
}

export interface PodStatus {
  readonly phase?: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown'
  /** `Evicted`, `DeadlineExceeded`, `NodeLost`. */
  readonly reason?: string
  readonly message?: string
  readonly startTime?: string
  readonly conditions?: readonly {
    readonly type: string
    readonly status: string
    readonly reason?: string
    readonly message?: string
  }[]
  readonly initContainerStatuses?: readonly ContainerStatus[]
  readonly containerStatuses?: readonly ContainerStatus[]
}

export interface ContainerStatus {
  readonly name: string
  readonly image?: string
  readonly restartCount?: number
  /** Exactly one of them is there. */
  readonly state?: {
    readonly waiting?: { readonly reason?: string; readonly message?: string }
    readonly running?: { readonly startedAt?: string }
    readonly terminated?: Terminated
  }
}

export interface Terminated {
  readonly exitCode: number
  readonly signal?: number
  /** `Completed`, `Error`, `OOMKilled`, `ContainerStatusUnknown`. */
  readonly reason?: string
  readonly message?: string
  readonly startedAt?: string
  readonly finishedAt?: string
}

export interface Secret {
  readonly apiVersion: 'v1'
  readonly kind: 'Secret'
  readonly metadata: Meta
  readonly type: string
  readonly stringData: Readonly<Record<string, string>>
}

/** https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/ */
export interface KubeEvent {
  readonly metadata: Meta
  readonly type?: string
  readonly reason?: string
  readonly message?: string
  readonly lastTimestamp?: string | null
  readonly eventTime?: string | null
  readonly involvedObject?: { readonly kind?: string; readonly name?: string; readonly uid?: string }
}

export interface List<T> {
  readonly items: readonly T[]
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string }
}

/** One line of a watch. `ERROR` carries a `Status`; a bookmark carries only a resourceVersion. */
export type WatchEvent<T> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'; readonly object: T }
  | { readonly type: 'ERROR'; readonly object: Status }

/** https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/ */
export interface Status {
  readonly kind?: 'Status'
  readonly code?: number
  readonly reason?: string
  readonly message?: string
  readonly details?: {
    readonly name?: string
    readonly group?: string
    readonly kind?: string
    readonly retryAfterSeconds?: number
    readonly causes?: readonly {
      readonly reason?: string
      readonly message?: string
      readonly field?: string
    }[]
  }
}

/** What the API server refused. Every other failure of a call is no answer. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly code: number
  readonly status: Status
  /** What the server asked to wait for before the next try; null where it did not say. */
  readonly retryAfterMs: number | null

  constructor(code: number, status: Status, message: string, retryAfterMs: number | null = null) {
    super(message)
    this.code = code
    this.status = status
    this.retryAfterMs = retryAfterMs
  }
}
