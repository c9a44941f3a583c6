import type { HistoryFilter } from '../domain/filter.ts'
import type { MatchSpan } from '../domain/matcher.ts'
import type { LineKind } from '../domain/transcript.ts'
import type { HistoryRow } from '../store/historyRows.ts'

/** What somebody looks for in all logs. */
export interface Question {
  readonly q: string
  readonly as: 'text' | 'regex'
  /** In whose logs. Its own text is that of a list, and not used. */
  readonly filter: HistoryFilter
  /** Id of a stage, or what stands before its dot: `deploy` means `deploy.production` too. Null is every stage. */
  readonly stage: string | null
}

/** Where a search goes on: at a line of a stage's log, of which so many lines were shown already. */
export interface Place {
  /** Row id. */
  readonly execution: number
  readonly stage: number
  readonly line: number
  readonly shown: number
}

/** A line that matches, or one beside it; as a reader sees it, and where it is long only what stands around the match. */
export interface FoundLine {
  readonly number: number
  readonly at: number
  readonly kind: LineKind
  readonly text: string
  readonly matches: boolean
  readonly spans: readonly MatchSpan[]
}

/** What was found in one log. Long logs come in several of these. */
export interface FoundLog {
  readonly execution: HistoryRow
  readonly stage: string
  readonly ordinal: number
  readonly lines: readonly FoundLine[]
  /** The next line that matches, where more do than are shown; null where no more were found so far. */
  readonly more: number | null
}

/** How much was gone through. */
export interface Searched {
  readonly executions: number
  readonly logs: number
  /** Of text, before compression. */
  readonly bytes: number
}

/** A short turn of a search. */
export interface Turn {
  readonly found: readonly FoundLog[]
  readonly searched: Searched
  /** Null where everything was gone through. */
  readonly next: Place | null
}

/** Executions that the text itself names, the newest first. */
export interface Hit {
  readonly kind: 'id' | 'commit' | 'title' | 'branch' | 'person'
  readonly executions: readonly HistoryRow[]
  readonly more: boolean
}

/** One stage's log, by where it is kept. */
export interface LogPlace {
  readonly executionId: number
  readonly stage: number
}

/** A short turn in one log. */
export interface LogTurn {
  /** Of lines that match, in rising order. */
  readonly numbers: readonly number[]
  /** The line to go on at; null at the end. */
  readonly next: number | null
}

/** Goes through logs a turn at a time, so that many searches share it fairly and each may end at any time. */
export interface Searcher {
  /** From a place on, null being the newest execution, until so many lines were found or the turn is over. */
  turn(question: Question, from: Place | null, linesMax: number): Promise<Turn>
  /** All lines of one log that match, from a line on, until the turn is over. */
  lines(log: LogPlace, wanted: Pick<Question, 'q' | 'as'>, from: number): Promise<LogTurn>
  /** What the text says besides being in logs; nothing for an expression. */
  hits(question: Question): Promise<readonly Hit[]>
  close(): Promise<void>
}
