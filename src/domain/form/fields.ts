import { type Path, pathText } from '../path.ts'
import { TOOL_KEYS } from '../rules.ts'
import { TOOL_NAMES, type ToolName } from '../tools/tool.ts'
import { TOOLS } from '../tools/tools.ts'

/** How a field is written: each is shown as text and means a value. */
export type FieldKind =
  | 'line'
  /** Several lines; the last one's break is not shown. */
  | 'script'
  /** A whole number, or whatever was written in its place. */
  | 'number'
  | 'flag'
  /** Words with commas between them: a list, or a single one. */
  | 'words'
  /** One of those that the definition's readers know. */
  | 'choice'

/** Where what may be chosen, or is proposed, comes from. */
export type Proposals = 'engines' | 'environments' | 'credentials' | 'registries' | 'conflicts' | 'people'

export interface FieldSpec {
  /** Below the part that it is a field of, `if.branch`. */
  readonly key: string
  readonly word: string
  readonly kind: FieldKind
  readonly hint?: string
  /** What it looks like, or what is meant where nothing is said. */
  readonly placeholder?: string
  readonly proposals?: Proposals
  /** What may be chosen, where that is always the same; the placeholder is what is meant where nothing is. */
  readonly words?: readonly string[]
  /** Asked for by few; shown where it is set, or when more is asked for. */
  readonly rare?: 'rare'
}

export const WORKFLOW_FIELDS: readonly FieldSpec[] = [
  { key: 'name', word: 'Name', kind: 'line', hint: 'Small letters, digits and dashes. It never changes.' },
  { key: 'engine', word: 'Engine', kind: 'choice', proposals: 'engines' },
  { key: 'timeout', word: 'Timeout', kind: 'line', placeholder: '90s, 10m, 1h' },
  {
    key: 'concurrency.group',
    word: 'Concurrency group',
    kind: 'line',
    hint: 'Whoever shares it takes turns.',
  },
  { key: 'concurrency.limit', word: 'At the same time', kind: 'number', placeholder: '1' },
  { key: 'concurrency.onConflict', word: 'When one runs', kind: 'choice', proposals: 'conflicts' },
]

export const SOURCE_FIELDS: readonly FieldSpec[] = [
  { key: 'url', word: 'Repository', kind: 'line', placeholder: 'https://git.example/shop/storefront.git' },
  { key: 'credential', word: 'Credential', kind: 'choice', proposals: 'credentials' },
]

export const SCRIPT_FIELDS: readonly FieldSpec[] = [
  { key: 'name', word: 'Name', kind: 'line' },
  { key: 'image', word: 'Image', kind: 'line', placeholder: 'none' },
  { key: 'run', word: 'Run', kind: 'script' },
  { key: 'timeout', word: 'Timeout', kind: 'line', placeholder: '90s, 10m, 1h' },
  { key: 'retries', word: 'Retries', kind: 'number', placeholder: '0' },
  { key: 'continueOnFailure', word: 'Go on if it fails', kind: 'flag', rare: 'rare' },
  { key: 'asRoot', word: 'Run as root', kind: 'flag', rare: 'rare' },
  { key: 'if.branch', word: 'Only on branches', kind: 'words', placeholder: 'main, release/*', rare: 'rare' },
  { key: 'if.tag', word: 'Only on tags', kind: 'words', placeholder: 'v*', rare: 'rare' },
  {
    key: 'if.event',
    word: 'Only when triggered by',
    kind: 'words',
    placeholder: 'manual, api',
    rare: 'rare',
  },
  { key: 'resources.requests.cpu', word: 'CPU asked for', kind: 'number', placeholder: '500m', rare: 'rare' },
  {
    key: 'resources.requests.memory',
    word: 'Memory asked for',
    kind: 'number',
    placeholder: '512Mi',
    rare: 'rare',
  },
  { key: 'resources.limits.cpu', word: 'CPU at most', kind: 'number', rare: 'rare' },
  { key: 'resources.limits.memory', word: 'Memory at most', kind: 'number', rare: 'rare' },
]

export const BUILD_FIELDS: readonly FieldSpec[] = [
  {
    key: 'artifacts',
    word: 'Artifacts',
    kind: 'words',
    placeholder: 'dist/**',
    hint: 'Files kept for later stages.',
  },
]

const TURN_FIELDS: readonly FieldSpec[] = [
  { key: 'timeout', word: 'Timeout', kind: 'line', placeholder: '90s, 10m, 1h' },
  { key: 'retries', word: 'Retries', kind: 'number', placeholder: '0' },
]

