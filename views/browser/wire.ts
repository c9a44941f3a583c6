import type { LogGroup } from '../log/model.ts'
import type { LogLine } from '../model.ts'
import type { Changed, Lines } from './messages.ts'

/** What the server sends is outside data: it is read once, here, into what the page works with. */

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

export function readChanged(data: string): Changed {
  const value: unknown = JSON.parse(data)
  const stage = field(value, 'stage')
  return {
    id: Number(field(value, 'id')),
    execution: text(field(value, 'execution')),
    stage: typeof stage === 'string' ? stage : null,
  }
}

export function readLines(data: string): Lines {
  const value: unknown = JSON.parse(data)
  return { stage: text(field(value, 'stage')), lines: linesOf(field(value, 'lines')) }
}

/** A window of a log, and how many lines there are in all. */
export interface Window {
  readonly lines: readonly LogLine[]
  readonly total: number
  readonly sealed: boolean
}

export function readWindow(value: unknown): Window {
  return {
    lines: linesOf(field(value, 'lines')),
    total: Number(field(value, 'total')),
    sealed: field(value, 'sealed') === true,
  }
}

/** Where groups begin and end; `until` is null while one is open. */
export function readGroups(value: unknown): LogGroup[] {
  const groups = field(value, 'groups')
  return Array.isArray(groups)
    ? groups.map((group) => ({
        from: Number(field(group, 'from')),
        until: field(group, 'until') === null ? null : Number(field(group, 'until')),
        ms: Number(field(group, 'ms')),
      }))
    : []
}

/** One page of what was found. */
export interface Matches {
  readonly count: number
  readonly first: number
  readonly lines: readonly {
    readonly number: number
    readonly spans: readonly (readonly [number, number])[]
  }[]
}

export function readMatches(value: unknown): Matches {
  const lines = field(value, 'lines')
  return {
    count: Number(field(value, 'count')),
    first: Number(field(value, 'first')),
    lines: Array.isArray(lines)
      ? lines.map((line) => ({ number: Number(field(line, 'number')), spans: spansOf(field(line, 'spans')) }))
      : [],
  }
}

function spansOf(value: unknown): (readonly [number, number])[] {
  return Array.isArray(value)
    ? value.map((span): readonly [number, number] => [Number(field(span, '0')), Number(field(span, '1'))])
    : []
}

function linesOf(value: unknown): LogLine[] {
  return Array.isArray(value) ? value.map(lineOf) : []
}

function lineOf(value: unknown): LogLine {
  const kind = field(value, 'kind')
  return {
    number: Number(field(value, 'number')),
    at: Date.parse(text(field(value, 'at'))),
    text: text(field(value, 'text')),
    kind: kind === 'gap' || kind === 'mark' ? kind : 'line',
  }
}
