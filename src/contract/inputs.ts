import { z } from 'zod'
import { ROLES } from '../domain/actor.ts'
import { AUDIT_ACTIONS } from '../domain/audit.ts'
import {
  CREDENTIAL_KINDS,
  knownHostsProblem,
  privateKeyProblem,
  registryAddressProblem,
} from '../domain/credential.ts'
import { TRIGGER_KINDS } from '../domain/definition.ts'
import { SECRET_NAME } from '../domain/fields.ts'
import { LAST_DAYS } from '../domain/filter.ts'
import { STATUSES } from '../domain/status.ts'
import { DAY_RANGES, MONTHS_MAX } from '../domain/trend.ts'

/** What requests may carry. Each bound stands here, so that validation, OpenAPI and the client agree. */

/** A page of a list; more would make one answer slow for everybody. */
export const PAGE_LIMIT_MAX = 200
const PAGE_LIMIT = 50
/** A window of a log; few of its lines are near their own bound of 64 KiB. */
export const LOG_LIMIT_MAX = 5_000
/** Of an Idempotency-Key: a UUID has 36. */
export const KEY_CHARS_MAX = 200
/** A definition is read by people; the whole request is bounded at 1 MiB besides. */
const TEXT_MAX = 512 * 1024
const NAME_MAX = 100
const COMMENT_MAX = 2_000
/** As long as a PEM bundle may be. */
const SECRET_MAX = 64 * 1024
const QUERY_TEXT_MAX = 200

/** A whole number as it stands in an address. Anything else is left as it is, so that the error can show it. */
export const whole = (min: number, max: number) =>
  z.preprocess(
    (value) => (typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : value),
    z.int().min(min).max(max),
  )

/** `true` or `false` as it stands in an address; a bare `?follow` means true. */
const flag = z.preprocess(
  (value) =>
    value === 'true' || value === '1' || value === ''
      ? true
      : value === 'false' || value === '0'
        ? false
        : value,
  z.boolean(),
)

/** `Deployment Pending`, `deployment_pending` and `DEPLOYMENT-PENDING` all mean `deployment-pending`. */
function canonical(value: unknown): unknown {
  return typeof value === 'string'
    ? value
        .trim()
        .toLowerCase()
        .replaceAll(/[\s_]+/g, '-')
    : value
}

/** `?status=failed&status=error` and `?status=failed,error` mean the same. */
const oneOrMore = <T extends readonly [string, ...string[]]>(values: T) =>
  z.preprocess(
    (value) =>
      (Array.isArray(value) ? value : [value])
        .flatMap((part) => (typeof part === 'string' ? part.split(',') : [part]))
        .map(canonical),
    z.array(z.enum(values)).min(1).max(values.length),
  )

export const text = z.string().min(1).max(QUERY_TEXT_MAX)
const day = z.iso.date()
export const cursor = z.string().min(1).max(100)

export const IdParams = z.strictObject({
  id: z.string().meta({ description: 'Display id or uid of an execution.', examples: ['storefront-12'] }),
})
export const StageParams = IdParams.extend({
  stage: z.string().meta({ description: 'Id of a stage.', examples: ['build'] }),
})
export const SlugParams = z.strictObject({ slug: z.string().meta({ examples: ['storefront'] }) })
export const VersionParams = SlugParams.extend({ number: z.string().meta({ examples: ['3'] }) })
export const NameParams = z.strictObject({
  name: z
    .string()
    .max(NAME_MAX)
    .regex(
      SECRET_NAME,
      'the name of a secret or credential has letters, digits, dots, dashes and underscores, as in npm-token',
    )
    .meta({ examples: ['npm-token'] }),
})
export const TokenParams = z.strictObject({ id: z.string().meta({ examples: ['7'] }) })

const executionFilter = {
  status: oneOrMore(STATUSES)
    .optional()
    .meta({ description: 'Any of these; case, spaces and underscores do not matter.' }),
  workflow: text.optional().meta({ description: 'Slug of a workflow.' }),
  branch: text.optional(),
  trigger: z.preprocess(canonical, z.enum(TRIGGER_KINDS)).optional(),
  by: text.optional().meta({ description: 'Who triggered it.' }),
  environment: text.optional().meta({ description: 'Slug of an environment it deploys to.' }),
  range: z
    .preprocess(canonical, z.enum(LAST_DAYS))
    .optional()
    .meta({ description: 'The last days, today included; instead of `from` and `to`.' }),
  from: day
    .optional()
    .meta({ description: 'First day, in the instance’s time zone.', examples: ['2026-09-01'] }),
  to: day.optional().meta({ description: 'Last day, itself included.' }),
  q: text.optional().meta({ description: 'An id, the beginning of a commit, or words of its title.' }),
}

