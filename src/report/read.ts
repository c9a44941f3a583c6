import { z } from 'zod'
import { Fault, type FaultKind } from '../domain/fault.ts'
import { pathText, valueAt } from '../domain/path.ts'
import { cut } from './cut.ts'

/** The largest seen in use have 20 MiB; the worst of this size takes 2 GiB of memory for some seconds. */
export const REPORT_BYTES_MAX = 32 * 1024 * 1024

export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252'

/** The text of a document; UTF-16 is known by its byte order mark, as everything is that Windows writes so. */
export function textOf(bytes: Uint8Array, encoding: Encoding | null): string {
  const [first, second] = bytes
  const marked =
    first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : null
  const label: Encoding = marked ?? encoding ?? 'utf-8'
  try {
    return new TextDecoder(label, { fatal: true }).decode(bytes)
  } catch {
    throw wrong(`It is not valid ${label.toUpperCase()}. Let the tool write UTF-8.`)
  }
}

/** The parts of a JSON document that a schema asks for; whatever else stands there is never looked at. */
export function readJson<S extends z.ZodType>(schema: S, bytes: Uint8Array): z.output<S> {
  const text = textOf(bytes, null)
  if (text.trim() === '') throw wrong('It is empty.')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw wrong(`It is no JSON: ${error instanceof Error ? error.message : String(error)}.`)
  }
  const read = schema.safeParse(value)
  if (read.success) return read.data
  throw wrong(sentence(read.error.issues[0], value))
}

/** Where the document is not as expected; its own words are not quoted, for they may be anything. */
function sentence(issue: z.core.$ZodIssue | undefined, value: unknown): string {
  const path = (issue?.path ?? []).map((step) => (typeof step === 'number' ? step : String(step)))
  const place = path.length === 0 ? 'The document' : cut(pathText(path), PATH_CHARS_MAX)
  if (valueAt(value, path) === undefined) return `${place} is missing.`
  return issue?.code === 'invalid_type' ? `${place} is no ${issue.expected}.` : `${place} is not as expected.`
}

/** A key may be as long as a document. */
const PATH_CHARS_MAX = 200

/** A fault whose sentence follows “This can’t be read as sarif.”. */
export function wrong(message: string, kind: FaultKind = 'invalid'): Fault {
  return new Fault(kind, message)
}

/** Text, null where it is left out or empty. */
export const text = z
  .string()
  .nullish()
  .transform((value) => (value === undefined || value === '' ? null : value))

/** A whole number from 0, also where it is written as text; null where it is anything else. */
export const count = z
  .unknown()
  .optional()
  .transform((value) => (typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value))
  .transform((value) =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null,
  )

/** A list, empty where it is left out: tools written in Go say null for none. */
export function list<S extends z.ZodType>(schema: S) {
  return z
    .array(schema)
    .nullish()
    .transform((value) => value ?? [])
}

/** A part that may be missing. */
export function maybe<S extends z.ZodType>(schema: S) {
  return schema.nullish().transform((value) => value ?? null)
}
