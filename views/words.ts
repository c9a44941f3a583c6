import type { TriggerKind } from '../src/domain/definition.ts'
import type { StageStatus, Status } from '../src/domain/status.ts'
import type { Theme } from './model.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** A length of time as a person reads it: `0.4 s`, `3 m 12 s`, `1 h 08 m`, `2 d 23 h`. */
export function duration(ms: number): string {
  if (ms < SECOND) return `${(Math.max(0, ms) / SECOND).toFixed(1)} s`
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)} s`
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} m ${two(Math.floor((ms % MINUTE) / SECOND))} s`
  if (ms < DAY) return `${Math.floor(ms / HOUR)} h ${two(Math.floor((ms % HOUR) / MINUTE))} m`
  return `${Math.floor(ms / DAY)} d ${Math.floor((ms % DAY) / HOUR)} h`
}

function two(n: number): string {
  return String(n).padStart(2, '0')
}

/** A length of time that is no more than a guess: `40 s`, `6 m`, `1 h 08 m`. */
export function roughly(ms: number): string {
  return ms < MINUTE ? duration(ms) : duration(Math.round(ms / MINUTE) * MINUTE).replace(/ 00 [ms]$/, '')
}

/** How long ago, in one or two words; beyond a month the date says more. */
export function ago(at: number, now: number, timezone: string): string {
  const ms = Math.max(0, now - at)
  if (ms < 10 * SECOND) return 'just now'
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)} s ago`
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} m ago`
  if (ms < DAY) return `${Math.floor(ms / HOUR)} h ago`
  if (ms < 2 * DAY) return 'yesterday'
  if (ms < 30 * DAY) return `${Math.floor(ms / DAY)} d ago`
  return dayWords(at, timezone)
}

type Form = 'clock' | 'minute' | 'day' | 'instant' | 'milliseconds'

const FORMS: Readonly<Record<Form, Intl.DateTimeFormatOptions>> = {
  clock: { hour: '2-digit', minute: '2-digit', second: '2-digit' },
  minute: { hour: '2-digit', minute: '2-digit' },
  day: { day: 'numeric', month: 'short', year: 'numeric' },
  instant: {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  },
  milliseconds: { hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3 },
}

/** Making a formatter costs a hundred times what using one does. */
const formatters = new Map<string, Intl.DateTimeFormat>()

function format(at: number, timezone: string, form: Form): string {
  const key = `${form} ${timezone}`
  let formatter = formatters.get(key)
  if (formatter === undefined) {
    formatter = new Intl.DateTimeFormat('en-GB', { ...FORMS[form], timeZone: timezone, hourCycle: 'h23' })
    formatters.set(key, formatter)
  }
  return formatter.format(at)
}

/** `14:02:11` in the instance's time zone. */
export const clock = (at: number, timezone: string): string => format(at, timezone, 'clock')

/** `14:02` in the instance's time zone. */
export const minuteOfDay = (at: number, timezone: string): string => format(at, timezone, 'minute')

/** `14:02:11.042`, as log lines carry it. */
export const logTime = (at: number, timezone: string): string => format(at, timezone, 'milliseconds')

/** `1:03.042` and `2:01:03.042`: how long after its stage began a line was written. */
export function sinceStart(ms: number): string {
  const size = Math.abs(ms)
  const [hours, minutes] = [Math.floor(size / HOUR), Math.floor((size % HOUR) / MINUTE)]
  const seconds = `${two(Math.floor((size % MINUTE) / SECOND))}.${String(Math.floor(size % SECOND)).padStart(3, '0')}`
  const clock = hours === 0 ? `${minutes}:${seconds}` : `${hours}:${two(minutes)}:${seconds}`
  return ms < 0 ? `-${clock}` : clock
}

/** `23 Nov 2026` in the instance's time zone. */
export const dayWords = (at: number, timezone: string): string => format(at, timezone, 'day')

/** The whole instant, with the zone it is told in. */
export const instant = (at: number, timezone: string): string =>
  `${format(at, timezone, 'instant')} ${timezone}`

/** `33,986`: digits in threes. */
export function count(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ',')
}

const SIZES = ['B', 'KB', 'MB', 'GB', 'TB'] as const

/** `96 B`, `38.4 MB`: in thousands, as disks are sold. */
export function bytes(n: number): string {
  const step = n < 1 ? 0 : Math.min(SIZES.length - 1, Math.floor(Math.log10(n) / 3))
  const value = n / 1_000 ** step
  return `${step === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${SIZES[step]}`
}

/** `87.7 %`: a share of one; none and all have no decimals, and nothing else is told as either. */
export function percent(share: number): string {
  if (share === 0 || share === 1) return `${share * 100} %`
  return `${Math.min(99.9, Math.max(0.1, share * 100)).toFixed(1)} %`
}

/** `1 line`, `1,199 lines`. */
export function counted(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`
}

/** `ci`, `dev and staging`, `a, b and c`. */
export function list(words: readonly string[]): string {
  if (words.length < 2) return words.join('')
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
}

/** The first seven digits of a commit, as Git shows it. */
export function shortSha(sha: string): string {
  return sha.slice(0, 7)
}

/** “sha256:91d4…e7b2” */
export function shortDigest(digest: string): string {
  return digest.replace(/^(\w+:\w{4})\w+(\w{4})$/, '$1…$2')
}

/** How each kind of trigger begins the sentence “… by alice on main”. */
export const TRIGGER_WORDS: Readonly<Record<TriggerKind, string>> = {
  manual: 'Started',
  api: 'Started through the API',
  rerun: 'Re-run',
  push: 'Push',
  tag: 'Tag',
  'pull-request': 'Pull request',
  schedule: 'Schedule',
}

export const THEME_WORDS: Readonly<Record<Theme, string>> = { system: 'System', light: 'Light', dark: 'Dark' }

export const STAGE_WORDS: Readonly<Record<StageStatus, string>> = {
  waiting: 'Waiting',
  pending: 'Pending',
  running: 'Running',
  succeeded: 'Succeeded',
  failed: 'Failed',
  error: 'Error',
  skipped: 'Skipped',
  terminated: 'Terminated',
}

/** The six hues; each is a class of the style sheet. */
export type Hue = 'ok' | 'run' | 'bad' | 'fault' | 'call' | 'still'

export const STATUS_HUES: Readonly<Record<Status, Hue>> = {
  pending: 'still',
  running: 'run',
  'deployment-pending': 'call',
  'approval-pending': 'call',
  terminating: 'still',
  'termination-failed': 'fault',
  succeeded: 'ok',
  failed: 'bad',
  error: 'fault',
  'approval-rejected': 'bad',
  terminated: 'still',
}

export const STAGE_HUES: Readonly<Record<StageStatus, Hue>> = {
  waiting: 'still',
  pending: 'still',
  running: 'run',
  succeeded: 'ok',
  failed: 'bad',
  error: 'fault',
  skipped: 'still',
  terminated: 'still',
}
