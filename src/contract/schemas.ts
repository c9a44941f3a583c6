import { z } from 'zod'
import { ROLES } from '../domain/actor.ts'
import { ENGINE_NAMES, TRIGGER_KINDS } from '../domain/definition.ts'
import { PHASES, STAGE_STATUSES, STATUSES } from '../domain/status.ts'

/** The shapes on the wire. Times are RFC 3339 in UTC with milliseconds; absent is null, never a missing key. */

export const Time = z.string().meta({ format: 'date-time', examples: ['2026-09-01T08:30:00.000Z'] })

const StatusSchema = z.enum(STATUSES).meta({ id: 'Status', description: 'Where an execution stands.' })

const FindingSchema = z
  .object({
    path: z.string().meta({
      description: 'What it speaks of: `deploy[1].environment`, `query.limit`; empty for the whole.',
    }),
    line: z.int().nullable(),
    column: z.int().nullable(),
    message: z.string(),
  })
  .meta({ id: 'Finding', description: 'One thing that is wrong, where it stands and what would mend it.' })

/** RFC 9457, with the number of the request and every finding. */
export const ProblemSchema = z
  .object({
    type: z.string().meta({ examples: ['urn:periplus:problem:conflict'] }),
    title: z.string(),
    status: z.int().min(400).max(599),
    detail: z.string(),
    instance: z.string().meta({ description: 'The request, by the number that stands in the server’s log.' }),
    findings: z.array(FindingSchema),
  })
  .meta({ id: 'Problem', description: 'Why a request was not done (RFC 9457).' })

export const ExecutionSchema = z
  .object({
    id: z.string().meta({ description: 'Display id.', examples: ['storefront-12'] }),
    uid: z
      .string()
      .meta({ description: 'ULID: the key that never changes.', examples: ['01K4G6H0M2Q8J7V3T5R9X1Y2Z3'] }),
    workflow: z.string(),
    number: z.int(),
    version: z.int(),
    status: StatusSchema,
    reason: z
      .string()
      .nullable()
      .meta({ description: 'Why it ended as it did, or why its termination failed.' }),
    waitingFor: z.string().nullable().meta({ description: 'Why nothing moves just now.' }),
    trigger: z.enum(TRIGGER_KINDS),
    triggeredBy: z.string(),
    triggeredAt: Time,
    branch: z.string().nullable(),
    tag: z.string().nullable(),
    sha: z.string().nullable(),
    title: z.string().nullable().meta({ description: 'First line of the commit’s message.' }),
    author: z.string().nullable(),
    engine: z.enum(ENGINE_NAMES),
    strip: z.string().length(PHASES.length).meta({ description: 'One character a phase, in their order.' }),
    startedAt: Time.nullable(),
    finishedAt: Time.nullable(),
    rerunOf: z
      .string()
      .nullable()
      .meta({ description: 'Display id of the execution that this one runs again.' }),
    redeploys: z.string().nullable().meta({
      description: 'The one environment that it deploys to again; null where it is no redeploy.',
    }),
  })
  .meta({ id: 'Execution', description: 'One run of one version of a workflow.' })

export const StageSchema = z
  .object({
    ordinal: z.int(),
    id: z.string().meta({ examples: ['pre-build.unit-tests'] }),
    phase: z.enum(PHASES),
    segment: z.int().nullable(),
    environment: z.string().nullable(),
    status: z.enum(STAGE_STATUSES),
    reason: z.string().nullable(),
    exitCode: z.int().nullable(),
    attempt: z.int(),
    startedAt: Time.nullable(),
    finishedAt: Time.nullable(),
    lines: z.int().meta({ description: 'Lines of its log so far.' }),
    takenFrom: z.string().nullable().meta({
      description: 'Display id of the execution that ran it, and has its log, where a re-run took it over.',
    }),
  })
  .meta({ id: 'Stage', description: 'One unit of work with its own log.' })

