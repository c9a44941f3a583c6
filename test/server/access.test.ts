import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { ENDPOINTS, type Operation } from '../../src/contract/endpoints.ts'
import { type Call, ENVIRONMENTS, type Harness, startHarness, type Who, workflowText } from './harness.ts'

/** Who may do what, written down: a new endpoint without its row here fails. */

const PEOPLE = [
  'nobody',
  'viewer',
  'executor',
  'editor',
  'admin',
  'local-admin',
] as const satisfies readonly Who[]

interface Row {
  /** Statuses for nobody, viewer, executor, editor, admin, local-admin. */
  readonly expected: readonly [number, number, number, number, number, number]
  /** Makes what the request speaks of, anew for each person. */
  readonly request: (
    server: Harness,
  ) => Promise<readonly [path: string, call?: Call]> | readonly [path: string, call?: Call]
}

const READ = [401, 200, 200, 200, 200, 200] as const
const NOBODY_BUT_NAMED = [401, 201, 403, 403, 201, 403] as const

/** Each request that makes something makes it under a name of its own. */
let count = 0
function fresh(prefix: string): string {
  count += 1
  return `${prefix}-${count}`
}

const atGate = async (server: Harness, workflow: string): Promise<string> => {
  const id = await server.trigger(workflow)
  server.script.toGate(id)
  return id
}

const ROWS: Readonly<Record<Operation, Row>> = {
  listExecutions: { expected: READ, request: () => ['/executions'] },
  triggerExecution: {
    expected: [401, 403, 201, 201, 201, 201],
    request: () => ['/executions', { json: { workflow: 'storefront' } }],
  },
  getExecution: { expected: READ, request: () => ['/executions/storefront-1'] },
  listExecutionEvents: { expected: READ, request: () => ['/executions/storefront-1/events'] },
  getExecutionLog: { expected: READ, request: () => ['/executions/storefront-1/log'] },
  getStageLog: { expected: READ, request: () => ['/executions/storefront-1/stages/validation/log'] },
  searchStageLog: {
    expected: READ,
    request: () => ['/executions/storefront-1/stages/validation/log/matches?q=a'],
  },
  searchExecutionLog: { expected: READ, request: () => ['/executions/storefront-1/log/matches?q=a'] },
  getStageLogGroups: {
    expected: READ,
    request: () => ['/executions/storefront-1/stages/validation/log/groups'],
  },
  compareExecutions: {
    expected: READ,
    request: () => ['/executions/storefront-1/comparison?with=storefront-1'],
  },
  rerunExecution: {
    expected: [401, 403, 201, 201, 201, 201],
    request: async (server) => {
      const id = await server.trigger()
      server.script.fail(id)
      return [`/executions/${id}/rerun`, { json: { from: 'failed' } }]
    },
  },
  terminateExecution: {
    expected: [401, 403, 201, 201, 201, 201],
    request: async (server) => [`/executions/${await server.trigger()}/termination`, { json: {} }],
  },
  approveExecution: {
    expected: NOBODY_BUT_NAMED,
    request: async (server) => [
      `/executions/${await atGate(server, 'storefront')}/approval`,
      { json: { environment: 'production' } },
    ],
  },
  rejectExecution: {
    expected: NOBODY_BUT_NAMED,
    request: async (server) => [
      `/executions/${await atGate(server, 'storefront')}/rejection`,
      { json: { environment: 'production', comment: 'Not today.' } },
    ],
  },
  deployExecution: {
    expected: [401, 403, 201, 201, 201, 201],
    request: async (server) => [
      `/executions/${await atGate(server, 'docs')}/deployment`,
      { json: { environment: 'staging' } },
    ],
  },
  listWorkflows: { expected: READ, request: () => ['/workflows'] },
  getWorkflow: { expected: READ, request: () => ['/workflows/storefront'] },
  saveWorkflow: {
    expected: [401, 403, 403, 201, 201, 201],
    request: () => {
      const name = fresh('made')
      return [`/workflows/${name}`, { method: 'PUT', json: { text: workflowText(name) } }]
    },
  },
  listVersions: { expected: READ, request: () => ['/workflows/storefront/versions'] },
  getVersion: { expected: READ, request: () => ['/workflows/storefront/versions/1'] },
  listEnvironments: { expected: READ, request: () => ['/environments'] },
  getEnvironment: { expected: READ, request: () => ['/environments/production'] },
  saveEnvironment: {
    expected: [401, 403, 403, 403, 201, 201],
    request: () => {
      const name = fresh('place')
      const text = `kind: environment\nname: ${name}\ndeploy: { script: { run: "true" } }\n`
      return [`/environments/${name}`, { method: 'PUT', json: { text } }]
    },
  },
  validateDefinitions: {
    expected: READ,
    request: () => ['/validation', { json: { text: workflowText('storefront') } }],
  },
  applyDefinitions: {
    expected: [401, 403, 403, 200, 200, 200],
    request: () => ['/definitions', { json: { text: workflowText(fresh('applied')) } }],
  },
  listSecrets: { expected: [401, 403, 403, 200, 200, 200], request: () => ['/secrets'] },
  saveSecret: {
    expected: [401, 403, 403, 403, 204, 204],
    request: () => ['/secrets/npm-token', { method: 'PUT', json: { value: 'hunter2hunter2' } }],
  },
  removeSecret: {
    expected: [401, 403, 403, 403, 204, 204],
    request: async (server) => {
      const name = fresh('secret')
      await server.call(`/api/v1/secrets/${name}`, { method: 'PUT', json: { value: 'x' } })
      return [`/secrets/${name}`, { method: 'DELETE' }]
    },
  },
  listTokens: { expected: READ, request: () => ['/tokens'] },
  createToken: {
    // local-admin has no row of its own, so it must say whose.
    expected: [401, 201, 201, 201, 201, 422],
    request: () => ['/tokens', { json: { name: fresh('token') } }],
  },
  removeToken: {
    // Of the viewer: for others, there is no such token.
    expected: [401, 204, 404, 404, 204, 204],
    request: async (server) => {
      const made = await server.json('/api/v1/tokens', { as: 'viewer', json: { name: fresh('token') } })
      return [`/tokens/${made.id}`, { method: 'DELETE' }]
    },
  },
  listUsers: { expected: [401, 403, 403, 403, 200, 200], request: () => ['/users'] },
  createUser: {
    expected: [401, 403, 403, 403, 201, 201],
    request: () => ['/users', { json: { name: fresh('user'), role: 'viewer' } }],
  },
  createSignInLink: {
    expected: [401, 403, 403, 403, 201, 201],
    request: () => ['/sign-in-links', { json: { user: 'viewer' } }],
  },
  getMe: { expected: READ, request: () => ['/me'] },
  followEvents: { expected: READ, request: () => ['/events'] },
  getAnalytics: { expected: READ, request: () => ['/analytics'] },
  getOpenApi: { expected: [200, 200, 200, 200, 200, 200], request: () => ['/openapi.json'] },
}

