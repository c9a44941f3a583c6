import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

/** Reads a value as people write it. Throws a clause that begins with “must be” and completes the option's name. */
export type Reader<T> = (text: string) => T

/** A value that cannot be read; its message is the clause. */
export class BadValue extends Error {}

export function text(value: string): string {
  if (value.trim() === '') throw new BadValue('must not be empty')
  return value
}

/** An absolute path; `~/` is the home directory. */
export function path(value: string): string {
  return resolve(value.startsWith('~/') ? join(homedir(), value.slice(2)) : text(value))
}

export interface Address {
  readonly host: string
  readonly port: number
}

/** `127.0.0.1:7070`, `[::1]:7070`, or a bare port on loopback. */
export function address(value: string): Address {
  const match = /^(?:(\[[0-9a-f:]+\]|[^:[\]]*):)?(\d{1,5})$/i.exec(value.trim())
  const port = Number(match?.[2])
  if (match === null || port > 65_535)
    throw new BadValue('must be an address and a port such as 127.0.0.1:7070')
  return { host: (match[1] ?? '127.0.0.1').replace(/^\[|\]$/g, '') || '0.0.0.0', port }
}

/** An http(s) address without a slash at its end. */
export function webAddress(value: string): string {
  if (!/^https?:$/.test(URL.parse(value)?.protocol ?? '')) {
    throw new BadValue('must be an address such as https://periplus.example')
  }
  return value.replace(/\/+$/, '')
}

export function timezone(value: string): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: value }).resolvedOptions().timeZone
  } catch {
    throw new BadValue('must be a time zone such as Europe/Athens or UTC')
  }
}

export function yesOrNo(value: string): boolean {
  if (/^(true|yes|on|1)$/i.test(value)) return true
  if (/^(false|no|off|0)$/i.test(value)) return false
  throw new BadValue('must be true or false')
}

export function whole(least: number, most: number): Reader<number> {
  return (value) => {
    const number = /^\d+$/.test(value.trim()) ? Number(value) : Number.NaN
    if (!(number >= least && number <= most))
      throw new BadValue(`must be a whole number from ${least} to ${most}`)
    return number
  }
}

export function choice<const T extends string>(...words: readonly T[]): Reader<T> {
  return (value) => {
    const found = words.find((word) => word === value)
    if (found === undefined)
      throw new BadValue(`must be ${words.length > 1 ? 'one of ' : ''}${words.join(', ')}`)
    return found
  }
}

const DURATION_UNITS_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** `500ms`, `10s`, `5m`, `24h`, `7d`, in milliseconds. */
export const duration = quantity(DURATION_UNITS_MS, 'a duration such as 10s, 5m, 24h or 7d')

const SIZE_UNITS = { B: 1, KiB: 1_024, MiB: 1_024 ** 2, GiB: 1_024 ** 3, TiB: 1_024 ** 4 } as const

/** `64KiB`, `256MiB`, `1GiB`, in bytes. */
export const size = quantity(SIZE_UNITS, 'a size such as 256MiB or 1GiB')

function quantity(units: Readonly<Record<string, number>>, kind: string): Reader<number> {
  const shape = new RegExp(`^(\\d{1,12})\\s*(${Object.keys(units).join('|')})$`, 'i')
  const factors = new Map(Object.entries(units).map(([unit, factor]) => [unit.toLowerCase(), factor]))
  return (value) => {
    const match = shape.exec(value.trim())
    const number = Number(match?.[1]) * (factors.get(match?.[2]?.toLowerCase() ?? '') ?? Number.NaN)
    if (!Number.isSafeInteger(number)) throw new BadValue(`must be ${kind}`)
    return number
  }
}