const DecisionSchema = z
  .object({
    person: z.string(),
    verdict: z.enum(['approved', 'rejected', 'triggered']),
    comment: z.string().nullable(),
    at: Time,
  })
  .meta({ id: 'Decision' })

export const GateSchema = z
  .object({
    environment: z.string(),
    segment: z.int(),
    kind: z.enum(['approval', 'deployment']),
    state: z.enum(['open', 'passed', 'rejected', 'expired', 'terminated']),
    approvers: z.array(z.string()),
    quorum: z.int(),
    selfApproval: z.boolean(),
    askedAt: Time,
    expiresAt: Time.nullable(),
    closedAt: Time.nullable(),
    decisions: z.array(DecisionSchema),
  })
  .meta({ id: 'Gate', description: 'The point before a manual environment’s deploy.' })

export const ExecutionDetailSchema = ExecutionSchema.extend({
  stages: z.array(StageSchema),
  gates: z.array(GateSchema),
  image: z
    .object({
      reference: z.string().meta({ examples: ['registry.example/shop/storefront@sha256:…'] }),
      digest: z.string(),
    })
    .nullable()
    .meta({ description: 'What it pushed; null until then.' }),
}).meta({ id: 'ExecutionDetail', description: 'One execution with its stages and gates.' })

export const EventSchema = z
  .object({
    id: z.int(),
    execution: z.string().meta({ description: 'Display id.' }),
    at: Time,
    type: z.string().meta({ examples: ['segment.started'] }),
    actor: z.object({ kind: z.enum(['person', 'engine', 'system']), name: z.string() }),
    from: StatusSchema.nullable(),
    to: StatusSchema.nullable(),
    stage: z.string().nullable(),
    reason: z.string().nullable(),
    detail: z.unknown(),
  })
  .meta({ id: 'Event', description: 'Something that happened to an execution.' })

export const TotalSchema = z.object({
  count: z.int(),
  exact: z.boolean().meta({ description: 'False: there are at least as many.' }),
})

export const NextLink = z
  .string()
  .nullable()
  .meta({ description: 'Address of the next (older) page; null on the last.' })
const PreviousLink = z
  .string()
  .nullable()
  .meta({ description: 'Address of the previous (newer) page; null on the first.' })

export const ExecutionPageSchema = z
  .object({ items: z.array(ExecutionSchema), total: TotalSchema, next: NextLink, previous: PreviousLink })
  .meta({ id: 'ExecutionPage', description: 'Executions, newest first.' })

export const EventPageSchema = z
  .object({ items: z.array(EventSchema), next: NextLink })
  .meta({ id: 'EventPage', description: 'Events, oldest first.' })

export const LogLineSchema = z
  .object({
    number: z.int().meta({ description: 'Permanent, from 1 in each stage.' }),
    at: Time,
    text: z.string().meta({ description: 'As it was written, colour escapes included.' }),
    kind: z
      .enum(['line', 'gap', 'mark'])
      .meta({ description: 'A gap stands for lines that are lost, a mark is ours.' }),
  })
  .meta({ id: 'LogLine' })

export const StageLogSchema = z
  .object({
    stage: z.string(),
    ordinal: z.int(),
    lines: z.array(LogLineSchema),
    total: z.int().meta({ description: 'Lines stored so far.' }),
    sealed: z.boolean().meta({ description: 'True: no line follows any more.' }),
    next: z
      .string()
      .nullable()
      .meta({ description: 'Address of the window after this one; null at the end.' }),
  })
  .meta({ id: 'StageLog', description: 'A window of one stage’s log.' })

export const ExecutionLogSchema = z
  .object({
    lines: z.array(
      LogLineSchema.extend({ stage: z.string(), ordinal: z.int() }).meta({ id: 'StageLogLine' }),
    ),
    sealed: z.boolean(),
    next: z.string().nullable(),
  })
  .meta({ id: 'ExecutionLog', description: 'A window of all stages’ logs, one stage after another.' })

