import type { GitCredential } from '../domain/credential.ts'
import type { ArgoSettings, EngineName, Resources } from '../domain/definition.ts'
import type { SegmentVerdict } from '../domain/machine.ts'
import type { PlannedReport } from '../domain/report.ts'

/** The name of a segment in its engine: `p-<uid in lower case>-<segment number>`. */
export type Handle = string

/** A stage as an engine runs it. */
export interface StageOrder {
  readonly ordinal: number
  readonly id: string
  readonly kind: 'checkout' | 'script' | 'build' | 'image' | 'push' | 'deploy' | 'verify'
  /** Null for a checkout. Run by `sh -e` with the workspace as its directory. */
  readonly run: string | null
  /** The container image it runs in; null takes the engine's own, which is the host on `local`. */
  readonly image: string | null
  /** What its container may use; null where nobody said. Only a cluster heeds it. */
  readonly resources: Resources | null
  /** Everything the script sees, secrets resolved. Never put on a command line, never logged. */
  readonly env: Readonly<Record<string, string>>
  /** Which of `env` hold a secret's value: an engine that writes an order down keeps them apart. */
  readonly secrets: readonly string[]
  /** Files that it alone sees while it runs, in the directory PERIPLUS_FILES, by name: secrets, all of them. */
  readonly files: Readonly<Record<string, string>>
  readonly timeoutMs: number | null
  /** How often it is tried again after a failure. */
  readonly retries: number
  readonly continueOnFailure: boolean
  readonly asRoot: boolean
  readonly artifacts: readonly string[]
  /** Files that it may leave, collected when it has ended by itself, well or not. */
  readonly reports: readonly PlannedReport[]
}

/** One segment, complete: what a restarted engine needs to run it is in here. */
export interface SegmentOrder {
  readonly handle: Handle
  /** SHA-256 of the plan it comes from; adopting an existing handle requires the same. */
  readonly planHash: string
  readonly execution: { readonly uid: string; readonly id: string; readonly workflow: string }
  readonly segment: number
  readonly source: {
    readonly url: string
    readonly sha: string
    /** The branch or tag it was asked for by, for `git` and `PERIPLUS_GIT_BRANCH`; null for a bare SHA. */
    readonly branch: string | null
    readonly tag: string | null
    /** Null where the repository is open to everybody, or to the engine's host. */
    readonly credential: GitCredential | null
  }
  /** The environment it deploys to; null for all that comes before and after. */
  readonly environment: string | null
  /** How its pod is made, workflow and environment taken together; only `argo` heeds it. */
  readonly argo: ArgoSettings
  /** True where an earlier stage of this very segment (`source`) checks out; otherwise the first stage does, in a fold. */
  readonly stages: readonly StageOrder[]
  /** Handles of earlier segments whose kept artifacts are laid into the workspace, oldest first. */
  readonly artifactsFrom: readonly Handle[]
  /** Bytes of one stage's log that are kept; beyond it the middle is dropped at the source, with a marked gap. */
  readonly logBytesMax: number
  /** Between SIGTERM and SIGKILL. */
  readonly graceMs: number
}

/** One line as it left the stage: bytes decoded as UTF-8 with replacement, no newline. */
export interface RawLine {
  readonly at: number
  readonly text: string
}

/**
 * How far each stage's log is read: an opaque cursor of the engine's, by stage ordinal.
 * It always stands at the start of a line; the engine gives it with each batch and gets it back after a restart.
 */
export type Offsets = Readonly<Record<number, string>>

/** What an engine tells. It may come late and twice; cursors and stage ordinals make that harmless. */
export type News =
  | { readonly type: 'waits'; readonly reason: string | null }
  | { readonly type: 'segment.started'; readonly at: number }
  | { readonly type: 'stage.started'; readonly stage: number; readonly attempt: number; readonly at: number }
  | {
      readonly type: 'lines'
      readonly stage: number
      readonly lines: readonly RawLine[]
      readonly cursor: string
    }
  /** Lines that existed and can no longer be had; `lines` is null where nobody counted. Numbered as one marked line. */
  | {
      readonly type: 'gap'
      readonly stage: number
      readonly at: number
      readonly lines: number | null
      readonly reason: string
      readonly cursor: string
    }
  /** A line that the engine itself says in a stage's log: an attempt begins anew, a line was cut, leftovers were killed. */
  | {
      readonly type: 'mark'
      readonly stage: number
      readonly at: number
      readonly text: string
      readonly cursor: string
    }
  | {
      readonly type: 'stage.finished'
      readonly stage: number
      readonly status: 'succeeded' | 'failed' | 'error' | 'skipped' | 'terminated'
      readonly exitCode: number | null
      readonly reason: string | null
      readonly at: number
    }
  /** What a stage handed on: the commit's title and author from a checkout, text outputs of a script (≤ 64 KiB in all). */
  | { readonly type: 'outputs'; readonly stage: number; readonly outputs: Readonly<Record<string, string>> }
  /**
   * What became of a report of a stage: told once for each that its order names, before the stage's finish. Told again
   * it is the same, so that stage and name make it harmless.
   */
  | {
      readonly type: 'report'
      readonly stage: number
      readonly name: string
      readonly content: ReportContent
    }
  | {
      readonly type: 'segment.finished'
      readonly verdict: SegmentVerdict
      readonly killed: boolean
      readonly reason: string | null
      readonly at: number
    }
  | { readonly type: 'segment.lost'; readonly how: 'gone' | 'unknown'; readonly reason: string }

/** A report as it was collected, to the byte; or why it could not be, which its stage's log says, too. */
export type ReportContent =
  | { readonly body: Uint8Array; readonly packing: 'none' | 'gzip' }
  | { readonly problem: string }

/** What is known of a handle: it runs, it has ended, the engine has never heard of it, or nobody can tell just now. */
export type Sighting = 'running' | 'ended' | 'absent' | 'unknown'

/**
 * Reachable or why not, which tools it can run (`root` among them where `asRoot` is honoured), and what every page should
 * say of it as long as it is so.
 */
export interface Health {
  readonly reachable: boolean
  readonly reason: string | null
  readonly tools: readonly string[]
  readonly warnings: readonly string[]
}

/** This order can never be taken; final. Every other failure leaves its fate unknown and is tried again. */
export class Refused extends Error {
  override readonly name = 'Refused'
}

/**
 * Where segments run. Every call may be made again after a crash: `submit` of a handle that exists with the same plan
 * hash is success, with another hash `Refused`; `terminate` and `release` of what has ended or was never there are success.
 */
export interface Engine {
  readonly name: EngineName
  /** Hands over a segment. Resolves when the engine has taken it for good. */
  submit(order: SegmentOrder): Promise<void>
  look(handle: Handle): Promise<Sighting>
  /**
   * News of a segment from the given offsets on, until `segment.finished` or `segment.lost`, which is always the last.
   * Every line comes before its stage's finish. Ends soon after the signal fires; throws where the engine is unreachable.
   */
  follow(handle: Handle, from: Offsets, signal: AbortSignal): AsyncIterable<News>
  /** Asks for its end; resolves when asked, not when ended. The end is seen through `follow` and `look`. */
  terminate(handle: Handle): Promise<void>
  /** All is stored here; the engine may forget it. */
  release(handle: Handle): Promise<void>
  check(): Promise<Health>
}
