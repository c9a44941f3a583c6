import type { Role } from '../src/domain/actor.ts'
import type { EngineName, TriggerKind } from '../src/domain/definition.ts'
import type { ReportDigest } from '../src/domain/report.ts'
import type { Phase, StageStatus, Status } from '../src/domain/status.ts'

/** What pages are made from: data as views want it, times in milliseconds, ids as people see them. */

export const THEMES = ['system', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

/** Addresses of the embedded files; each carries the hash of its content. */
export interface AssetAddresses {
  readonly style: string
  readonly script: string
  /** Of pages that draw charts, besides the other two. */
  readonly chartStyle: string
  readonly chartScript: string
  /** Of a workflow’s pages, besides the other. */
  readonly workflowStyle: string
  /** The script of pages where definitions are written, in the place of the other. */
  readonly builder: string
  readonly icons: string
  readonly font: string
}

export interface VisitorLine {
  readonly name: string
  readonly role: Role
  /** Goes into the hidden field of every form. */
  readonly csrf: string
}

/** What surrounds every page. */
export interface Frame {
  readonly assets: AssetAddresses
  readonly theme: Theme
  readonly visitor: VisitorLine | null
  /** The path of this page, to mark where one is. */
  readonly path: string
  readonly host: string
  /** Gates that wait for this person. */
  readonly waiting: number
  /** Sentences every page says, such as a disk that is nearly full. */
  readonly notices: readonly string[]
  readonly now: number
  readonly timezone: string
}

/** One line of the history. */
export interface ExecutionLine {
  readonly id: string
  readonly workflow: string
  readonly version: number
  readonly status: Status
  readonly reason: string | null
  readonly waitingFor: string | null
  readonly trigger: TriggerKind
  readonly triggeredBy: string
  readonly triggeredAt: number
  readonly branch: string | null
  readonly tag: string | null
  readonly sha: string | null
  readonly title: string | null
  readonly author: string | null
  readonly engine: EngineName
  readonly strip: string
  readonly startedAt: number | null
  readonly finishedAt: number | null
  /** What its reports say; of those that are yet to be read, nothing. */
  readonly reports: readonly ReportDigest[]
}

export interface Total {
  readonly count: number
  /** False: there are at least as many. */
  readonly exact: boolean
}

export interface StageLine {
  readonly ordinal: number
  readonly id: string
  readonly phase: Phase
  readonly segment: number | null
  readonly environment: string | null
  readonly status: StageStatus
  readonly reason: string | null
  readonly exitCode: number | null
  readonly attempt: number
  readonly startedAt: number | null
  readonly finishedAt: number | null
  /** The execution that ran it, where this one took it over. */
  readonly takenFrom: string | null
}

export interface DecisionLine {
  readonly person: string
  readonly verdict: 'approved' | 'rejected' | 'triggered'
  readonly comment: string | null
  readonly at: number
}

export interface CommitLine {
  readonly sha: string
  readonly title: string | null
  readonly author: string | null
  /** An execution that ran it. */
  readonly execution: string
}

export interface GateLine {
  readonly environment: string
  readonly kind: 'approval' | 'deployment'
  readonly state: 'open' | 'passed' | 'rejected' | 'expired' | 'terminated'
  readonly approvers: readonly string[]
  readonly quorum: number
  readonly askedAt: number
  readonly expiresAt: number | null
  readonly decisions: readonly DecisionLine[]
  /** Why this visitor may not decide; null where they may. */
  readonly refusal: string | null
  /** That something newer stands in the environment, in a sentence; null where nothing does. */
  readonly older: string | null
  /** What the environment has now; null where nothing was deployed yet. */
  readonly replaces: {
    readonly id: string
    readonly at: number
    /** The commits between it and this one, newest first: as many as a card holds, of so many. */
    readonly commits: readonly (CommitLine & { readonly at: number })[]
    readonly total: number
    readonly direction: 'brought' | 'taken back'
  } | null
  /** Of the image that would be deployed; null where none was pushed. */
  readonly digest: string | null
}

export interface EventLine {
  readonly id: number
  readonly at: number
  readonly type: string
  readonly actor: string
  readonly from: Status | null
  readonly to: Status | null
  readonly stage: string | null
  readonly reason: string | null
  readonly environment: string | null
  readonly comment: string | null
}

export interface LogLine {
  readonly number: number
  readonly at: number
  readonly text: string
  readonly kind: 'line' | 'gap' | 'mark'
}
