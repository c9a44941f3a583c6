import { z } from 'zod'
import { SEVERITIES, TEST_OUTCOMES } from '../domain/finding.ts'
import { FINDING_SETS, REPORT_FORMATS, STANDINGS } from '../domain/report.ts'
import { IdParams, SlugParams } from './inputs.ts'
import { NextLink, Time } from './schemas.ts'

/** What stages report, on the wire. */

const FINDINGS_DEFAULT = 50
const FINDINGS_MAX = 500

export const ReportParams = IdParams.extend({
  name: z
    .string()
    .max(200)
    .meta({ examples: ['post-build.trivy'] }),
})
export const IgnoreParams = SlugParams.extend({
  fingerprint: z
    .string()
    .max(100)
    .meta({ examples: ['3f0e1d2c4b5a69788796a5b4c3d2e1f0'] }),
})

const list = <T extends readonly [string, ...string[]]>(values: T) =>
  z
    .union([z.enum(values), z.array(z.enum(values))])
    .optional()
    .transform((given) => (given === undefined ? [] : [given].flat()))

const page = {
  q: z.string().trim().max(200).optional().meta({ description: 'A text that stands in it.' }),
  cursor: z
    .string()
    .regex(/^\d{1,2}-\d{1,9}$/, 'a cursor is what an earlier page answered as next')
    .optional(),
  limit: z.coerce.number().int().min(1).max(FINDINGS_MAX).default(FINDINGS_DEFAULT),
}

export const FindingsQuery = z.strictObject({
  show: z.enum(FINDING_SETS).default('all'),
  severity: list(SEVERITIES),
  ...page,
})
export const TestsQuery = z.strictObject({ outcome: list(TEST_OUTCOMES), ...page })

/** What the page of a report is asked for. */
export const ReportPageQuery = z.strictObject({
  show: z.enum(FINDING_SETS).default('all'),
  severity: list(SEVERITIES),
  outcome: list(TEST_OUTCOMES),
  q: page.q,
  cursor: page.cursor,
  finding: z.string().max(100).optional(),
})

const Counts = z.object({
  critical: z.int(),
  high: z.int(),
  medium: z.int(),
  low: z.int(),
  info: z.int(),
})
const TestTotals = z.object({
  failed: z.int(),
  error: z.int(),
  skipped: z.int(),
  passed: z.int(),
  fresh: z.int().meta({ description: 'Of those that failed: did not in the report before.' }),
  fixed: z.int(),
})

export const ReportSchema = z
  .object({
    name: z.string().meta({ examples: ['post-build.trivy'] }),
    stage: z.string(),
    path: z.string(),
    format: z.enum(REPORT_FORMATS),
    state: z.enum(['kept', 'read', 'wrong']).meta({
      description: 'kept: it is to be read yet. wrong: it could not be kept or read; problem says why.',
    }),
    problem: z.string().nullable(),
    keptAt: Time,
    bytes: z.int().nullable().meta({ description: 'Of the document; null where there is none.' }),
    producer: z.string().nullable().meta({ description: 'The tools that wrote it.' }),
    comparedWith: z.string().nullable().meta({
      description:
        'Display id of the execution that it was compared with: the last of its branch that has it.',
    }),
    counts: Counts.meta({ description: 'Findings that are there, those that are ignored left out.' }),
    fresh: z.int(),
    fixed: z.int(),
    ignored: z.int(),
    tests: TestTotals.nullable(),
    gatePassed: z.boolean().nullable(),
  })
  .meta({ id: 'Report', description: 'A document that a stage left, and what it says.' })
export const ReportsSchema = z.object({ items: z.array(ReportSchema) })

export const FindingSchema = z
  .object({
    fingerprint: z.string(),
    severity: z.enum(SEVERITIES),
    standing: z.enum(STANDINGS),
    since: z.string().nullable().meta({ description: 'Display id of the first execution that had it.' }),
    rule: z.string(),
    message: z.string(),
    file: z.string().nullable(),
    line: z.int().nullable(),
    package: z.string().nullable(),
    version: z.string().nullable(),
    fixedIn: z.string().nullable(),
    link: z.string().nullable(),
    ignored: z.boolean(),
  })
  .meta({ id: 'ReportFinding', description: 'One thing that a tool found.' })
export const FindingsSchema = z.object({ items: z.array(FindingSchema), next: NextLink })

export const TestSchema = z
  .object({
    outcome: z.enum(TEST_OUTCOMES),
    standing: z.enum(STANDINGS).nullable(),
    suite: z.string(),
    name: z.string(),
    file: z.string().nullable(),
    durationMs: z.number().nullable(),
    retried: z.boolean(),
    message: z.string().nullable(),
  })
  .meta({ id: 'TestCase' })
export const TestsSchema = z.object({ items: z.array(TestSchema), next: NextLink })

const REASON_MAX = 500
const DAYS_MAX = 3_650

export const IgnoreBody = z.strictObject({
  execution: z.string().meta({ description: 'An execution whose report has the finding.' }),
  report: z.string().meta({ examples: ['post-build.trivy'] }),
  fingerprint: z.string(),
  reason: z.string().trim().min(1, 'say why it may be ignored').max(REASON_MAX),
  days: z.coerce
    .number()
    .int()
    .min(1)
    .max(DAYS_MAX)
    .nullable()
    .default(null)
    .meta({ description: 'How long; null is for ever.' }),
})

export const IgnoreSchema = z
  .object({
    fingerprint: z.string(),
    rule: z.string(),
    place: z.string().nullable(),
    reason: z.string(),
    expiresAt: Time.nullable(),
    ignoredAt: Time,
    ignoredBy: z.string(),
  })
  .meta({ id: 'Ignore', description: 'A finding that a workflow does not want to be told of.' })
export const IgnoresSchema = z.object({ items: z.array(IgnoreSchema) })
