import { Fault, type Finding } from '../../domain/fault.ts'
import { type Definition, readDefinitions } from '../../domain/workflow.ts'
import type { Ctx } from '../context.ts'

/** The text of a form's editor. A form sends its line ends as CR LF; a definition has none of those. */
export async function readText(c: Ctx): Promise<string> {
  const { text } = await c.req.parseBody()
  return typeof text === 'string' ? text.replaceAll('\r\n', '\n') : ''
}

/** The fields of a form; one that is missing is empty. */
export async function readFields(c: Ctx): Promise<(name: string) => string> {
  const form = await c.req.parseBody()
  return (name) => {
    const value = form[name]
    return typeof value === 'string' ? value.replaceAll('\r\n', '\n') : ''
  }
}

/** What an expected failure says, as the problem of a field; anything else is passed on. */
export function findingsFrom(error: unknown, path: string): readonly Finding[] {
  if (!(error instanceof Fault) || !['invalid', 'conflict', 'forbidden'].includes(error.kind)) throw error
  return error.findings.length > 0
    ? error.findings
    : [{ path, line: null, column: null, message: error.message }]
}

interface Parsed<K> {
  readonly document: Extract<Definition, { kind: K }> | null
  readonly findings: readonly Finding[]
}

/** The one definition of an editor's text, which must be of this kind and, once it exists, keep its name. */
export function parseDefinition<K extends Definition['kind']>(
  text: string,
  kind: K,
  name: string | null,
): Parsed<K> {
  const { documents, findings } = readDefinitions(text)
  if (findings.length > 0) return { document: null, findings }
  const [document, second] = documents
  if (document === undefined) return wrong(`The text holds no ${kind}.`)
  if (second !== undefined)
    return wrong(`The text must hold one ${kind}; it holds ${documents.length} definitions.`)
  if (!isOf(document, kind))
    return wrong(`The text defines ${document.definition.name}, which is a ${document.kind}, not a ${kind}.`)
  if (name !== null && document.definition.name !== name)
    return wrong(`The name is ${name} and never changes; the text says ${document.definition.name}.`)
  return { document, findings: [] }
}

function isOf<K extends Definition['kind']>(
  document: Definition,
  kind: K,
): document is Extract<Definition, { kind: K }> {
  return document.kind === kind
}

function wrong(message: string): { document: null; findings: readonly Finding[] } {
  return { document: null, findings: [{ path: '', line: null, column: null, message }] }
}