const MatchSchema = LogLineSchema.extend({
  text: z.string().nullable().meta({ description: 'As it was written; null where texts=false.' }),
  spans: z.array(z.tuple([z.int(), z.int()])).meta({
    description: 'Where the matches stand in the readable text, without colours and fold markers.',
  }),
}).meta({ id: 'LogMatch' })

const matches = {
  count: z.int().meta({ description: 'Matching lines in all of the log.' }),
  since: z
    .string()
    .nullable()
    .meta({ description: 'For new: the execution that was compared with; null where there is none.' }),
  complete: z.boolean().meta({ description: 'False: some may be called new that are not.' }),
}

export const StageMatchesSchema = z
  .object({
    stage: z.string(),
    ordinal: z.int(),
    total: z.int().meta({ description: 'Lines that were looked at.' }),
    ...matches,
    first: z
      .int()
      .meta({ description: 'The how manieth match the first of `lines` is; 0 where there is none.' }),
    lines: z.array(MatchSchema),
    next: z.string().nullable().meta({ description: 'Address of the matches after these; null at the end.' }),
  })
  .meta({ id: 'StageMatches' })

export const ExecutionMatchesSchema = z
  .object({
    ...matches,
    lines: z.array(MatchSchema.extend({ stage: z.string(), ordinal: z.int() }).meta({ id: 'StageLogMatch' })),
    next: z.string().nullable(),
  })
  .meta({ id: 'ExecutionMatches' })

export const LogGroupsSchema = z
  .object({
    groups: z.array(
      z.object({
        from: z.int().meta({ description: 'The line that names it.' }),
        until: z.int().nullable().meta({ description: 'Its last line; null while it is open.' }),
        ms: z.int().meta({ description: 'From its first line to its last.' }),
      }),
    ),
  })
  .meta({ id: 'LogGroups' })

/** Data of a `lines` event of a log stream; its id is the last line's. */
export const LinesEventSchema = z
  .object({ stage: z.string(), ordinal: z.int(), lines: z.array(LogLineSchema) })
  .meta({ id: 'LinesEvent' })

/** Data of the `end` event of a log stream: the final status of the stage, or of the execution. */
export const EndEventSchema = z
  .object({ status: z.union([StatusSchema, z.enum(STAGE_STATUSES)]) })
  .meta({ id: 'EndEvent' })

/** Data of the `reload` event: more was missed than is replayed. */
export const ReloadEventSchema = z.object({}).meta({ id: 'ReloadEvent' })

/** Data of an `event` of the event stream; its id is the event's. */
export const LiveEventSchema = z
  .object({ event: EventSchema, execution: ExecutionSchema })
  .meta({ id: 'LiveEvent', description: 'What happened, and the execution as it is now.' })

const WorkflowSummarySchema = z
  .object({
    slug: z.string(),
    version: z.int(),
    executions: z.int().meta({ description: 'How many there have been.' }),
    createdAt: Time,
    updatedAt: Time,
  })
  .meta({ id: 'WorkflowSummary' })

const VersionSummarySchema = z
  .object({ number: z.int(), createdAt: Time, createdBy: z.string() })
  .meta({ id: 'VersionSummary' })

export const WorkflowSchema = z
  .object({
    slug: z.string(),
    version: z.int(),
    text: z.string().meta({ description: 'As it was written.' }),
    definition: z.record(z.string(), z.unknown()).meta({ description: 'As Periplus understands it.' }),
    createdAt: Time,
    createdBy: z.string(),
  })
  .meta({ id: 'Workflow', description: 'One version of a workflow.' })

export const VersionChangesSchema = z
  .object({
    slug: z.string(),
    from: z.int().nullable().meta({ description: 'Null: the first version is compared with nothing.' }),
    to: z.int(),
    summary: z.array(z.string()).meta({ description: 'What differs in it, in sentences.' }),
    lines: z
      .array(
        z.object({
          was: z.int().nullable().meta({ description: 'Its number before; null for a line that came.' }),
          is: z.int().nullable().meta({ description: 'Its number after; null for a line that went.' }),
          text: z.string(),
        }),
      )
      .meta({ description: 'Both texts whole, line by line.' }),
  })
  .meta({ id: 'VersionChanges', description: 'What one version of a workflow changed.' })

