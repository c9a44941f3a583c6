import { z } from 'zod'
import { FAULTS } from '../domain/fault.ts'
import { API_BASE, type Endpoint } from './endpoint.ts'
import { ENDPOINTS } from './endpoints.ts'
import { KEY_CHARS_MAX } from './inputs.ts'
import { ProblemSchema } from './schemas.ts'

type Json = Record<string, unknown>

const PROBLEM = 'application/problem+json'

/** Statuses that protocol rather than purpose answers with, and those of faults; each may carry a problem. */
const REFUSALS = {
  401: 'You are not signed in, or the token is not valid (any more).',
  403: 'Your role does not reach, or the request came from another site.',
  404: 'It does not exist.',
  409: 'Its present state does not allow it; `detail` names the state.',
  412: 'It was changed meanwhile: If-Match names another version.',
  413: 'The request is larger than 1 MiB.',
  415: 'The body is not JSON.',
  422: 'Something in the request is wrong; `findings` says what and where.',
  429: FAULTS.limited.title,
  500: 'A fault of ours; `instance` is the number to quote.',
  503: 'An engine or a repository cannot be reached just now; `type` says which, `detail` why.',
} as const
type Refusal = keyof typeof REFUSALS

/** The whole interface as an OpenAPI 3.1 document, from the table that the server mounts; `cookie` names its session's. */
export function openApi(version: string, cookie: string): Json {
  const schemas: Json = {}
  const paths: Record<string, Json> = {}
  for (const [id, row] of Object.entries<Endpoint>(ENDPOINTS)) {
    const path = API_BASE + row.path
    paths[path] = { ...paths[path], [row.method.toLowerCase()]: operation(id, row, schemas) }
  }
  const problem = schemaOf(ProblemSchema, 'output', schemas)
  return {
    openapi: '3.1.0',
    info: {
      title: 'Periplus',
      version,
      description:
        'Runs delivery workflows and keeps their history. Times are RFC 3339 in UTC; errors are RFC 9457 problems.',
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas,
      responses: Object.fromEntries(
        Object.entries(REFUSALS).map(([status, description]) => [
          `Problem${status}`,
          { description, content: { [PROBLEM]: { schema: problem } } },
        ]),
      ),
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'A personal token, `ppl_…`.' },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: cookie,
          description: 'The cookie of a signed-in browser.',
        },
      },
    },
  }
}

function operation(id: string, row: Endpoint, schemas: Json): Json {
  return {
    operationId: id,
    summary: row.help,
    description: row.role === 'anyone' ? 'Open to anyone.' : `Needs the role ${row.role} or a higher one.`,
    security: row.role === 'anyone' ? [] : [{ token: [] }, { session: [] }],
    parameters: [
      ...parameters(row.params, 'path', schemas),
      ...parameters(row.query, 'query', schemas),
      ...headers(row),
    ],
    ...(row.body === null
      ? {}
      : {
          requestBody: {
            required: !row.body.safeParse({}).success,
            content: {
              'application/json': { schema: schemaOf(row.body, 'input', schemas) },
              ...(row.yaml ? { 'application/yaml': {} } : {}),
            },
          },
        }),
    responses: responses(row, schemas),
  }
}

function parameters(shape: z.ZodObject | null, place: 'path' | 'query', schemas: Json): Json[] {
  if (shape === null) return []
  const { properties, required = [] } = z.toJSONSchema(shape, { io: 'input', override: plainly })
  return Object.entries(properties ?? {}).map(([name, schema]) => {
    if (typeof schema === 'boolean') return { name, in: place }
    const { description, ...rest } = inline(schema, schemas)
    return {
      name,
      in: place,
      required: place === 'path' || required.includes(name),
      ...(description === undefined ? {} : { description }),
      schema: rest,
    }
  })
}

/** A parameter's schema stands where it is used. */
function inline(schema: Json, schemas: Json): Json {
  const ref = schema['$ref']
  const named = typeof ref === 'string' ? schemas[ref.slice(ref.lastIndexOf('/') + 1)] : undefined
  return typeof named === 'object' && named !== null ? { ...named } : { ...schema }
}

