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
