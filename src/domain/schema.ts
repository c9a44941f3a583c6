import { z } from 'zod'
import { argoSchema, imageSchema, resourcesSchema } from './argo.ts'
import { CONFLICT_RULES, ENGINE_NAMES, TRIGGER_KINDS } from './definition.ts'
import { composeShape, kubernetesShape, oneWayToDeploy } from './deploy/schema.ts'
import { duration, secretName } from './fields.ts'
import { imageShape, oneWayToBuild, pushSchema } from './image/schema.ts'
import type { Path } from './path.ts'
import { refProblem, SHA } from './ref.ts'
import { REPORT_FORMATS, reportSlug } from './report.ts'
import { detectSecrets } from './tools/detectSecrets.ts'
import { sonarqube } from './tools/sonarqube.ts'
import { TOOL_NAMES, type Tool } from './tools/tool.ts'
import { trivy } from './tools/trivy.ts'
import { belowWorkspace } from './workspacePath.ts'

/*
 * PRODUCT §3's written form, as far as this version carries it out. The JSON Schemas are made from it, and the types of
 * what written.ts turns into a Workflow or an Environment. A rule of its own has its sentence beside it; whatever zod
 * finds by itself is worded in sentences.ts.
 */

/** Bounds of what one definition may ask for: far above any real one, low enough to stay harmless. */
const LIMITS = {
  slug: 40,
  name: 80,
  runBytes: 64 * 1024,
  value: 32 * 1024,
  retries: 10,
  variables: 200,
  scripts: 50,
  deploys: 20,
  approvers: 50,
  patterns: 50,
  artifacts: 50,
  reports: 10,
  concurrency: 100,
} as const

const slug = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]*$/, 'A name has small letters, digits and dashes only: a–z, 0–9, -.')
  .max(LIMITS.slug, `A name has at most ${LIMITS.slug} characters.`)
  .refine((text) => text !== 'new', '“new” is reserved. Choose another name.')

const variableName = z
  .string()
  .regex(
    /^[A-Za-z_][A-Za-z0-9_]*$/,
    'A variable’s name has letters, digits and underscores only and begins with no digit.',
  )
  .regex(/^(?!PERIPLUS_)/i, 'Names that begin with PERIPLUS_ are set by Periplus itself. Choose another.')

const plain = z
  .string()
  .max(LIMITS.value)
  .refine((text) => !text.includes('\0'), 'A value cannot hold a NUL character.')

export const variablesSchema = z
  .record(variableName, z.union([plain, z.strictObject({ secret: secretName })]))
  .refine(
    (map) => Object.keys(map).length <= LIMITS.variables,
    `There are more than ${LIMITS.variables} variables.`,
  )

const pattern = (kind: string) =>
  z.string().superRefine((text, context) => {
    const problem = refProblem(text, 'pattern')
    if (problem !== null)
      context.addIssue({ code: 'custom', message: `“${text}” can be no ${kind}: it ${problem}.` })
  })

/** One or many: `branch: main`, `branch: [main, release/*]`. */
const patterns = (kind: string) =>
  z.union([pattern(kind), z.array(pattern(kind)).min(1).max(LIMITS.patterns)])

const condition = z
  .strictObject({
    branch: patterns('branch').optional(),
    tag: patterns('tag').optional(),
    event: z.union([z.enum(TRIGGER_KINDS), z.array(z.enum(TRIGGER_KINDS)).min(1)]).optional(),
  })
  .refine(
    ({ branch, tag }) => branch === undefined || tag === undefined,
    'branch and tag never hold together: an execution is of one or the other. Keep one of them.',
  )

const reports = z
  .array(
    z.strictObject({
      path: belowWorkspace('A report').refine(
        (text) => !/[*?[\]{}\n\r]/.test(text),
        'A report’s path names one file: *, ?, brackets and braces are not allowed.',
      ),
      format: z.enum(REPORT_FORMATS),
    }),
  )
  .max(LIMITS.reports)
  .refine(
    (list) => new Set(list.map(({ path }) => reportSlug(path))).size === list.length,
    'Two reports have paths that differ in nothing but signs. Give them names of their own.',
  )

