import type { z } from 'zod'
import type { Role } from '../domain/actor.ts'
import * as input from './inputs.ts'
import * as wire from './schemas.ts'

type Shape = z.ZodObject | null
type Schema = z.ZodType | null

/** One row of the table: all that the server, the client and OpenAPI know of an endpoint. */
export interface Endpoint<
  P extends Shape = Shape,
  Q extends Shape = Shape,
  B extends Schema = Schema,
  R extends Schema = Schema,
> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Below `/api/v1`; `{name}` stands for a part of the address. */
  readonly path: string
  readonly params: P
  readonly query: Q
  readonly body: B
  /** True: the body may also be the definition's text itself, as YAML. */
  readonly yaml: boolean
  /** Null: nothing comes back (204). */
  readonly reply: R
  readonly status: 200 | 201 | 204
  /** The least role that may ask. */
  readonly role: Role | 'anyone'
  /** `log`: JSON, text or a stream, as asked for. `events`: a stream. */
  readonly media: 'json' | 'log' | 'events'
  /** Of a stream: the data of each kind of event. */
  readonly events: Readonly<Record<string, z.ZodType>> | null
  /** `read`: answers with an ETag. `write`: honours If-Match. `create`: honours Idempotency-Key. */
  readonly repeat: 'read' | 'write' | 'create' | null
  readonly help: string
}

const JSON_ROW = {
  params: null,
  query: null,
  body: null,
  yaml: false,
  reply: null,
  status: 200,
  media: 'json',
  events: null,
  repeat: null,
} as const
type Defaults = typeof JSON_ROW

/** A row with what it does not say filled in. */
function row<const T extends Partial<Endpoint> & Pick<Endpoint, 'method' | 'path' | 'role' | 'help'>>(
  given: T,
): Omit<Defaults, keyof T> & T {
  return { ...JSON_ROW, ...given }
}

const LOG_EVENTS = { lines: wire.LinesEventSchema, end: wire.EndEventSchema } as const
const one = { params: input.IdParams } as const
const detail = { reply: wire.ExecutionDetailSchema } as const

