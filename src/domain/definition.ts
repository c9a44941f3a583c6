import type { ReportFile } from './report.ts'
import type { Phase } from './status.ts'
import type { ToolUse } from './tools/tool.ts'

/**
 * A workflow or environment as everything inside uses it: parsed, defaults applied, durations in milliseconds.
 * `workflow.ts` makes these from YAML or JSON; PRODUCT §3 is the written form.
 */

/** A variable's value: plain text, or the name of a secret whose value is read when a segment is submitted. */
export type VariableValue = string | { readonly secret: string }
export type Variables = Readonly<Record<string, VariableValue>>

/** What runs a script may depend on, decided at planning. Absent parts are null and always hold. */
export interface Condition {
  readonly branch: readonly string[] | null
  readonly tag: readonly string[] | null
  readonly event: readonly TriggerKind[] | null
}

/** Who or what began an execution. */
export const TRIGGER_KINDS = ['manual', 'api', 'rerun', 'push', 'tag', 'pull-request', 'schedule'] as const
export type TriggerKind = (typeof TRIGGER_KINDS)[number]

/** What a container asks for and may use, in Kubernetes' own words and units (`cpu: 500m`, `memory: 1Gi`). */
export interface Resources {
  readonly requests: Readonly<Record<string, string>>
  readonly limits: Readonly<Record<string, string>>
}

/** https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/ */
export interface Toleration {
  readonly key?: string
  readonly operator?: 'Exists' | 'Equal'
  readonly value?: string
  readonly effect?: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute'
  readonly tolerationSeconds?: number
}

/**
 * How the pods of a cluster are made. The same keys stand in the server's options, an environment and a workflow; the
 * environment's win over the workflow's, and those over the server's. Null leaves it to the next.
 */
export interface ArgoSettings {
  /** For scripts that name none. */
  readonly image: string | null
  /** A workflow's is for what is no deploy, an environment's for its deploys alone: the two are never shared. */
  readonly serviceAccount: string | null
  /** For stages that name none. */
  readonly resources: Resources | null
  readonly nodeSelector: Readonly<Record<string, string>> | null
  readonly tolerations: readonly Toleration[] | null
  readonly imagePullSecrets: readonly string[] | null
  /** The user, group and group of the volumes that a pod's stages have; whole numbers above 0. */
  readonly securityContext: {
    readonly runAsUser: number | null
    readonly runAsGroup: number | null
    readonly fsGroup: number | null
  } | null
}

export const NO_ARGO_SETTINGS: ArgoSettings = {
  image: null,
  serviceAccount: null,
  resources: null,
  nodeSelector: null,
  tolerations: null,
  imagePullSecrets: null,
  securityContext: null,
}

/** One script of a user: a tool, a build, a deploy or a verification. */
export interface Script {
  readonly name: string | null
  readonly run: string
  /** A container image to run in; null takes the engine's own, which is the host on `local`. */
  readonly image: string | null
  readonly resources: Resources | null
  readonly env: Variables
  readonly timeoutMs: number | null
  readonly retries: number
  readonly continueOnFailure: boolean
  readonly asRoot: boolean
  /** Files that it leaves below the workspace, kept and read when its stage ends. */
  readonly reports: readonly ReportFile[]
  /** The tool that its text was written for; null where somebody wrote it. */
  readonly tool: ToolUse | null
  readonly condition: Condition | null
}

export const ENGINE_NAMES = ['local', 'argo'] as const
export type EngineName = (typeof ENGINE_NAMES)[number]

/** Which commit: a branch or tag (a wildcard asks at the trigger), or a full SHA. */
export type GitRef =
  | { readonly kind: 'branch'; readonly name: string }
  | { readonly kind: 'tag'; readonly name: string }
  | { readonly kind: 'sha'; readonly sha: string }

export interface GitSource {
  readonly url: string
  readonly ref: GitRef
  readonly credential: string | null
}

export const CONFLICT_RULES = ['queue', 'cancelPending', 'terminateRunning'] as const
export type ConflictRule = (typeof CONFLICT_RULES)[number]

export interface Concurrency {
  readonly group: string
  readonly limit: number
  readonly onConflict: ConflictRule
}

export const TOOL_PHASES = [
  'pre-build',
  'post-build',
  'post-push',
  'post-deploy',
] as const satisfies readonly Phase[]
export type ToolPhase = (typeof TOOL_PHASES)[number]

export interface BuildScript extends Script {
  readonly kind: 'script'
  /** Globs below the workspace, kept for later segments on the local engine. */
  readonly artifacts: readonly string[]
}

/** An image from a Dockerfile; paths are below the workspace. */
export interface ImageBuild {
  readonly kind: 'image'
  readonly dockerfile: string
  readonly context: string
  readonly target: string | null
  /** `linux/arm64`; none is that of the machine that builds. */
  readonly platforms: readonly string[]
  /** Build arguments; placeholders may stand in their values. */
  readonly args: Readonly<Record<string, string>>
  /** Secrets by the id by which a Dockerfile mounts them. */
  readonly secrets: Readonly<Record<string, { readonly secret: string }>>
  readonly timeoutMs: number | null
  readonly retries: number
}

/** Where a built image goes. Placeholders may stand in image and tags. */
export interface Push {
  /** The credential that names the registry. */
  readonly registry: string
  /** The repository within the registry: `shop/storefront`. */
  readonly image: string
  readonly tags: readonly string[]
  readonly timeoutMs: number | null
  readonly retries: number
}

export interface DeployStep {
  readonly environment: string
  /** True adds a gate; an environment's own rule is never loosened. */
  readonly manual: boolean
  readonly approvers: readonly string[]
  readonly quorum: number | null
  readonly expiresMs: number | null
  readonly verify: Script | null
}

export interface Workflow {
  readonly name: string
  /** Null takes the server's default. */
  readonly engine: EngineName | null
  readonly source: GitSource
  readonly concurrency: Concurrency | null
  readonly timeoutMs: number | null
  readonly variables: Variables
  readonly argo: ArgoSettings
  readonly tools: Readonly<Record<ToolPhase, readonly Script[]>>
  readonly build: BuildScript | ImageBuild | null
  readonly push: Push | null
  readonly deploy: readonly DeployStep[]
}

/** `compose` is docker's, or podman-compose. */
export type DeployProgram = 'compose' | 'kubectl' | 'helm'

export interface Environment {
  readonly name: string
  readonly active: boolean
  readonly engine: EngineName | null
  readonly deploy: Script
  /** Programs that the script which was written for its deploy needs on a host; absent where somebody wrote it. */
  readonly needs?: readonly DeployProgram[]
  readonly manual: boolean
  /** `alice` or `team:release`. */
  readonly approvers: readonly string[]
  readonly quorum: number
  readonly selfApproval: boolean
  readonly expiresMs: number | null
  /** Null allows every workflow. */
  readonly allowedWorkflows: readonly string[] | null
  readonly variables: Variables
  readonly argo: ArgoSettings
}
