import type * as kube from '../../src/engine/argo/kube.ts'

/** The objects that the stand-in keeps, with the parts that it reads; what else a manifest says is kept as it came. */
export interface Meta extends kube.Meta {
  readonly namespace: string
  readonly uid: string
  readonly resourceVersion: string
  readonly creationTimestamp: string
  readonly generation?: number
}

export interface Workflow extends kube.ArgoWorkflow {
  readonly metadata: Meta
}

/** An Argo template with a containerSet, as far as the controller reads it. */
export interface Template {
  readonly name: string
  readonly metadata?: {
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
  }
  readonly volumes?: readonly Volume[]
  readonly securityContext?: SecurityContext
  readonly serviceAccountName?: string
  readonly activeDeadlineSeconds?: number
  readonly podSpecPatch?: string
  readonly containerSet?: {
    readonly volumeMounts?: readonly VolumeMount[]
    readonly containers: readonly ContainerNode[]
  }
}

/** A container of a containerSet. */
export interface ContainerNode extends Container {
  readonly dependencies?: readonly string[]
}

export interface Container {
  readonly name: string
  readonly image: string
  readonly command?: readonly string[]
  readonly args?: readonly string[]
  readonly env?: readonly EnvVar[]
  readonly envFrom?: readonly {
    readonly secretRef?: { readonly name: string; readonly optional?: boolean }
  }[]
  readonly workingDir?: string
  readonly volumeMounts?: readonly VolumeMount[]
  readonly securityContext?: SecurityContext
  readonly [key: string]: unknown
}

export interface EnvVar {
  readonly name: string
  readonly value?: string
  readonly valueFrom?: {
    readonly secretKeyRef?: { readonly name: string; readonly key: string; readonly optional?: boolean }
    readonly fieldRef?: { readonly fieldPath: string }
  }
}

export interface Volume {
  readonly name: string
  readonly emptyDir?: unknown
  readonly secret?: {
    readonly secretName: string
    readonly optional?: boolean
    readonly defaultMode?: number
    readonly items?: readonly { readonly key: string; readonly path: string; readonly mode?: number }[]
  }
  readonly projected?: unknown
}

export interface VolumeMount {
  readonly name: string
  readonly mountPath: string
  readonly subPath?: string
  readonly readOnly?: boolean
}

export interface SecurityContext {
  readonly runAsNonRoot?: boolean
  readonly runAsUser?: number
  readonly runAsGroup?: number
  readonly fsGroup?: number
  readonly allowPrivilegeEscalation?: boolean
  readonly capabilities?: { readonly drop?: readonly string[] }
  readonly seccompProfile?: { readonly type: string }
  readonly [key: string]: unknown
}

export interface PodSpec {
  readonly nodeName?: string
  readonly initContainers: readonly Container[]
  readonly containers: readonly Container[]
  readonly volumes: readonly Volume[]
  readonly securityContext?: SecurityContext
  readonly automountServiceAccountToken?: boolean
  readonly terminationGracePeriodSeconds?: number
  readonly activeDeadlineSeconds?: number
  readonly serviceAccountName?: string
  readonly nodeSelector?: Readonly<Record<string, string>>
  readonly [key: string]: unknown
}

export interface Pod extends kube.Pod {
  readonly apiVersion: 'v1'
  readonly kind: 'Pod'
  readonly metadata: Meta
  readonly spec: PodSpec
  readonly status: kube.PodStatus
}

export interface Secret {
  readonly apiVersion: 'v1'
  readonly kind: 'Secret'
  readonly metadata: Meta
  readonly type: string
  /** Base64, as the server keeps it. */
  readonly data: Readonly<Record<string, string>>
}

export interface Event extends kube.KubeEvent {
  readonly apiVersion: 'v1'
  readonly kind: 'Event'
  readonly metadata: Meta
}

export interface Kinds {
  readonly workflows: Workflow
  readonly pods: Pod
  readonly secrets: Secret
  readonly events: Event
}
export type Kind = keyof Kinds
export type KubeObject = Kinds[Kind]

/** What a kind is called on the wire. */
export const RESOURCES = {
  workflows: { group: 'argoproj.io', apiVersion: 'argoproj.io/v1alpha1', kind: 'Workflow' },
  pods: { group: '', apiVersion: 'v1', kind: 'Pod' },
  secrets: { group: '', apiVersion: 'v1', kind: 'Secret' },
  events: { group: '', apiVersion: 'v1', kind: 'Event' },
} as const satisfies Record<Kind, { group: string; apiVersion: string; kind: string }>

/** A clock that can call back: the simulation's own, or `realTime`. */
export interface Time {
  now(): number
  /** Calls back after `ms`; answers how to take it back. */
  after(ms: number, fire: () => void): () => void
}

/** Kubernetes' times have whole seconds. */
export function stamp(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`
}