export const ExecutionsQuery = z.strictObject({
  ...executionFilter,
  total: z
    .enum(['known', 'exact'])
    .default('known')
    .meta({ description: '`exact` counts on where the total would stop at 1,000.' }),
  before: cursor.optional().meta({ description: 'The page of older ones; from `next`.' }),
  after: cursor.optional().meta({ description: 'The page of newer ones; from `previous`.' }),
  limit: whole(1, PAGE_LIMIT_MAX).default(PAGE_LIMIT),
})

/** What a saved view may narrow the history by. */
export const ViewFilter = z.strictObject(executionFilter)

export const ViewParams = z.strictObject({
  name: z
    .string()
    .trim()
    .regex(/^[^\p{Cc}]{1,60}$/u, 'a view’s name has 1 to 60 characters, as in Failed on main')
    .meta({ examples: ['Failed on main'] }),
})

export const ViewBody = z
  .strictObject({
    query: z
      .string()
      .min(1)
      .max(2_000)
      .meta({ description: 'Filters as an address has them.', examples: ['status=failed&branch=main'] }),
    shared: z.boolean().default(false).meta({ description: 'For everybody; only admins may.' }),
  })
  .meta({ id: 'ViewWish' })

export const ViewRemovalQuery = z.strictObject({
  shared: flag.default(false).meta({ description: 'Everybody’s view of that name, not yours.' }),
})

export const ExecutionsExportQuery = z.strictObject({
  ...executionFilter,
  format: z.enum(['csv', 'ndjson']).default('ndjson'),
})

/** A commit by one of its names. */
const refs = {
  branch: z.string().min(1).max(255).optional(),
  tag: z.string().min(1).max(255).optional(),
  sha: z
    .string()
    .regex(/^([0-9a-f]{40}|[0-9a-f]{64})$/, 'must be a full commit id: 40 or 64 hexadecimal digits')
    .optional(),
}

export const TriggerBody = z
  .strictObject({
    workflow: z.string().min(1).max(NAME_MAX),
    version: z.int().min(1).optional().meta({ description: 'Default: the newest.' }),
    ...refs,
  })
  .meta({
    id: 'Trigger',
    description: 'At most one of branch, tag and sha; default: what the workflow names.',
  })

export const RenderingBody = z
  .strictObject({
    workflow: z
      .string()
      .min(1)
      .max(NAME_MAX)
      .optional()
      .meta({ description: 'Its slug; may be left out where `text` holds a single workflow.' }),
    text: z
      .string()
      .max(TEXT_MAX)
      .optional()
      .meta({ description: 'Definitions as YAML or JSON, to be taken before those that are saved.' }),
    version: z.int().min(1).optional().meta({ description: 'Of the saved workflow. Default: the newest.' }),
    ...refs,
  })
  .meta({
    id: 'RenderingWish',
    description: 'At most one of branch, tag and sha; default: what the workflow names.',
  })
export const RerunBody = z
  .strictObject({
    from: z.enum(['start', 'failed']).default('start').meta({
      description:
        'failed: begins with the segment it stopped at; what came before is taken over, outputs and kept files included.',
    }),
  })
  .meta({ id: 'Rerun' })

export const PlanningBody = RenderingBody.extend({
  event: z
    .enum(TRIGGER_KINDS)
    .default('manual')
    .meta({ description: 'What would begin it; conditions of scripts may ask for it.' }),
}).meta({
  id: 'PlanningWish',
  description: 'At most one of branch, tag and sha; default: what the workflow names.',
})

export const ChangesQuery = z.strictObject({
  from: whole(1, 1_000_000_000)
    .optional()
    .meta({ description: 'The version it is compared with. Default: the one before it.' }),
})

export const TerminationBody = z
  .strictObject({ reason: z.string().max(COMMENT_MAX).nullable().default(null) })
  .meta({ id: 'Termination' })

const confirm = z.boolean().default(false).meta({
  description: 'Whether it shall be deployed although something newer is; without it that is refused.',
})

export const RedeploymentBody = z
  .strictObject({
    environment: z.string().min(1).max(NAME_MAX).meta({ description: 'Where it was deployed before.' }),
    confirm,
  })
  .meta({ id: 'Redeployment' })

export const DecisionBody = z
  .strictObject({
    environment: z
      .string()
      .min(1)
      .max(NAME_MAX)
      .meta({ description: 'Whose gate: a stale click cannot open the next one.' }),
    comment: z.string().max(COMMENT_MAX).nullable().default(null),
    confirm,
  })
  .meta({ id: 'GateDecision' })