describe('who may do what', () => {
  let server: Harness
  beforeAll(async () => {
    server = startHarness()
    await server.define(['storefront'])
    await server.define(['docs'], ['staging'])
    await server.trigger()
  })
  afterAll(() => server.close())

  test('every endpoint has its row', () => {
    expect(Object.keys(ROWS).sort()).toEqual(Object.keys(ENDPOINTS).sort())
  })

  for (const [operation, { expected, request }] of Object.entries(ROWS)) {
    for (const [at, who] of PEOPLE.entries()) {
      test(`${operation} answers ${who} with ${expected[at]}`, async () => {
        const [path, call] = await request(server)

        const response = await server.call(`/api/v1${path}`, { ...call, as: who })
        const text = operation === 'followEvents' ? '' : await response.text()
        await response.body?.cancel().catch(() => {})

        expect({ status: response.status, text }).toEqual({ status: expected[at] ?? 0, text })
        if (response.status >= 400)
          expect(response.headers.get('content-type')).toBe('application/problem+json')
      })
    }
  }

  test('an editor may apply workflows but not change the environment that binds them', async () => {
    const text = `${ENVIRONMENTS.replace('quorum: 1', '')}`.replace(
      'approvers: [viewer, admin]',
      'approvers: [editor]',
    )

    const response = await server.call('/api/v1/definitions', { as: 'editor', json: { text } })

    expect(response.status).toBe(403)
    expect(await response.json()).toMatchObject({
      detail: expect.stringContaining('Only an admin may save the environment production'),
    })
    expect(server.store.environments.bySlug('production')?.definition.approvers).toEqual(['viewer', 'admin'])
  })

  test('a forbidden answer says which role is needed', async () => {
    const { detail } = await server.json('/api/v1/executions', {
      as: 'viewer',
      json: { workflow: 'storefront' },
    })

    expect(detail).toBe('This needs the role executor; viewer is viewer. An admin can change that.')
  })
})