const EnvironmentSummarySchema = z
  .object({ slug: z.string(), active: z.boolean(), updatedAt: Time, updatedBy: z.string() })
  .meta({ id: 'EnvironmentSummary' })

export const EnvironmentSchema = EnvironmentSummarySchema.extend({
  text: z.string(),
  definition: z.record(z.string(), z.unknown()),
}).meta({ id: 'Environment', description: 'A deploy target with its rules.' })

export const ValidationSchema = z
  .object({
    valid: z.boolean(),
    documents: z.array(z.object({ kind: z.enum(['workflow', 'environment']), name: z.string() })),
    findings: z.array(FindingSchema),
  })
  .meta({ id: 'Validation' })

const PlannedGateSchema = GateSchema.pick({ kind: true, environment: true, approvers: true, quorum: true })
  .extend({ expiresMs: z.int().nullable() })
  .meta({ id: 'PlannedGate', description: 'A gate as it would stand, and who could open it.' })

export const PlanningSchema = z
  .object({
    workflow: z.string(),
    version: z.int().nullable().meta({ description: 'Null for a text that is not saved.' }),
    branch: z.string().nullable(),
    tag: z.string().nullable(),
    sha: z.string().nullable().meta({ description: 'Only where it was named: no repository is asked.' }),
    event: z.enum(TRIGGER_KINDS),
    phases: z.array(
      z.object({
        phase: z.enum(PHASES),
        stages: z
          .array(
            z.object({
              id: z.string(),
              segment: z.int().nullable(),
              skipped: z.string().nullable().meta({ description: 'Why it would be left out.' }),
            }),
          )
          .meta({ description: 'Empty where nothing is configured.' }),
      }),
    ),
    segments: z.array(
      z.object({
        number: z.int(),
        engine: z.enum(ENGINE_NAMES),
        environment: z.string().nullable(),
        gate: PlannedGateSchema.nullable().meta({ description: 'What opens before it is submitted.' }),
        stages: z.array(z.string()),
      }),
    ),
  })
  .meta({ id: 'Planning', description: 'What an execution would do, without beginning one.' })

const RenderedSegmentSchema = z
  .object({
    number: z.int(),
    engine: z.enum(ENGINE_NAMES),
    environment: z.string().nullable(),
    gate: PlannedGateSchema.nullable().meta({ description: 'What opens before it is submitted.' }),
    stages: z.array(z.string()),
    objects: z
      .array(z.record(z.string(), z.unknown()))
      .meta({ description: 'What is created in the cluster; nothing where it runs on `local`.' }),
  })
  .meta({ id: 'RenderedSegment' })

export const RenderingSchema = z
  .object({
    workflow: z.string(),
    version: z.int().nullable().meta({ description: 'Null for a text that is not saved.' }),
    branch: z.string().nullable(),
    tag: z.string().nullable(),
    sha: z.string(),
    segments: z.array(RenderedSegmentSchema),
    skipped: z.array(z.object({ stage: z.string(), reason: z.string() })),
  })
  .meta({ id: 'Rendering', description: 'What an execution would submit, secrets left out.' })

export const AppliedSchema = z
  .object({
    items: z.array(
      z.object({
        kind: z.enum(['workflow', 'environment']),
        name: z.string(),
        outcome: z.enum(['created', 'changed', 'unchanged']),
        version: z.int().nullable().meta({ description: 'Of a workflow; null for an environment.' }),
      }),
    ),
  })
  .meta({ id: 'Applied' })

export const UsedBy = z
  .array(z.object({ kind: z.enum(['workflow', 'environment']), name: z.string() }))
  .meta({ description: 'Whose newest definition names it.' })

const SecretSchema = z
  .object({ name: z.string(), updatedAt: Time, updatedBy: z.string(), usedBy: UsedBy })
  .meta({ id: 'Secret', description: 'A secret’s name; its value is never given out.' })