export const RejectionBody = z
  .strictObject({
    environment: z.string().min(1).max(NAME_MAX),
    comment: z.string().trim().min(1, 'say why, in a sentence').max(COMMENT_MAX),
  })
  .meta({ id: 'Rejection' })

export const EventsQuery = z.strictObject({
  after: whole(0, Number.MAX_SAFE_INTEGER).default(0).meta({ description: 'Events with a greater id.' }),
  limit: whole(1, 1_000).default(200),
})

export const LiveQuery = z.strictObject({
  execution: text.optional().meta({ description: 'Only of this execution.' }),
  workflow: text.optional().meta({ description: 'Only of this workflow.' }),
})

const logView = {
  limit: whole(1, LOG_LIMIT_MAX)
    .optional()
    .meta({ description: 'Default: 1,000 lines as JSON, all lines as text.' }),
  follow: flag.default(false).meta({ description: 'Stay, and send lines as they are written.' }),
  timestamps: flag.default(false).meta({ description: 'Plain text only: each line begins with its time.' }),
  download: flag.default(false).meta({ description: 'All lines as one text file.' }),
}

const place = z.string().regex(/^\d{1,6}:\d{1,10}$/, 'must be `<ordinal>:<line>`, as in `3:120`')

export const StageLogQuery = z.strictObject({
  from: whole(-1_000_000_000, 1_000_000_000)
    .default(1)
    .meta({ description: 'First line; −100 means the last hundred.' }),
  ...logView,
})

export const ExecutionLogQuery = z.strictObject({
  from: place.default('0:1').meta({ description: 'Stage by its ordinal, and a line of it.' }),
  ...logView,
})

/** Matches of one answer; going on is cheap, for they are remembered. */
const MATCHES_MAX = 1_000

const matchView = {
  q: text.optional().meta({
    description:
      'What is looked for; needed for text and regex. Capital and small letters are the same, unless it has a capital letter.',
  }),
  as: z.enum(['text', 'regex', 'errors', 'new']).default('text').meta({
    description:
      'regex takes time in proportion to the log whatever the expression, so it knows no lookarounds and no references back. new compares with the last success of the branch, or else of the workflow.',
  }),
  limit: whole(1, MATCHES_MAX).default(100),
}

export const StageMatchesQuery = z.strictObject({
  ...matchView,
  from: whole(1, 1_000_000_000).default(1).meta({ description: 'The first ones from this line on.' }),
  before: whole(1, 1_000_000_001)
    .optional()
    .meta({ description: 'Instead: the last ones before this line.' }),
  texts: flag.default(true).meta({ description: 'false leaves the texts out; numbers and spans remain.' }),
})

export const ExecutionMatchesQuery = z.strictObject({
  ...matchView,
  from: place.default('0:1').meta({ description: 'Stage by its ordinal, and a line of it.' }),
})

export const ComparisonQuery = z.strictObject({
  with: text.optional().meta({ description: 'Display id or uid of the other execution.' }),
})

export const TextBody = z
  .strictObject({ text: z.string().min(1).max(TEXT_MAX).meta({ description: 'YAML or JSON.' }) })
  .meta({ id: 'DefinitionText' })

export const SecretBody = z
  .strictObject({ value: z.string().min(1).max(SECRET_MAX) })
  .meta({ id: 'SecretValue' })

/** One line of printable characters: git's helpers are told of it in lines. */
const oneLine = (what: string) =>
  z
    .string()
    .min(1)
    .max(SECRET_MAX)
    .regex(/^[^\p{Cc}]*$/u, `${what} is one line; it holds a line break or another control character`)

const oneLineOrNone = (what: string) => z.union([z.literal(''), oneLine(what)]).default('')

/** A sentence of the domain as a rule. */
const sound = (problem: (text: string) => string | null) =>
  z
    .string()
    .min(1)
    .max(SECRET_MAX)
    .superRefine((text, context) => {
      const message = problem(text)
      if (message !== null) context.addIssue({ code: 'custom', message })
    })