/** What every stage of a user's can be told, whatever it runs. */
const named = { name: z.string().trim().min(1, 'A name is not empty.').max(LIMITS.name).optional() }
const settings = {
  image: imageSchema.optional(),
  resources: resourcesSchema.optional(),
  timeout: duration.optional(),
  retries: z.int().min(0).max(LIMITS.retries).optional(),
  env: variablesSchema.optional(),
  continueOnFailure: z.boolean().optional(),
  asRoot: z.boolean().optional(),
  if: condition.optional(),
}

/** In the order in which people write it. */
const scriptShape = {
  ...named,
  run: z
    .string()
    .refine((text) => text.trim() !== '', 'There is nothing to run.')
    .refine((text) => !text.includes('\0'), 'A script cannot hold a NUL character.')
    .max(
      LIMITS.runBytes,
      `A script has at most ${LIMITS.runBytes} characters. Keep longer ones in the repository.`,
    ),
  ...settings,
  reports: reports.optional(),
}

export const scriptSchema = z.strictObject(scriptShape)

const optionsOf = <S extends z.ZodRawShape>(tool: Tool<S>) =>
  z.strictObject({ ...named, ...tool.options, ...settings }).optional()

const tool = z
  .strictObject({
    script: scriptSchema.optional(),
    'detect-secrets': optionsOf(detectSecrets),
    trivy: optionsOf(trivy),
    sonarqube: optionsOf(sonarqube),
  })
  .refine((entry) => Object.keys(entry).length === 1, {
    error: `An entry is exactly one of script, ${TOOL_NAMES.join(', ')}.`,
    // A misspelt name is told by itself.
    when: ({ issues }) => issues.length === 0,
  })

const tools = z.array(tool).max(LIMITS.scripts)

const approver = z
  .string()
  .regex(/^(?:team:)?[A-Za-z0-9][A-Za-z0-9._@-]*$/, 'An approver is a user’s name.')
  .max(LIMITS.name)
  .refine((text) => !text.startsWith('team:'), 'Teams are not available in this version. Name people.')

const approvers = z
  .array(approver)
  .max(LIMITS.approvers)
  .refine((names) => new Set(names).size === names.length, 'An approver is named twice.')

const quorum = z.int().min(1).max(LIMITS.approvers)

const git = z
  .strictObject({
    url: z.string().min(1, 'The address is empty.'),
    branch: pattern('branch').optional(),
    tag: pattern('tag').optional(),
    sha: z
      .string()
      .regex(SHA, 'A commit is named by its full SHA: 40 or 64 characters of 0–9, a–f.')
      .optional(),
    credential: secretName.optional(),
  })
  .refine(namesOneRef, {
    error: 'Name exactly one of branch, tag and sha.',
    // Also where other keys are wrong, so that all problems are seen at once.
    when: ({ value }) => typeof value === 'object' && value !== null,
  })

function namesOneRef(source: Readonly<Record<string, unknown>>): boolean {
  return ['branch', 'tag', 'sha'].filter((key) => source[key] !== undefined).length === 1
}

export const deployStepSchema = z.strictObject({
  environment: slug,
  manual: z.boolean().optional(),
  approvers: approvers.optional(),
  quorum: quorum.optional(),
  expires: duration.optional(),
  verify: scriptSchema.optional(),
})

