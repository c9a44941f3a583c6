import type { GitCredential } from '../../domain/credential.ts'
import type { SegmentVerdict } from '../../domain/machine.ts'
import type { News, SegmentOrder } from '../engine.ts'

/**
 * What stands in a segment's directory. The two who read and write it, a server and a supervisor, may each be of
 * another version of Periplus.
 */

/** Raised when a supervisor of the previous version could misread what stands here. */
export const FORMAT = 1

/** What the server settled for every segment, written down with the order: a supervisor reads no configuration. */
export interface Settings {
  /** PATH, HOME and the like for stages and for Git. */
  readonly environment: Readonly<Record<string, string>>
  readonly allowFile: boolean
  readonly runAs: Account | null
}

/** A user of this machine, as `getpwnam` knows it. */
export interface Account {
  readonly name: string
  readonly uid: number
  readonly gid: number
  readonly home: string
}

export interface OrderRecord {
  readonly format: number
  /** Without any stage's environment and the repository's credential: those stand in `secrets.json` until it is claimed. */
  readonly order: SegmentOrder
  readonly settings: Settings
}

export interface SecretsRecord {
  readonly format: number
  readonly stages: readonly Readonly<Record<string, string>>[]
  /** This and the next are missing in what an earlier version wrote. */
  readonly files?: readonly Readonly<Record<string, string>>[]
  readonly credential?: GitCredential | null
}

/** Which process took the segment; start time and boot tell it from a later one with the same id. */
export interface Claim {
  readonly format: number
  readonly pid: number
  readonly start: string
  readonly boot: string
  /** The control group of the stages' processes, where there is one. */
  readonly group: string | null
}

/** How a segment ended; `lost` where no supervisor was left to say. */
export type Exit =
  | {
      readonly format: number
      readonly lost: false
      readonly verdict: SegmentVerdict
      readonly killed: boolean
      readonly reason: string | null
      readonly at: number
    }
  | { readonly format: number; readonly lost: true; readonly reason: string; readonly at: number }

/** The journal: what happened, in order, one JSON object a line. `spool` is how long the stage's log was then. */
export type Entry =
  | Extract<News, { type: 'segment.started' | 'outputs' }>
  | (Extract<News, { type: 'stage.started' | 'stage.finished' }> & { readonly spool: number })
  | ReportEntry

/** A report is a file of the segment's directory, so long; or why it is not there. */
export type ReportEntry = Omit<Extract<News, { type: 'report' }>, 'content'> & {
  readonly content: { readonly file: string; readonly bytes: number } | { readonly problem: string }
}