export const CredentialBody = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('https'),
      username: oneLine('the user name').meta({ description: 'Where a token needs none, any word does.' }),
      password: oneLine('the password').meta({ description: 'Or a token.' }),
    }),
    z.strictObject({
      kind: z.literal('ssh'),
      privateKey: sound(privateKeyProblem).meta({
        description: 'In PEM or OpenSSH’s form, without a passphrase.',
      }),
      knownHosts: sound(knownHostsProblem).meta({ description: 'Lines as ssh-keyscan prints them.' }),
    }),
    z
      .strictObject({
        kind: z.literal('registry'),
        address: sound(registryAddressProblem).meta({ examples: ['registry.example:5000'] }),
        username: oneLineOrNone('the user name').meta({
          description: 'Empty, as the password is then, where the registry is open to everybody.',
        }),
        password: oneLineOrNone('the password').meta({ description: 'Or a token.' }),
        plainHttp: z.boolean().default(false).meta({ description: 'Speaks HTTP without TLS.' }),
      })
      .superRefine(({ username, password }, context) => {
        const whole = (username === '') === (password === '')
        if (whole && !username.includes(':')) return
        const message = whole
          ? 'the user name of a registry has no colon'
          : 'a registry has a user name and a password, or neither'
        context.addIssue({ code: 'custom', path: ['username'], message })
      }),
  ])
  .meta({ id: 'CredentialValue', description: `One of: ${CREDENTIAL_KINDS.join(', ')}.` })

export const TrialBody = z
  .strictObject({ url: z.string().min(1).max(2_048).meta({ description: 'Address of a repository.' }) })
  .meta({ id: 'CredentialTrial' })

export const TokenBody = z
  .strictObject({
    name: z.string().trim().min(1).max(NAME_MAX),
    role: z.enum(ROLES).nullable().default(null).meta({
      description: 'The most it may do; null is as much as its owner. A lesser one decides at no approval.',
    }),
    user: z
      .string()
      .min(1)
      .max(NAME_MAX)
      .optional()
      .meta({ description: 'Whose; admins may name another. Default: yours.' }),
    expiresInDays: z.int().min(1).max(3_650).nullable().default(null),
  })
  .meta({ id: 'TokenRequest' })

export const UserBody = z
  .strictObject({
    name: z
      .string()
      .regex(
        /^[a-z0-9][a-z0-9._-]{0,39}$/,
        'must be 1 to 40 of a–z, 0–9, dot, dash and underscore, and begin with a letter or digit',
      ),
    role: z.enum(ROLES),
  })
  .meta({ id: 'UserRequest' })

export const UserParams = z.strictObject({ name: z.string().meta({ examples: ['alice'] }) })

export const RoleBody = z.strictObject({ role: z.enum(ROLES) }).meta({ id: 'RoleChange' })

export const PasswordBody = z
  .strictObject({
    current: z
      .string()
      .nullable()
      .default(null)
      .meta({ description: 'The present one; null where there is none yet.' }),
    password: z.string().min(1),
  })
  .meta({ id: 'PasswordChange' })

export const SessionParams = z.strictObject({ id: z.string().meta({ examples: ['3f786850e387550f'] }) })

const auditFilter = {
  actor: text.optional().meta({ description: 'Who: a user, local-admin, or a part of Periplus.' }),
  action: z.enum(AUDIT_ACTIONS).optional(),
  object: text.optional().meta({ description: 'What it was done to.', examples: ['secret:npm-token'] }),
  outcome: z.enum(['done', 'refused']).optional(),
  from: day.optional().meta({ description: 'First day, in the instance’s time zone.' }),
  to: day.optional().meta({ description: 'Last day, itself included.' }),
}

export const AuditQuery = z.strictObject({
  ...auditFilter,
  before: whole(1, Number.MAX_SAFE_INTEGER)
    .optional()
    .meta({ description: 'The page of older ones; from `next`.' }),
  limit: whole(1, PAGE_LIMIT_MAX).default(PAGE_LIMIT),
})

export const AuditExportQuery = z.strictObject({
  ...auditFilter,
  format: z.enum(['csv', 'ndjson']).default('ndjson'),
})

export const DeploymentsQuery = z.strictObject({
  before: whole(1, Number.MAX_SAFE_INTEGER)
    .optional()
    .meta({ description: 'The page of older ones; from `next`.' }),
  limit: whole(1, PAGE_LIMIT_MAX).default(PAGE_LIMIT),
  current: flag.default(false).meta({
    description: 'Only what stands there now, of each workflow: all of it, without pages.',
  }),
})

export const SignInLinkBody = z
  .strictObject({
    user: z
      .string()
      .min(1)
      .max(NAME_MAX)
      .optional()
      .meta({ description: 'Default: the only admin, or the setup link where nobody is there yet.' }),
  })
  .meta({ id: 'SignInLinkRequest' })

export const AnalyticsQuery = z.strictObject({
  workflow: text.optional().meta({ description: 'Default: all together.' }),
  days: z
    .preprocess((value) => (typeof value === 'string' ? Number(value) : value), z.literal([...DAY_RANGES]))
    .optional(),
  months: whole(1, MONTHS_MAX).optional().meta({ description: 'Months instead of days.' }),
  environment: text
    .optional()
    .meta({ description: 'Whose deployments; default: the one that is deployed to last.' }),
})
