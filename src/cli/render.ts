import type { RenderingWire } from '../contract/schemas.ts'
import { durationText } from '../domain/duration.ts'
import { Fault, type Finding } from '../domain/fault.ts'
import { textOf } from './actions.ts'
import type { Context } from './command.ts'
import { connect } from './connect.ts'
import { tellFindings } from './definitions.ts'
import { commitOf } from './run.ts'
import { yamlOf } from './yaml.ts'

type Segment = RenderingWire['segments'][number]

/** `periplus render`: what an execution would submit, as documents that kubectl takes. */
export async function render(context: Context): Promise<number> {
  const { line, terminal } = context
  const { file, body } = wishOf(context)
  const rendering = await connect(context)
    .call('renderWorkflow', { body })
    .catch(async (error: unknown) => {
      if (error instanceof Fault) await tellFindings(context, unsaid(error), file)
      throw error
    })
  await terminal.out(line.flags.has('--json') ? `${JSON.stringify(rendering)}\n` : documentsOf(rendering))
  return 0
}

/** What is wrong with the request itself is told by its sentence already. */
function unsaid({ findings, message }: Fault): readonly Finding[] {
  return findings.filter((finding) => !message.includes(finding.message))
}

/** A file has a dot, a slash or is standard input; no slug is. */
const FILE = /[./]|^-$/

function wishOf({ line }: Context) {
  const [named] = line.arguments
  const isFile = named !== undefined && FILE.test(named)
  const file = line.flags.get('--file') ?? (isFile ? named : undefined)
  if (named === undefined && file === undefined)
    throw new Fault('invalid', 'What is to be rendered? Name a workflow, or a file of definitions.')
  const workflow = named === undefined || isFile ? {} : { workflow: named }
  const text = file === undefined ? {} : { text: textOf(file) }
  return { file: file ?? named ?? '', body: { ...workflow, ...text, ...commitOf(line) } }
}

/** YAML documents, one an object; whatever else there is to know stands between them as comments. */
export function documentsOf(rendering: RenderingWire): string {
  const { segments } = rendering
  return [
    ...headOf(rendering).map(comment),
    ...segments.flatMap((segment) => [
      ...aboutOf(segment, segments.length).map(comment),
      ...segment.objects.map((object) => `---\n${yamlOf(object)}`),
    ]),
  ].join('')
}

function comment(text: string): string {
  return `# ${text}\n`
}

function headOf({ workflow, version, branch, tag, sha, skipped }: RenderingWire): readonly string[] {
  const saved = version === null ? '' : `, version ${version}`
  const ref = branch === null ? (tag === null ? '' : ` of tag ${tag}`) : ` of branch ${branch}`
  return [
    `${workflow}${saved}, at commit ${sha}${ref}.`,
    'Secrets stand as <secret NAME>, the execution’s ids as zeros; what segments hand on to later ones is not known yet.',
    ...skipped.map(({ stage, reason }) => `${stage} is skipped: ${reason}.`),
  ]
}

function aboutOf({ number, engine, gate, stages }: Segment, count: number): readonly string[] {
  const what = `Segment ${number + 1} of ${count}: ${stages.join(', ')}.`
  const where = engine === 'local' ? ' It runs on local, and no cluster is given anything.' : ''
  return gate === null ? [what + where] : [gateSentence(gate), what + where]
}

function gateSentence(gate: NonNullable<Segment['gate']>): string {
  const { kind, environment, approvers, quorum, expiresMs } = gate
  if (kind === 'deployment') return `Gate: waits until a person deploys to ${environment}.`
  const who = quorum > 1 ? `${quorum} of ${approvers.join(', ')}` : approvers.join(' or ')
  const expiry = expiresMs === null ? '' : ` within ${durationText(expiresMs)}`
  return `Gate: waits for ${who} to approve ${environment}${expiry}.`
}
