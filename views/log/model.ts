import type { LogLine } from '../model.ts'

export const TIMES = ['absolute', 'relative', 'off'] as const
export type Times = (typeof TIMES)[number]

/** How a log is looked at, as the address says it. */
export interface LogQuery {
  /** What is looked for; null where nothing is. */
  readonly find: 'text' | 'regex' | 'errors' | 'new' | null
  readonly q: string
  /** Whether only the lines that are looked for are shown. */
  readonly lines: 'all' | 'only'
  readonly times: Times
  readonly wrap: 'wrap' | 'cut'
}

export const PLAIN_QUERY: LogQuery = { find: null, q: '', lines: 'all', times: 'absolute', wrap: 'cut' }

/** Lines that a stage folded together: the first names them. */
export interface LogGroup {
  readonly from: number
  readonly until: number | null
  readonly ms: number
}

/** What was found of what is looked for. */
export interface LogFound {
  readonly count: number
  /** The how manieth match the reader is at, from 1, and its line; 0 and null where there is none. */
  readonly index: number
  readonly line: number | null
  readonly previous: number | null
  readonly next: number | null
  /** What a new line is new since; null where nothing ever succeeded, or nobody asked. */
  readonly since: string | null
  /** Why nothing could be looked for. */
  readonly problem: string | null
  /** Where the words stand in a line's readable text. */
  readonly spansIn: (text: string) => readonly (readonly [number, number])[]
}

/** Lines that a failed stage's log has and the last success does not. */
export interface LogFresh {
  readonly since: string
  /** Null where the logs are so long that it is only worked out when it is asked for. */
  readonly count: number | null
  /** The first of their runs, both ends included. */
  readonly runs: readonly (readonly [number, number])[]
}

/** A window of one stage's log, and all that its panel knows of it. */
export interface LogWindow {
  /** The execution that ran the stage, whose log it is: another one than the page’s where a re-run took it over. */
  readonly execution: string
  readonly stage: string
  readonly lines: readonly LogLine[]
  readonly total: number
  readonly sealed: boolean
  /** When the stage began, for relative times; null where it did not. */
  readonly startedAt: number | null
  /** The page that the panel is on, and the stage that its address names; null where the path does. */
  readonly page: { readonly path: string; readonly stage: string | null }
  readonly query: LogQuery
  readonly found: LogFound | null
  /** Null where the log is so long that the browser asks for them itself. */
  readonly groups: readonly LogGroup[] | null
  readonly fresh: LogFresh | null
  /** The first line that looks like an error, of a stage that failed; null where none does or nobody looked. */
  readonly firstError: number | null
}

/** How lines are shown, as addresses and forms carry it: `wrap,relative`; empty where it is as usual. */
export function viewText({ times, wrap }: Pick<LogQuery, 'times' | 'wrap'>): string {
  return [wrap === 'wrap' ? wrap : '', times === 'absolute' ? '' : times].filter((one) => one !== '').join()
}

/** What `viewText` wrote, or what somebody wrote into the address. */
export function readView(text: string): Pick<LogQuery, 'times' | 'wrap'> {
  const words = text.split(',')
  return {
    times: TIMES.find((one) => words.includes(one)) ?? 'absolute',
    wrap: words.includes('wrap') ? 'wrap' : 'cut',
  }
}

/** Where a log's page shows what the query asks for, at a line or from a line on. */
export function logHref(
  { page, query }: Pick<LogWindow, 'page' | 'query'>,
  change: Partial<LogQuery> & { readonly line?: number | null; readonly from?: number },
): string {
  const { find, q, lines, times, wrap } = { ...query, ...change }
  const address = new URLSearchParams()
  if (page.stage !== null) address.set('stage', page.stage)
  if (find === 'text' || find === 'regex') address.set('q', q)
  if (find === 'regex') address.set('regex', 'on')
  if (find === 'errors' || find === 'new') address.set('find', find)
  if (find !== null && lines === 'only') address.set('lines', 'only')
  const view = viewText({ times, wrap })
  if (view !== '') address.set('view', view)
  if (change.from !== undefined) address.set('from', String(change.from))
  if (change.line !== undefined && change.line !== null) address.set('line', String(change.line))
  return address.size === 0 ? page.path : `${page.path}?${address}`
}