const TokenSchema = z
  .object({
    id: z.int(),
    name: z.string(),
    user: z.string(),
    role: z.enum(ROLES).nullable().meta({ description: 'The most it may do; null is as much as its owner.' }),
    createdAt: Time,
    expiresAt: Time.nullable(),
    usedAt: Time.nullable(),
  })
  .meta({ id: 'Token' })

export const NewTokenSchema = TokenSchema.extend({
  token: z.string().meta({ description: 'Shown this once.', examples: ['ppl_…'] }),
}).meta({ id: 'NewToken' })

export const SignInLinkSchema = z
  .object({
    path: z
      .string()
      .meta({ description: 'To be put behind the server’s address.', examples: ['/sign-in/…'] }),
    user: z.string().nullable().meta({ description: 'Null: it makes the first admin.' }),
    expiresAt: Time,
  })
  .meta({ id: 'SignInLink', description: 'Works once.' })

export const MeSchema = z
  .object({ name: z.string(), role: z.enum(ROLES), local: z.boolean() })
  .meta({ id: 'Me', description: 'Who is asking; local: over the unix socket, as local-admin.' })

const SpreadSchema = z
  .object({ count: z.int(), p50Ms: z.int(), p95Ms: z.int() })
  .meta({ id: 'Spread', description: 'How lengths of time are spread; off by an eighth at worst.' })

const CountsSchema = z
  .record(StatusSchema, z.int())
  .meta({ description: 'Executions triggered then, by present status.' })

const Rate = z.number().min(0).max(1).nullable()

const DeliverySchema = z
  .object({
    environment: z.string(),
    deployments: z.int(),
    perDay: z.number().meta({ description: 'Deployment frequency.' }),
    lead: SpreadSchema.nullable().meta({ description: 'From the trigger to the end of the deployment.' }),
    failed: z.int().meta({ description: 'Deployments that began and ended as Failed or Error.' }),
    failureRate: Rate.meta({ description: 'failed ÷ (deployments + failed).' }),
    restoration: SpreadSchema.nullable().meta({
      description: 'From the first deployment that failed to the next that succeeded.',
    }),
  })
  .meta({ id: 'Delivery', description: 'DORA’s four, of one environment.' })

export const AnalyticsSchema = z
  .object({
    timezone: z.string().meta({ description: 'Days and months begin and end in it.' }),
    period: z.enum(['day', 'month']),
    from: z.string().meta({ description: 'The first day.', examples: ['2026-08-03'] }),
    to: z.string().meta({ description: 'The last day, itself included.' }),
    workflow: z.string().nullable().meta({ description: 'Null: all together.' }),
    total: z.int(),
    counts: CountsSchema,
    successRate: Rate.meta({ description: 'Succeeded ÷ (Succeeded + Failed + Error).' }),
    successRateBefore: Rate.meta({ description: 'In as many periods before these.' }),
    duration: SpreadSchema.nullable().meta({
      description: 'How long executions that succeeded ran, without queue and gates.',
    }),
    queue: SpreadSchema.nullable().meta({ description: 'How long segments waited for their turn.' }),
    gate: SpreadSchema.nullable().meta({ description: 'How long people took to decide at gates.' }),
    delivery: DeliverySchema.nullable(),
    points: z.array(
      z.object({
        period: z.string().meta({ description: '`2026-09-01` or `2026-09`.' }),
        total: z.int(),
        counts: CountsSchema,
        duration: SpreadSchema.nullable(),
      }),
    ),
    stages: z
      .object({
        executions: z.int().meta({ description: 'How many were looked at, evenly spread over the range.' }),
        of: z.int(),
        items: z.array(
          z.object({
            stage: z.string(),
            now: SpreadSchema,
            before: SpreadSchema.nullable(),
            failed: z.int(),
          }),
        ),
      })
      .meta({ description: 'How long stages took where they succeeded; the slowest first.' }),
    failing: z
      .array(z.object({ workflow: z.string(), stage: z.string(), failed: z.int(), flaky: z.int() }))
      .meta({ description: 'Flaky: it failed, and passed on the same commit after all.' }),
  })
  .meta({ id: 'Analytics', description: 'Everything counts on its execution’s trigger day.' })

