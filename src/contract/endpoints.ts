import { ADMINISTRATION } from './administrationEndpoints.ts'
import { type Endpoint, type In, type Out, type Part, row } from './endpoint.ts'
import * as input from './inputs.ts'
import * as wire from './schemas.ts'
import { SEARCH_EVENTS, SearchPageSchema, SearchQuery } from './search.ts'

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
  exportExecutions: row({
    method: 'GET',
    path: '/executions/export',
    query: input.ExecutionsExportQuery,
    reply: wire.ExecutionSchema,
    role: 'viewer',
    media: 'table',
    help: 'What a filter leaves, newest first, the newest 100,000 at most: as CSV or as one JSON object a line.',
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

  search: row({
    method: 'GET',
    path: '/search',
    query: SearchQuery,
    reply: SearchPageSchema,
    role: 'viewer',
    media: 'search',
    events: SEARCH_EVENTS,
    help: 'Lines of all logs that hold a text or match an expression, the newest execution first, and executions that the text names.',
  }),
  listViews: row({
    method: 'GET',
    path: '/views',
    reply: wire.ViewListSchema,
    role: 'viewer',
    help: 'Saved views of the history: yours, then everybody’s.',
  }),
  saveView: row({
    method: 'PUT',
    path: '/views/{name}',
    params: input.ViewParams,
    body: input.ViewBody,
    reply: wire.ViewSchema,
    role: 'viewer',
    help: 'Gives filters of the history a name, for you or, as an admin, for everybody.',
  }),
  removeView: row({
    method: 'DELETE',
    path: '/views/{name}',
    params: input.ViewParams,
    query: input.ViewRemovalQuery,
    status: 204,
    role: 'viewer',
    help: 'Removes a view of yours or, as an admin, one of everybody’s.',
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
  renderWorkflow: row({
    method: 'POST',
    path: '/rendering',
    body: input.RenderingBody,
    reply: wire.RenderingSchema,
    role: 'editor',
    help: 'What an execution would submit to its cluster, without submitting it.',
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

  ...ADMINISTRATION,

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
    help: 'Executions a day or a month by status, how long they took, how often and how well they deploy, and which stages fail.',
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

/** What a caller gives: only the parts that the row has. */
export type Call<K extends Operation> = Part<'params', In<Endpoints[K]['params']>> &
  Part<'query', In<Endpoints[K]['query']>> &
  Part<'body', In<Endpoints[K]['body']>>

/** What a handler gets: every part of the row, checked. */
export interface Parsed<K extends Operation> {
  readonly params: Out<Endpoints[K]['params']>
  readonly query: Out<Endpoints[K]['query']>
  readonly body: Out<Endpoints[K]['body']>
}

export type Reply<K extends Operation> = Out<Endpoints[K]['reply']>