/** The only list of endpoints, by operation id. Access and help stand here and nowhere else. */
export const ENDPOINTS = {
  listExecutions: row({
    method: 'GET',
    path: '/executions',
    query: input.ExecutionsQuery,
    reply: wire.ExecutionPageSchema,
    role: 'viewer',
    help: 'The history, newest first, with filters and pages.',
  }),
  triggerExecution: row({
    method: 'POST',
    path: '/executions',
    body: input.TriggerBody,
    ...detail,
    status: 201,
    role: 'executor',
    repeat: 'create',
    help: 'Begins an execution of a workflow.',
  }),
  getExecution: row({
    method: 'GET',
    path: '/executions/{id}',
    ...one,
    ...detail,
    role: 'viewer',
    repeat: 'read',
    help: 'One execution with its stages and gates.',
  }),
  listExecutionEvents: row({
    method: 'GET',
    path: '/executions/{id}/events',
    ...one,
    query: input.EventsQuery,
    reply: wire.EventPageSchema,
    role: 'viewer',
    help: 'What happened to it, oldest first.',
  }),
  getExecutionLog: row({
    method: 'GET',
    path: '/executions/{id}/log',
    ...one,
    query: input.ExecutionLogQuery,
    reply: wire.ExecutionLogSchema,
    role: 'viewer',
    media: 'log',
    events: LOG_EVENTS,
    help: 'All its stages’ logs, one after another.',
  }),
  getStageLog: row({
    method: 'GET',
    path: '/executions/{id}/stages/{stage}/log',
    params: input.StageParams,
    query: input.StageLogQuery,
    reply: wire.StageLogSchema,
    role: 'viewer',
    media: 'log',
    events: LOG_EVENTS,
    help: 'A window of one stage’s log, or all of it, or its lines as they come.',
  }),
  terminateExecution: row({
    method: 'POST',
    path: '/executions/{id}/termination',
    ...one,
    body: input.TerminationBody,
    ...detail,
    status: 201,
    role: 'executor',
    repeat: 'create',
    help: 'Asks for its end. This cannot be undone.',
  }),
  approveExecution: row({
    method: 'POST',
    path: '/executions/{id}/approval',
    ...one,
    body: input.DecisionBody,
    ...detail,
    status: 201,
    role: 'viewer',
    repeat: 'create',
    help: 'Approves its deployment; for those whom the environment names.',
  }),
  rejectExecution: row({
    method: 'POST',
    path: '/executions/{id}/rejection',
    ...one,
    body: input.RejectionBody,
    ...detail,
    status: 201,
    role: 'viewer',
    repeat: 'create',
    help: 'Rejects its deployment and ends it; for those whom the environment names.',
  }),
  deployExecution: row({
    method: 'POST',
    path: '/executions/{id}/deployment',
    ...one,
    body: input.DecisionBody,
    ...detail,
    status: 201,
    role: 'executor',
    repeat: 'create',
    help: 'Triggers the deployment it waits for, where nobody must approve.',
  }),

  listWorkflows: row({
    method: 'GET',
    path: '/workflows',
    reply: wire.WorkflowListSchema,
    role: 'viewer',
    help: 'All workflows.',
  }),
  getWorkflow: row({
    method: 'GET',
    path: '/workflows/{slug}',
    params: input.SlugParams,
    reply: wire.WorkflowSchema,
    role: 'viewer',
    repeat: 'read',
    help: 'The newest version of a workflow.',
  }),
  saveWorkflow: row({
    method: 'PUT',
    path: '/workflows/{slug}',
    params: input.SlugParams,
    body: input.TextBody,
    yaml: true,
    reply: wire.WorkflowSchema,
    role: 'editor',
    repeat: 'write',
    help: 'Saves a new version; the same text makes none.',
  }),
  listVersions: row({
    method: 'GET',
    path: '/workflows/{slug}/versions',
    params: input.SlugParams,
    reply: wire.VersionListSchema,
    role: 'viewer',
    help: 'Its versions, newest first.',
  }),
  getVersion: row({
    method: 'GET',
    path: '/workflows/{slug}/versions/{number}',
    params: input.VersionParams,
    reply: wire.WorkflowSchema,
    role: 'viewer',
    repeat: 'read',
    help: 'One version of a workflow.',
  }),

  listEnvironments: row({
    method: 'GET',
    path: '/environments',
    reply: wire.EnvironmentListSchema,
    role: 'viewer',
    help: 'All environments.',
  }),
  getEnvironment: row({
    method: 'GET',
    path: '/environments/{slug}',
    params: input.SlugParams,
    reply: wire.EnvironmentSchema,
    role: 'viewer',
    repeat: 'read',
    help: 'One environment and its rules.',
  }),
  saveEnvironment: row({
    method: 'PUT',
    path: '/environments/{slug}',
    params: input.SlugParams,
    body: input.TextBody,
    yaml: true,
    reply: wire.EnvironmentSchema,
    role: 'admin',
    repeat: 'write',
    help: 'Saves an environment. Its rules bind every workflow, so only admins may.',
  }),

  validateDefinitions: row({
    method: 'POST',
    path: '/validation',
    body: input.TextBody,
    yaml: true,
    reply: wire.ValidationSchema,
    role: 'viewer',
    help: 'Everything that is wrong with a definition, without saving it.',
  }),
  applyDefinitions: row({
    method: 'POST',
    path: '/definitions',
    body: input.TextBody,
    yaml: true,
    reply: wire.AppliedSchema,
    role: 'editor',
    repeat: 'create',
    help: 'Saves every workflow and environment of a text, or none of them.',
  }),

  listSecrets: row({
    method: 'GET',
    path: '/secrets',
    reply: wire.SecretListSchema,
    role: 'editor',
    help: 'Names of the secrets; values are never given out.',
  }),
  saveSecret: row({
    method: 'PUT',
    path: '/secrets/{name}',
    params: input.NameParams,
    body: input.SecretBody,
    status: 204,
    role: 'admin',
    help: 'Sets a secret.',
  }),
  removeSecret: row({
    method: 'DELETE',
    path: '/secrets/{name}',
    params: input.NameParams,
    status: 204,
    role: 'admin',
    help: 'Removes a secret.',
  }),

  listTokens: row({
    method: 'GET',
    path: '/tokens',
    reply: wire.TokenListSchema,
    role: 'viewer',
    help: 'Your tokens; for admins, everybody’s.',
  }),
  createToken: row({
    method: 'POST',
    path: '/tokens',
    body: input.TokenBody,
    reply: wire.NewTokenSchema,
    status: 201,
    role: 'viewer',
    help: 'Makes a personal token. It is shown this once.',
  }),
  removeToken: row({
    method: 'DELETE',
    path: '/tokens/{id}',
    params: input.TokenParams,
    status: 204,
    role: 'viewer',
    help: 'Withdraws a token; it is refused from then on.',
  }),
  listUsers: row({
    method: 'GET',
    path: '/users',
    reply: wire.UserListSchema,
    role: 'admin',
    help: 'Everybody who may sign in.',
  }),
  createUser: row({
    method: 'POST',
    path: '/users',
    body: input.UserBody,
    reply: wire.UserSchema,
    status: 201,
    role: 'admin',
    repeat: 'create',
    help: 'Adds a person, who first comes in by a sign-in link.',
  }),
  createSignInLink: row({
    method: 'POST',
    path: '/sign-in-links',
    body: input.SignInLinkBody,
    reply: wire.SignInLinkSchema,
    status: 201,
    role: 'admin',
    help: 'Makes a link that signs somebody in, once.',
  }),
  getMe: row({
    method: 'GET',
    path: '/me',
    reply: wire.MeSchema,
    role: 'viewer',
    help: 'Who you are and what you may do.',
  }),

  followEvents: row({
    method: 'GET',
    path: '/events',
    query: input.LiveQuery,
    reply: wire.LiveEventSchema,
    role: 'viewer',
    media: 'events',
    events: { event: wire.LiveEventSchema, reload: wire.ReloadEventSchema },
    help: 'What happens, as it happens. Last-Event-ID replays up to 1,000 events.',
  }),
  getAnalytics: row({
    method: 'GET',
    path: '/analytics',
    query: input.AnalyticsQuery,
    reply: wire.AnalyticsSchema,
    role: 'viewer',
    help: 'Executions a day or a month, by status.',
  }),
  getOpenApi: row({
    method: 'GET',
    path: '/openapi.json',
    reply: wire.OpenApiSchema,
    role: 'anyone',
    help: 'This interface as OpenAPI 3.1.',
  }),
} as const satisfies Record<string, Endpoint>

export type Endpoints = typeof ENDPOINTS
export type Operation = keyof Endpoints

type In<S> = S extends z.ZodType ? z.input<S> : undefined
type Out<S> = S extends z.ZodType ? z.output<S> : null

/** What a caller gives: only the parts that the row has. */
export type Call<K extends Operation> = Part<'params', In<Endpoints[K]['params']>> &
  Part<'query', In<Endpoints[K]['query']>> &
  Part<'body', In<Endpoints[K]['body']>>
type Part<N extends string, T> = [T] extends [undefined]
  ? unknown
  : object extends T
    ? { readonly [P in N]?: T }
    : { readonly [P in N]: T }

/** What a handler gets: every part of the row, checked. */
export interface Parsed<K extends Operation> {
  readonly params: Out<Endpoints[K]['params']>
  readonly query: Out<Endpoints[K]['query']>
  readonly body: Out<Endpoints[K]['body']>
}

export type Reply<K extends Operation> = Out<Endpoints[K]['reply']>

export const API_BASE = '/api/v1'
