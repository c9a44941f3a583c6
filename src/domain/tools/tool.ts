import { z } from 'zod'
import type { EngineName, ToolPhase, Variables } from '../definition.ts'
import type { FieldSpec } from '../form/fields.ts'
import type { ReportFile } from '../report.ts'

export const TOOL_NAMES = ['detect-secrets', 'trivy', 'sonarqube'] as const
export type ToolName = (typeof TOOL_NAMES)[number]

/** What a tool is for a workflow that uses it: a script, written for its options. */
interface Work {
  /** For a POSIX shell at the top of the workspace. It ends with other than 0 exactly where its threshold is passed, or it could not look. */
  readonly run: string
  readonly env: Variables
  readonly reports: readonly ReportFile[]
  /** Whether it looks at what Build made an image of. */
  readonly needsImage?: boolean
}

/** What is there when a tool runs. */
export interface Around {
  /** An image that this very segment built. */
  readonly image: boolean
}

/** A tool that Periplus knows how to run. */
export interface Tool<S extends z.ZodRawShape = z.ZodRawShape> {
  readonly name: ToolName
  /** What only this tool can be told; `timeout` and the like all of them know. */
  readonly options: S
  /** The same for a form, in its order. */
  readonly fields: readonly FieldSpec[]
  /** What a form begins with. */
  readonly start: Readonly<Record<string, string>>
  /** Where an engine has no host. It has a shell, and what the script needs. */
  readonly image: string
  /** What the script needs on a host. */
  readonly programs: readonly string[]
  /** From options that the schema has checked, whatever else stands beside them. */
  readonly work: (options: unknown, around: Around) => Work
}

/** A stage's tool, as a plan and its checks know it. */
export interface ToolUse {
  readonly name: ToolName
  /** What it is given besides the script's own variables. */
  readonly env: Variables
  readonly needsImage: boolean
}

export function defineTool<S extends z.ZodRawShape>(
  tool: Omit<Tool<S>, 'work'> & {
    readonly work: (options: z.output<z.ZodObject<S>>, around: Around) => Work
  },
): Tool<S> {
  const schema = z.object(tool.options)
  return { ...tool, work: (options, around) => tool.work(schema.parse(options), around) }
}

/** Whether an image stands where tools of a phase run: it is with the segment that built it. */
export function hasImage(phase: ToolPhase, build: { readonly kind: string } | null): boolean {
  return build?.kind === 'image' && (phase === 'post-build' || phase === 'post-push')
}

/** Where tools leave their reports: out of the way of what is built, and nothing that git would tell of. */
export const REPORTS_DIRECTORY = '.periplus-reports'

/** Lines of a shell that make room for a report: one that is there already would be an earlier tool's. */
export function roomFor(...paths: readonly string[]): string {
  return `mkdir -p ${REPORTS_DIRECTORY}
echo '*' > ${REPORTS_DIRECTORY}/.gitignore
rm -f ${paths.join(' ')}`
}

/** Anything as one word of a shell. */
export function shellWord(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

/** The image of a stage that has no host to run on, where it names none itself. */
export function imageOfTool(tool: Pick<Tool, 'image'>, engine: EngineName): string | null {
  return engine === 'local' ? null : tool.image
}