export const workflowSchema = z.strictObject({
  kind: z.literal('workflow'),
  name: slug,
  engine: z.enum(ENGINE_NAMES).optional(),
  source: z.strictObject({ git }),
  concurrency: z
    .strictObject({
      group: slug,
      limit: z.int().min(1).max(LIMITS.concurrency).optional(),
      onConflict: z.enum(CONFLICT_RULES).optional(),
    })
    .optional(),
  timeout: duration.optional(),
  variables: variablesSchema.optional(),
  argo: argoSchema.optional(),
  tools: z
    .strictObject({
      preBuild: tools.optional(),
      postBuild: tools.optional(),
      postPush: tools.optional(),
      postDeploy: tools.optional(),
    })
    .optional(),
  build: z
    .strictObject({
      script: z
        .strictObject({
          ...scriptShape,
          artifacts: z.array(belowWorkspace('An artifact')).max(LIMITS.artifacts).optional(),
        })
        .optional(),
      ...imageShape,
    })
    .superRefine(oneWayToBuild)
    .optional(),
  push: pushSchema.optional(),
  deploy: z.array(deployStepSchema).max(LIMITS.deploys).optional(),
})

const deploy = z
  .strictObject({
    script: scriptSchema.optional(),
    compose: z.strictObject({ ...composeShape, ...settings }).optional(),
    kubernetes: z
      .strictObject({ ...kubernetesShape, ...settings })
      .superRefine(oneWayToDeploy)
      .optional(),
  })
  .refine((kinds) => Object.keys(kinds).length === 1, {
    error: 'A deploy is exactly one of script, compose, kubernetes.',
    // A misspelt kind is told by itself.
    when: ({ issues }) => issues.length === 0,
  })

export const environmentSchema = z.strictObject({
  kind: z.literal('environment'),
  name: slug,
  active: z.boolean().optional(),
  engine: z.enum(ENGINE_NAMES).optional(),
  deploy,
  manual: z.boolean().optional(),
  approvers: approvers.optional(),
  quorum: quorum.optional(),
  selfApproval: z.boolean().optional(),
  expires: duration.optional(),
  allowedWorkflows: z.array(slug).max(1_000).optional(),
  variables: variablesSchema.optional(),
  argo: argoSchema.optional(),
})

export type WrittenWorkflow = z.output<typeof workflowSchema>
export type WrittenEnvironment = z.output<typeof environmentSchema>
export type WrittenScript = z.output<typeof scriptSchema>
export type WrittenTool = z.output<typeof tool>
export type WrittenCondition = z.output<typeof condition>

export type DefinitionKind = 'workflow' | 'environment'
export const DEFINITION_KINDS = ['workflow', 'environment'] as const satisfies readonly DefinitionKind[]

type JsonSchema = Readonly<Record<string, unknown>>

const JSON_SCHEMAS: Readonly<Record<DefinitionKind, JsonSchema>> = {
  workflow: { ...z.toJSONSchema(workflowSchema, { io: 'input' }), title: 'Periplus workflow' },
  environment: { ...z.toJSONSchema(environmentSchema, { io: 'input' }), title: 'Periplus environment' },
}

/** The JSON Schema of a kind, for editors that complete and check as one writes. */
export function definitionJsonSchema(kind: DefinitionKind): JsonSchema {
  return JSON_SCHEMAS[kind]
}

/** The keys that a mapping at a path may have; empty where they are free or there is none. */
export function keysAt(kind: DefinitionKind, path: Path): readonly string[] {
  const found = path.reduce<readonly JsonSchema[]>(
    (schemas, step) => schemas.flatMap((schema) => below(schema, step)),
    [JSON_SCHEMAS[kind]],
  )
  return found.flatMap((schema) => (isSchema(schema['properties']) ? Object.keys(schema['properties']) : []))
}

function below(schema: JsonSchema, step: string | number): readonly JsonSchema[] {
  const properties = schema['properties']
  const next =
    typeof step === 'number'
      ? schema['items']
      : isSchema(properties)
        ? properties[step]
        : schema['additionalProperties']
  const alternatives = isSchema(next) && Array.isArray(next['anyOf']) ? next['anyOf'] : [next]
  return alternatives.filter(isSchema)
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null
}
