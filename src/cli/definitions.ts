import { Fault, type Finding } from '../domain/fault.ts'
import { textOf } from './actions.ts'
import type { Context } from './command.ts'
import { connect } from './connect.ts'

/** `periplus validate`: the same list that the pages show. */
export async function validate(context: Context): Promise<number> {
  const { line, terminal } = context
  const { name, text } = fileOf(context)
  const result = await connect(context).call('validateDefinitions', { body: { text } })
  if (line.flags.has('--json')) await terminal.out(`${JSON.stringify(result)}\n`)
  else if (!result.valid) await terminal.out(findingLines(result.findings, name))
  else
    await terminal.out(
      `${name} is valid: ${result.documents.map((one) => `${one.kind} ${one.name}`).join(', ')}.\n`,
    )
  return result.valid ? 0 : 2
}

/** `periplus apply`. */
export async function apply(context: Context): Promise<number> {
  const { line, terminal, world } = context
  const { name, text } = fileOf(context)
  const client = connect(context)
  const applied = await client
    .call('applyDefinitions', { body: { text } }, { idempotencyKey: world.id() })
    .catch(async (error: unknown) => {
      if (error instanceof Fault) await tellFindings(context, error.findings, name)
      throw error
    })
  if (line.flags.has('--json')) await terminal.out(`${JSON.stringify(applied)}\n`)
  else {
    const lines = applied.items.map((item) => {
      const version = item.version === null ? '' : ` (version ${item.version})`
      return `${item.kind} ${item.name} ${item.outcome}${version}\n`
    })
    await terminal.out(lines.join(''))
  }
  return 0
}

/** All that is wrong, on standard output; the sentence that follows on standard error is the fault's own. */
export async function tellFindings(
  { line, terminal }: Context,
  findings: readonly Finding[],
  file: string,
): Promise<void> {
  if (findings.length === 0) return
  await terminal.out(
    line.flags.has('--json') ? `${JSON.stringify({ findings })}\n` : findingLines(findings, file),
  )
}

/** `workflow.yaml:12:3: deploy[0].environment: …`, as compilers have it, so that editors can jump there. */
function findingLines(findings: readonly Finding[], file: string): string {
  return findings
    .map(({ path, line, column, message }) => {
      const place = [file, ...(line === null ? [] : [line, ...(column === null ? [] : [column])])].join(':')
      return `${place}: ${path === '' ? '' : `${path}: `}${message}\n`
    })
    .join('')
}

function fileOf({ line }: Context): { readonly name: string; readonly text: string } {
  const name = line.flags.get('--file') ?? line.arguments[0]
  if (name === undefined) throw new Fault('invalid', 'Which file? Name it with -f FILE; - is standard input.')
  return { name, text: textOf(name) }
}
