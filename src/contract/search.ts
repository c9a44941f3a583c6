import { z } from 'zod'
import { cursor, ExecutionsQuery, text, whole } from './inputs.ts'
import { ExecutionSchema, NextLink, Time, TotalSchema } from './schemas.ts'

/** Search across all logs, as requests ask for it and answers have it. */

/** Lines that one answer has; more is no list that anybody reads. */
const LINES_MAX = 1_000
const LINES = 200

export const SearchQuery = ExecutionsQuery.omit({ q: true, before: true, after: true, limit: true }).extend({
  q: text.meta({
    description: 'What lines hold. Capital and small letters are the same, unless it has a capital letter.',
  }),
  as: z.enum(['text', 'regex']).default('text').meta({
    description:
      'regex takes time in proportion to the logs whatever the expression, so it knows no lookarounds and no references back.',
  }),
  stage: text.optional().meta({
    description: 'Id of a stage, or what stands before its dot: `deploy` means `deploy.production` too.',
  }),
  before: cursor.optional().meta({ description: 'Goes on; from `next`.' }),
  limit: whole(1, LINES_MAX).default(LINES).meta({ description: 'Lines that match.' }),
})

const FoundLineSchema = z
  .object({
    number: z.int(),
    at: Time,
    kind: z.enum(['line', 'gap', 'mark']),
    text: z
      .string()
      .meta({ description: 'As a reader sees it; of a long line what stands around the match.' }),
    matches: z.boolean().meta({ description: 'False: it stands beside a line that does.' }),
    spans: z
      .array(z.tuple([z.int(), z.int()]))
      .meta({ description: 'Where in the text: from a character until before another.' }),
  })
  .meta({ id: 'FoundLine' })

const FoundLogSchema = z
  .object({
    execution: ExecutionSchema,
    stage: z.string(),
    ordinal: z.int(),
    lines: z.array(FoundLineSchema),
    more: z
      .int()
      .nullable()
      .meta({ description: 'The next line of this log that matches, where more do than are shown.' }),
  })
  .meta({ id: 'FoundLog', description: 'What was found in one stage’s log.' })

const HitSchema = z
  .object({
    kind: z.enum(['id', 'commit', 'title', 'branch', 'person']),
    executions: z.array(ExecutionSchema),
    more: z.boolean(),
  })
  .meta({ id: 'Hit', description: 'Executions that the text itself names, newest first.' })

const SearchedSchema = z
  .object({
    executions: z.int(),
    logs: z.int(),
    bytes: z.int().meta({ description: 'Of text.' }),
    lines: z.int().meta({ description: 'Lines that match, so far.' }),
    of: TotalSchema.meta({ description: 'Executions there are to search.' }),
  })
  .meta({ id: 'Searched', description: 'How much was gone through since the search began.' })

const ENDS = ['all', 'lines', 'time'] as const
const ended = 'all: nothing is left. lines: as many as asked for were found. time: it took long enough.'

export const SearchPageSchema = z
  .object({
    hits: z.array(HitSchema).meta({ description: 'On the first page only.' }),
    items: z.array(FoundLogSchema),
    searched: SearchedSchema,
    ended: z.enum(ENDS).meta({ description: ended }),
    next: NextLink.meta({ description: 'Address to go on at; null where nothing is left.' }),
  })
  .meta({ id: 'SearchPage' })

export const HitsEventSchema = z.object({ hits: z.array(HitSchema) }).meta({ id: 'HitsEvent' })
export const FoundEventSchema = z
  .object({ items: z.array(FoundLogSchema) })
  .meta({ id: 'FoundEvent', description: 'Of a long log several events may have a part each.' })
const ProgressEventSchema = z.object({ searched: SearchedSchema }).meta({ id: 'ProgressEvent' })
export const SearchEndSchema = z
  .object({
    ended: z
      .enum([...ENDS, 'problem'])
      .meta({ description: `${ended} problem: it cannot go on, for the reason told.` }),
    problem: z.string().nullable(),
    searched: SearchedSchema,
    next: NextLink.meta({ description: 'Address to go on at; null where nothing is left.' }),
  })
  .meta({ id: 'SearchEnd' })

/** Data of the events of a stream. Their ids say where it goes on. */
export const SEARCH_EVENTS = {
  hits: HitsEventSchema,
  found: FoundEventSchema,
  progress: ProgressEventSchema,
  end: SearchEndSchema,
} as const

export type FoundLogWire = z.infer<typeof FoundLogSchema>
export type HitWire = z.infer<typeof HitSchema>
export type SearchedWire = z.infer<typeof SearchedSchema>
export type SearchEndWire = z.infer<typeof SearchEndSchema>