const pair = <T extends z.ZodType>(value: T) => ({ before: value.nullable(), after: value.nullable() })
const Pace = z.enum(['slower', 'faster', 'alike']).nullable().meta({
  description: 'By a tenth and half a second at least; null where one of them did not run it to its end.',
})

const ComparedStageSchema = z
  .object({
    status: z.enum(STAGE_STATUSES),
    ms: z.int().nullable(),
    takenFrom: z.string().nullable(),
  })
  .meta({ id: 'ComparedStage' })

const DeployedSchema = z
  .object({ at: Time, by: z.string().meta({ description: 'Who let it through, or began it.' }) })
  .meta({ id: 'Deployed' })

export const ComparisonSchema = z
  .object({
    before: ExecutionSchema.meta({ description: 'The other execution.' }),
    after: ExecutionSchema.meta({ description: 'The one that was asked for.' }),
    pace: Pace,
    definition: z
      .array(z.object({ was: z.int().nullable(), is: z.int().nullable(), text: z.string() }))
      .meta({
        description: 'Lines of both versions, with their numbers in each; empty where it is one version.',
      }),
    commits: z
      .array(
        z.object({
          sha: z.string(),
          title: z.string().nullable(),
          author: z.string().nullable(),
          execution: z.string(),
        }),
      )
      .meta({ description: 'Commits that were run between them, the newest first.' }),
    stages: z.array(
      z.object({ id: z.string(), phase: z.enum(PHASES), pace: Pace, ...pair(ComparedStageSchema) }),
    ),
    outputs: z.array(z.object({ name: z.string(), ...pair(z.string()) })),
    environments: z.array(z.object({ name: z.string(), ...pair(DeployedSchema) })),
  })
  .meta({ id: 'Comparison', description: 'What differs between two executions of a workflow.' })

export const list = <T extends z.ZodType>(item: T, id: string) =>
  z.object({ items: z.array(item) }).meta({ id })

export const WorkflowListSchema = list(WorkflowSummarySchema, 'WorkflowList')
export const VersionListSchema = list(VersionSummarySchema, 'VersionList')
export const EnvironmentListSchema = list(EnvironmentSummarySchema, 'EnvironmentList')
export const SecretListSchema = list(SecretSchema, 'SecretList')
export const ViewSchema = z
  .object({
    name: z.string(),
    shared: z.boolean().meta({ description: 'Everybody’s; else yours alone.' }),
    query: z.string().meta({ description: 'Filters as an address has them.', examples: ['status=failed'] }),
    savedAt: Time,
    savedBy: z.string(),
  })
  .meta({ id: 'View', description: 'A name for filters of the history.' })
export const ViewListSchema = list(ViewSchema, 'ViewList')
export const TokenListSchema = list(TokenSchema, 'TokenList')
export const OpenApiSchema = z.looseObject({ openapi: z.string() })

export type AnalyticsWire = z.infer<typeof AnalyticsSchema>
export type ExecutionWire = z.infer<typeof ExecutionSchema>
export type ExecutionDetailWire = z.infer<typeof ExecutionDetailSchema>
export type StageWire = z.infer<typeof StageSchema>
export type GateWire = z.infer<typeof GateSchema>
export type RenderingWire = z.infer<typeof RenderingSchema>
export type EventWire = z.infer<typeof EventSchema>
export type ComparisonWire = z.infer<typeof ComparisonSchema>
export type LogLineWire = z.infer<typeof LogLineSchema>
export type LinesEventWire = z.infer<typeof LinesEventSchema>
export type LiveEventWire = z.infer<typeof LiveEventSchema>
export type ProblemWire = z.infer<typeof ProblemSchema>
