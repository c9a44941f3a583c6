import type { z } from 'zod'
import type { Endpoint } from '../contract/endpoint.ts'
import { Fault, type Finding } from '../domain/fault.ts'
import { didYouMean } from '../domain/nearest.ts'
import type { Ctx } from './context.ts'
import { HttpFault } from './errors.ts'

/** Nobody mends more than this before trying again. */
const FINDINGS_MAX = 50
const SHOWN_CHARS_MAX = 60

/** The parts of a request, checked by its endpoint's row: after this nobody checks again. */
export async function parseRequest(
  c: Ctx,
  row: Endpoint,
): Promise<{ params: unknown; query: unknown; body: unknown; text: string }> {
  const findings: Finding[] = []
  const check = (schema: z.ZodType | null, value: unknown, place: string) => {
    if (schema === null) return value === null ? null : refuseExtra(value, place, findings)
    const result = schema.safeParse(value, { reportInput: true })
    if (!result.success)
      findings.push(...result.error.issues.flatMap((issue) => findingsOf(issue, schema, place)))
    return result.data
  }
  const text = row.body === null ? '' : await bodyText(c)
  const params = row.params === null ? null : check(row.params, c.req.param(), 'path')
  const query = check(row.query, queryOf(c, row), 'query')
  const body = row.body === null ? null : check(row.body, jsonOf(c, row, text), '')
  if (findings.length > 0) throw invalid(findings)
  return { params, query, body, text }
}

/** The same for a form of a page: what its fields say, or what is wrong with them. */
export function parseFields<S extends z.ZodType>(
  schema: S,
  fields: Readonly<Record<string, unknown>>,
): { readonly value: z.output<S> | null; readonly findings: readonly Finding[] } {
  const result = schema.safeParse(fields, { reportInput: true })
  if (result.success) return { value: result.data, findings: [] }
  return { value: null, findings: result.error.issues.flatMap((issue) => findingsOf(issue, schema, '')) }
}

function invalid(findings: readonly Finding[]): Fault {
  const first = findings[0]
  const more = findings.length === 1 ? '' : ` (and ${findings.length - 1} more)`
  const where = first === undefined || first.path === '' ? '' : `${first.path}: `
  return new Fault('invalid', `${where}${first?.message ?? 'The request is not valid.'}${more}`, {
    findings: findings.slice(0, FINDINGS_MAX),
  })
}

/** Values by name; a name that stands more than once has a list. Null where nothing is asked and nothing may be. */
function queryOf(c: Ctx, row: Endpoint): unknown {
  const given: Record<string, string | string[]> = Object.create(null)
  for (const [name, values] of Object.entries(c.req.queries())) {
    given[name] = values.length === 1 ? (values[0] ?? '') : values
  }
  return row.query === null && Object.keys(given).length === 0 ? null : given
}

function refuseExtra(value: unknown, place: string, findings: Finding[]): null {
  for (const name of Object.keys(Object(value))) {
    findings.push({
      path: `${place}.${short(name)}`,
      line: null,
      column: null,
      message: 'Nothing of that name is understood here.',
    })
  }
  return null
}

async function bodyText(c: Ctx): Promise<string> {
  const bytes = await c.req.arrayBuffer()
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new Fault('invalid', 'The body is not UTF-8.')
  }
}

/** A definition may also be sent as it is, which is what `curl --data-binary @storefront.yaml` does. */
const DEFINITION_TYPE = /^(application\/(x-)?yaml|text\/(x-)?yaml|text\/plain)\b/i
const JSON_TYPE = /^application\/([a-z0-9.+-]+\+)?json\b/i

function jsonOf(c: Ctx, row: Endpoint, text: string): unknown {
  const type = c.req.header('content-type') ?? ''
  if (text === '' && row.body?.safeParse({}).success) return {}
  if (row.yaml && DEFINITION_TYPE.test(type)) return { text }
  if (!JSON_TYPE.test(type)) {
    const instead = row.yaml ? 'application/json or application/yaml' : 'application/json'
    throw new HttpFault(
      'invalid',
      415,
      `The body must be ${instead}, and say so in Content-Type${type === '' ? '' : `; it says “${short(type)}”`}.`,
    )
  }
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Fault(
      'invalid',
      `The body is not JSON: ${error instanceof Error ? error.message : 'it cannot be read'}.`,
    )
  }
}

function findingsOf(issue: z.core.$ZodIssue, schema: z.ZodType, place: string): Finding[] {
  const at = pathOf([place, ...issue.path])
  if (issue.code !== 'unrecognized_keys')
    return [{ path: at, line: null, column: null, message: sentence(issue, at) }]
  const known = 'shape' in schema ? Object.keys(Object(schema.shape)) : []
  return issue.keys.slice(0, FINDINGS_MAX).map((key) => ({
    path: pathOf([at, short(key)]),
    line: null,
    column: null,
    message: `Nothing of that name is understood here.${didYouMean(key.slice(0, SHOWN_CHARS_MAX), known)}`,
  }))
}

/** `query.status[0]`. */
function pathOf(parts: readonly PropertyKey[]): string {
  return parts
    .filter((part) => part !== '')
    .reduce<string>(
      (path, part) =>
        typeof part === 'number'
          ? `${path}[${part}]`
          : path === ''
            ? String(part)
            : `${path}.${String(part)}`,
      '',
    )
}

function sentence(issue: z.core.$ZodIssue, at: string): string {
  const given = issue.input
  if (given === undefined) return at === '' ? 'A JSON object is wanted.' : 'This is missing.'
  if (issue.code === 'invalid_value' && typeof given === 'string') {
    const words = issue.values.map(String)
    return `“${short(given)}” is not one of ${words.join(', ')}.${didYouMean(given.slice(0, SHOWN_CHARS_MAX), words)}`
  }
  const message = issue.message.replace(/^Invalid input: /, '').replace(/\.$/, '')
  return `${message.charAt(0).toUpperCase()}${message.slice(1)}.`
}

function short(text: string): string {
  return text.length > SHOWN_CHARS_MAX ? `${text.slice(0, SHOWN_CHARS_MAX)}…` : text
}