function headers(row: Endpoint): Json[] {
  const header = (name: string, description: string, bounds: Json = {}) => ({
    name,
    in: 'header',
    required: false,
    description,
    schema: { type: 'string', ...bounds },
  })
  if (row.repeat === 'read') return [header('If-None-Match', 'Answers 304 where the ETag is still this one.')]
  if (row.repeat === 'write') {
    return [
      header('If-Match', 'Saves only over the version with this ETag.', { minLength: 1 }),
      header('If-None-Match', '`*` saves only what does not exist yet.'),
    ]
  }
  if (row.repeat === 'create') {
    const help = 'The same key with the same request is done once, within a day.'
    return [header('Idempotency-Key', help, { minLength: 1, maxLength: KEY_CHARS_MAX })]
  }
  return row.media === 'json' || row.media === 'table' || row.media === 'file'
    ? []
    : [header('Last-Event-ID', 'A stream goes on after this message.')]
}

function responses(row: Endpoint, schemas: Json): Json {
  const file = row.media === 'file' ? { content: { 'application/octet-stream': {} } } : {}
  const content = row.reply === null ? file : { content: contentOf(row, schemas) }
  const etag =
    row.repeat === 'read' || row.repeat === 'write'
      ? { headers: { ETag: { schema: { type: 'string' } } } }
      : {}
  return {
    [row.status]: { description: row.help, ...etag, ...content },
    ...(row.repeat === 'read' ? { 304: { description: 'It has not changed.' } } : {}),
    ...(row.repeat === 'write' ? { 201: { description: 'It is new.', ...etag, ...content } } : {}),
    ...Object.fromEntries(
      refusalsOf(row).map((status) => [status, { $ref: `#/components/responses/Problem${status}` }]),
    ),
  }
}

function contentOf(row: Endpoint, schemas: Json): Json {
  const schema = row.reply === null ? {} : schemaOf(row.reply, 'output', schemas)
  const stream = { 'text/event-stream': { schema: streamOf(row, schemas) } }
  if (row.media === 'events') return stream
  if (row.media === 'table') return { 'text/csv': {}, 'application/x-ndjson': { schema } }
  const json = { 'application/json': { schema } }
  if (row.media === 'json') return json
  return row.media === 'log'
    ? { ...json, 'text/plain': { schema: { type: 'string' } }, ...stream }
    : { ...json, ...stream }
}

/** One message of a stream, by its fields; the data is JSON of a shape of its own for each kind of event. */
function streamOf(row: Endpoint, schemas: Json): Json {
  return {
    oneOf: Object.entries(row.events ?? {}).map(([event, data]) => ({
      type: 'object',
      properties: {
        id: { type: 'string' },
        event: { const: event },
        data: {
          type: 'string',
          contentMediaType: 'application/json',
          contentSchema: schemaOf(data, 'output', schemas),
        },
      },
      required: ['event', 'data'],
    })),
  }
}

function refusalsOf(row: Endpoint): Refusal[] {
  const can: [Refusal, boolean][] = [
    [401, row.role !== 'anyone'],
    [403, true],
    [404, row.params !== null || row.query !== null || row.body !== null],
    [409, row.method !== 'GET'],
    [412, row.repeat === 'write'],
    [413, true],
    [415, row.body !== null],
    [422, true],
    [429, true],
    [500, true],
    [503, true],
  ]
  return can.filter(([, applies]) => applies).map(([status]) => status)
}

/** The JSON Schema of a shape; shapes with an id go to the components and are pointed to. */
function schemaOf(type: z.ZodType, io: 'input' | 'output', schemas: Json): Json {
  const {
    $schema: _,
    $defs = {},
    ...own
  } = z.toJSONSchema(type, { io, unrepresentable: 'any', override: plainly })
  for (const [name, schema] of Object.entries($defs)) schemas[name] = pointed(schema)
  const id = own.id
  if (typeof id !== 'string') return pointed(own)
  schemas[id] = pointed(own)
  return { $ref: `#/components/schemas/${id}` }
}

/** References into `$defs` become references into the components, and ids are left to those. */
function pointed(schema: unknown): Json {
  return JSON.parse(
    JSON.stringify(schema, (key, value: unknown) => {
      if (key === '$ref' && typeof value === 'string')
        return value.replace('#/$defs/', '#/components/schemas/')
      if (key === 'id' && typeof value === 'string') return undefined
      return value
    }),
  )
}

/** Leaves out what says nothing: the bounds of every safe integer, and the pattern beside a format. */
function plainly({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
  if (jsonSchema.format !== undefined) delete jsonSchema.pattern
}