export const IMAGE_FIELDS: readonly FieldSpec[] = [
  { key: 'dockerfile', word: 'Dockerfile', kind: 'line', placeholder: 'Dockerfile' },
  { key: 'context', word: 'Context', kind: 'line', placeholder: '.' },
  { key: 'target', word: 'Target', kind: 'line', hint: 'A stage of the Dockerfile; else its last.' },
  { key: 'platforms', word: 'Platforms', kind: 'words', placeholder: 'linux/amd64, linux/arm64' },
  ...TURN_FIELDS,
]

export const PUSH_FIELDS: readonly FieldSpec[] = [
  { key: 'registry', word: 'Registry', kind: 'choice', proposals: 'registries' },
  { key: 'image', word: 'Image', kind: 'line', placeholder: 'shop/storefront' },
  { key: 'tags', word: 'Tags', kind: 'words', placeholder: '{{execution.id}}, {{git.shortSha}}' },
  ...TURN_FIELDS,
]

export const STEP_FIELDS: readonly FieldSpec[] = [
  { key: 'environment', word: 'Environment', kind: 'choice', proposals: 'environments' },
  { key: 'manual', word: 'A person starts it', kind: 'flag' },
  { key: 'approvers', word: 'Approvers', kind: 'words', proposals: 'people' },
  { key: 'quorum', word: 'Approvals needed', kind: 'number', placeholder: '1' },
  { key: 'expires', word: 'Time to decide', kind: 'line', placeholder: '72h' },
]

export const POD_FIELDS: readonly FieldSpec[] = [
  { key: 'image', word: 'Image', kind: 'line', hint: 'Of scripts that name none.' },
  { key: 'serviceAccount', word: 'Service account', kind: 'line' },
  { key: 'resources.requests.cpu', word: 'CPU asked for', kind: 'number' },
  { key: 'resources.requests.memory', word: 'Memory asked for', kind: 'number' },
  { key: 'resources.limits.cpu', word: 'CPU at most', kind: 'number' },
  { key: 'resources.limits.memory', word: 'Memory at most', kind: 'number' },
  { key: 'imagePullSecrets', word: 'Pull secrets', kind: 'words' },
  { key: 'securityContext.runAsUser', word: 'User', kind: 'number' },
  { key: 'securityContext.runAsGroup', word: 'Group', kind: 'number' },
  { key: 'securityContext.fsGroup', word: 'Group of volumes', kind: 'number' },
]

/** What a tool can be told: its own, and what every stage can. */
export function fieldsOfTool(tool: ToolName): readonly FieldSpec[] {
  const shared = SCRIPT_FIELDS.filter(({ key }) => key !== 'run')
  return [
    ...TOOLS[tool].fields,
    ...shared.map((spec) =>
      spec.key === 'name' ? { ...spec, placeholder: tool } : { ...spec, rare: 'rare' as const },
    ),
  ]
}

/** Where scripts stand, with the number of a list's entry left out. */
const SCRIPTS = [
  ...Object.values(TOOL_KEYS).map((key) => `tools.${key}[].script`),
  'build.script',
  'deploy[].verify',
]
const TOOL_PLACES = Object.values(TOOL_KEYS).flatMap((key) =>
  TOOL_NAMES.map((tool) => ({ tool, place: `tools.${key}[].${tool}` })),
)

const KINDS: ReadonlyMap<string, FieldKind> = new Map([
  ...kindsBelow('', WORKFLOW_FIELDS),
  ...kindsBelow('source.git.', SOURCE_FIELDS),
  ...kindsBelow('argo.', POD_FIELDS),
  ...kindsBelow('deploy[].', STEP_FIELDS),
  ...kindsBelow('build.script.', BUILD_FIELDS),
  ...kindsBelow('build.', IMAGE_FIELDS),
  ...kindsBelow('push.', PUSH_FIELDS),
  ...SCRIPTS.flatMap((script) => kindsBelow(`${script}.`, SCRIPT_FIELDS)),
  ...TOOL_PLACES.flatMap(({ tool, place }) => kindsBelow(`${place}.`, fieldsOfTool(tool))),
])

function kindsBelow(part: string, fields: readonly FieldSpec[]): (readonly [string, FieldKind])[] {
  return fields.map(({ key, kind }) => [part + key, kind])
}

const VARIABLES = new Set([
  'variables',
  ...[...SCRIPTS, ...TOOL_PLACES.map(({ place }) => place)].map((part) => `${part}.env`),
])

/** What the field at a path is; null where the form has none. */
export function kindOfField(path: Path): FieldKind | 'variable' | null {
  if (isVariables(path.slice(0, -1))) return 'variable'
  return KINDS.get(placeOf(path)) ?? null
}

/** Whether a mapping of variables stands at a path, or could. */
export function isVariables(path: Path): boolean {
  return VARIABLES.has(placeOf(path))
}

/** A path without the numbers of its entries: `tools.preBuild[].script`. */
export function placeOf(path: Path): string {
  return pathText(path).replaceAll(/\[\d+\]/g, '[]')
}
