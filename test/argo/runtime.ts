import type { Stream } from './logfile.ts'

/** A directory or files that a container sees. */
export interface Mount {
  readonly path: string
  readonly from: /** An emptyDir: all containers of the pod share it by its name. */
    | { readonly kind: 'shared'; readonly volume: string }
    | { readonly kind: 'files'; readonly files: Readonly<Record<string, Uint8Array>>; readonly mode: number }
    | { readonly kind: 'file'; readonly bytes: Uint8Array; readonly mode: number }
}

/** A container's process, expanded and resolved: what Argo's emissary starts. */
export interface ProcessSpec {
  readonly namespace: string
  readonly pod: string
  readonly podUid: string
  readonly annotations: Readonly<Record<string, string>>
  readonly container: string
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly workingDir: string | null
  /** Whom it runs as, and the group that its volumes belong to. */
  readonly user: { readonly uid: number; readonly gid: number; readonly group: number }
  readonly mounts: readonly Mount[]
}

export interface ProcessHands {
  readonly write: (stream: Stream, bytes: Uint8Array) => void
  /** Once, also after a kill. `oom` where the kernel killed it, and the emissary with it. */
  readonly ended: (code: number, cause?: 'oom') => void
}

export interface RunningProcess {
  /** SIGTERM to its process group. */
  term(): void
  /** SIGKILL to everything in its container. */
  kill(): void
}

/** How containers are run: as real processes, or simulated. */
export interface Runtime {
  /** Whether a container would find this command. */
  finds(command: string): boolean
  start(spec: ProcessSpec, hands: ProcessHands): RunningProcess
  /** The pod is gone, and its volumes with it. */
  discard(podUid: string): void
}
