import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { ENDPOINTS, type Operation } from '../../src/contract/endpoints.ts'
import { FIRST } from '../../src/store/findings.ts'
import { sarif, shelve } from '../report/shelve.ts'
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

type Asked = readonly [path: string, call?: Call]

interface Case {
  /** Statuses for nobody, viewer, executor, editor, admin, local-admin. */
  readonly expected: readonly [number, number, number, number, number, number]
  /** Makes what the request speaks of, anew for each person. */
  readonly request: (server: Harness, who: Who) => Promise<Asked> | Asked
}

/** Of what is nobody's or somebody else's; and of the asker's own, null where nothing of its kind is anybody's. */
interface Row extends Case {
  readonly own: Case | null
}

const PASSWORD = { kind: 'https', username: 'ci', password: 'hunter2hunter2' }

/** A person who is nobody of those who ask. */
async function somebody(server: Harness): Promise<string> {
  const name = fresh('somebody')
  await server.call('/api/v1/users', { json: { name, role: 'viewer' } })
  return name
}

/** A browser that a person is signed in with, as its owner names it. */
function sessionOf(server: Harness, who: Who): string {
  count += 1
  const hash = String(count).padStart(16, '0').padEnd(64, 'f')
  const userId = server.store.people.users.byName(who)?.id
  if (userId === undefined) return hash.slice(0, 16)
  const now = server.clock.now
  server.store.people.sessions.create({ hash, userId, csrf: '', now, expiresAt: now + 60_000 })
  return hash.slice(0, 16)
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

/** A finding of a report, which nobody ignores; its fingerprint. */
function aFinding(server: Harness): string {
  const { id } = server.script.rowOf('storefront-1')
  const name = `build.${fresh('report')}`
  const report = shelve(server, { executionId: id, stage: 0, name, format: 'sarif', text: sarif(name) })
  const filter = { show: 'all', severities: [], q: null } as const
  return server.store.findingLists.findings(report.id, filter, [], FIRST, 1)[0]?.fingerprint ?? ''
}

const ofReport = (rest: string) => (server: Harness) => {
  const name = server.store.reports.list(server.script.rowOf('storefront-1').id)[0]?.name
  if (name === undefined) aFinding(server)
  return [`/executions/storefront-1/reports/${name ?? `build.report-${count}`}${rest}`] as const
}

const ignore = (server: Harness): Asked => {
  const fingerprint = aFinding(server)
  const report = `build.report-${count}`
  const json = { execution: 'storefront-1', report, fingerprint, reason: 'known', days: 30 }
  return ['/workflows/storefront/ignores', { json }]
}

const ROWS: Readonly<Record<Operation, Row>> = {
  listReports: { expected: READ, request: () => ['/executions/storefront-1/reports'], own: null },
  downloadReports: { expected: READ, request: () => ['/executions/storefront-1/reports.zip'], own: null },
  getReport: { expected: READ, request: ofReport(''), own: null },
  downloadReport: { expected: READ, request: ofReport('/document'), own: null },
  listFindings: { expected: READ, request: ofReport('/findings?severity=high&limit=1'), own: null },
  exportFindings: { expected: READ, request: ofReport('/findings.csv'), own: null },
  exportSarif: { expected: READ, request: ofReport('/findings.sarif'), own: null },
  listTests: { expected: READ, request: ofReport('/tests'), own: null },
  listIgnores: { expected: READ, request: () => ['/workflows/storefront/ignores'], own: null },
  ignoreFinding: { expected: [401, 403, 403, 201, 201, 201], request: ignore, own: null },
  unignoreFinding: {
    expected: [401, 403, 403, 204, 204, 204],
    request: async (server) => {
      const [path, asked] = ignore(server)
      const { fingerprint } = await server.json(`/api/v1${path}`, asked)
      return [`${path}/${fingerprint}`, { method: 'DELETE' }]
    },
    own: null,
  },
  listExecutions: { expected: READ, request: () => ['/executions'], own: null },
  exportExecutions: { expected: READ, request: () => ['/executions/export'], own: null },
  triggerExecution: {
    expected: [401, 403, 201, 201, 201, 201],
    request: () => ['/executions', { json: { workflow: 'storefront' } }],
    own: null,
  },
  getExecution: { expected: READ, request: () => ['/executions/storefront-1'], own: null },
  listExecutionEvents: { expected: READ, request: () => ['/executions/storefront-1/events'], own: null },
  getExecutionLog: { expected: READ, request: () => ['/executions/storefront-1/log'], own: null },
  getStageLog: {
    expected: READ,
    request: () => ['/executions/storefront-1/stages/validation/log'],
    own: null,
  },
  searchStageLog: {
    expected: READ,
    request: () => ['/executions/storefront-1/stages/validation/log/matches?q=a'],
    own: null,
  },
  searchExecutionLog: {
    expected: READ,
    request: () => ['/executions/storefront-1/log/matches?q=a'],
    own: null,
  },
  getStageLogGroups: {
    expected: READ,
    request: () => ['/executions/storefront-1/stages/validation/log/groups'],
    own: null,
  },
  compareExecutions: {
    expected: READ,
    request: () => ['/executions/storefront-1/comparison?with=storefront-1'],
    own: null,
  },
  rerunExecution: {
    expected: [401, 403, 201, 201, 201, 201],
    request: async (server) => {
      const id = await server.trigger()
      server.script.fail(id)
      return [`/executions/${id}/rerun`, { json: { from: 'failed' } }]
    },
    own: null,
  },
  redeployExecution: {
    // None was deployed yet: whoever may is told so.
    expected: [401, 403, 409, 409, 409, 409],
    request: () => ['/executions/storefront-1/redeployment', { json: { environment: 'production' } }],
    own: null,
  },
  terminateExecution: {
    expected: [401, 403, 201, 201, 201, 201],
    request: async (server) => [`/executions/${await server.trigger()}/termination`, { json: {} }],
    own: null,
  },
  approveExecution: {
    expected: NOBODY_BUT_NAMED,
    request: async (server) => [
      `/executions/${await atGate(server, 'storefront')}/approval`,
      { json: { environment: 'production' } },
    ],
    own: null,
  },
  rejectExecution: {
    expected: NOBODY_BUT_NAMED,
    request: async (server) => [
      `/executions/${await atGate(server, 'storefront')}/rejection`,
      { json: { environment: 'production', comment: 'Not today.' } },
    ],
    own: null,
  },
  deployExecution: {
    expected: [401, 403, 201, 201, 201, 201],
    request: async (server) => [
      `/executions/${await atGate(server, 'docs')}/deployment`,
      { json: { environment: 'staging' } },
    ],
    own: null,
  },
  listViews: { expected: READ, request: () => ['/views'], own: null },
  saveView: {
    expected: [401, 403, 403, 403, 200, 200],
    request: () => [`/views/${fresh('view')}`, { method: 'PUT', json: { query: 'q=x', shared: true } }],
    own: {
      expected: READ,
      request: () => [`/views/${fresh('view')}`, { method: 'PUT', json: { query: 'q=x' } }],
    },
  },
  removeView: {
    expected: [401, 403, 403, 403, 204, 204],
    request: async (server) => {
      const path = `/views/${fresh('view')}`
      await server.call(`/api/v1${path}`, { method: 'PUT', json: { query: 'q=x', shared: true } })
      return [`${path}?shared=true`, { method: 'DELETE' }]
    },
    own: {
      expected: [401, 204, 204, 204, 204, 204],
      request: async (server, who) => {
        const path = `/views/${fresh('view')}`
        await server.call(`/api/v1${path}`, { as: who, method: 'PUT', json: { query: 'q=x' } })
        return [path, { method: 'DELETE' }]
      },
    },
  },
  listWorkflows: { expected: READ, request: () => ['/workflows'], own: null },
  getWorkflow: { expected: READ, request: () => ['/workflows/storefront'], own: null },
  saveWorkflow: {
    expected: [401, 403, 403, 201, 201, 201],
    request: () => {
      const name = fresh('made')
      return [`/workflows/${name}`, { method: 'PUT', json: { text: workflowText(name) } }]
    },
    own: null,
  },
  listVersions: { expected: READ, request: () => ['/workflows/storefront/versions'], own: null },
  getVersion: { expected: READ, request: () => ['/workflows/storefront/versions/1'], own: null },
  getVersionChanges: {
    expected: READ,
    request: () => ['/workflows/storefront/versions/1/changes'],
    own: null,
  },
  listEnvironments: { expected: READ, request: () => ['/environments'], own: null },
  getEnvironment: { expected: READ, request: () => ['/environments/production'], own: null },
  saveEnvironment: {
    expected: [401, 403, 403, 403, 201, 201],
    request: () => {
      const name = fresh('place')
      const text = `kind: environment\nname: ${name}\ndeploy: { script: { run: "true" } }\n`
      return [`/environments/${name}`, { method: 'PUT', json: { text } }]
    },
    own: null,
  },
  listDeployments: { expected: READ, request: () => ['/environments/production/deployments'], own: null },
  validateDefinitions: {
    expected: READ,
    request: () => ['/validation', { json: { text: workflowText('storefront') } }],
    own: null,
  },
  planWorkflow: {
    expected: READ,
    request: () => ['/planning', { json: { workflow: 'storefront' } }],
    own: null,
  },
  renderWorkflow: {
    expected: [401, 403, 403, 200, 200, 200],
    request: () => ['/rendering', { json: { workflow: 'storefront' } }],
    own: null,
  },
  applyDefinitions: {
    expected: [401, 403, 403, 200, 200, 200],
    request: () => ['/definitions', { json: { text: workflowText(fresh('applied')) } }],
    own: null,
  },
  listSecrets: { expected: [401, 403, 403, 200, 200, 200], request: () => ['/secrets'], own: null },
  saveSecret: {
    expected: [401, 403, 403, 403, 204, 204],
    request: () => ['/secrets/npm-token', { method: 'PUT', json: { value: 'hunter2hunter2' } }],
    own: null,
  },
  removeSecret: {
    expected: [401, 403, 403, 403, 204, 204],
    request: async (server) => {
      const name = fresh('secret')
      await server.call(`/api/v1/secrets/${name}`, { method: 'PUT', json: { value: 'x' } })
      return [`/secrets/${name}`, { method: 'DELETE' }]
    },
    own: null,
  },
  listCredentials: {
    expected: [401, 403, 403, 200, 200, 200],
    request: () => ['/credentials'],
    own: null,
  },
  saveCredential: {
    expected: [401, 403, 403, 403, 204, 204],
    request: () => [`/credentials/${fresh('credential')}`, { method: 'PUT', json: PASSWORD }],
    own: null,
  },
  removeCredential: {
    expected: [401, 403, 403, 403, 204, 204],
    request: async (server) => {
      const path = `/credentials/${fresh('credential')}`
      await server.call(`/api/v1${path}`, { method: 'PUT', json: PASSWORD })
      return [path, { method: 'DELETE' }]
    },
    own: null,
  },
  tryCredential: {
    // Of those who may, each is told that a password is no key.
    expected: [401, 403, 403, 422, 422, 422],
    request: async (server) => {
      const path = `/credentials/${fresh('credential')}`
      await server.call(`/api/v1${path}`, { method: 'PUT', json: PASSWORD })
      return [`${path}/trial`, { json: { url: 'ssh://git@git.example/shop.git' } }]
    },
    own: null,
  },
  listTokens: { expected: READ, request: () => ['/tokens'], own: null },
  createToken: {
    // For somebody else, here the viewer: admins only, and the viewer's own self.
    expected: [401, 201, 403, 403, 201, 201],
    request: () => ['/tokens', { json: { name: fresh('token'), user: 'viewer' } }],
    own: {
      // local-admin has no row of its own, so it must say whose.
      expected: [401, 201, 201, 201, 201, 422],
      request: () => ['/tokens', { json: { name: fresh('token') } }],
    },
  },
  removeToken: {
    // Of the viewer: for others, there is no such token.
    expected: [401, 204, 404, 404, 204, 204],
    request: async (server) => {
      const made = await server.json('/api/v1/tokens', { as: 'viewer', json: { name: fresh('token') } })
      return [`/tokens/${made.id}`, { method: 'DELETE' }]
    },
    own: {
      expected: [401, 204, 204, 204, 204, 404],
      request: async (server, who) => {
        if (who === 'nobody' || who === 'local-admin') return ['/tokens/999', { method: 'DELETE' }]
        const made = await server.json('/api/v1/tokens', { as: who, json: { name: fresh('token') } })
        return [`/tokens/${made.id}`, { method: 'DELETE' }]
      },
    },
  },
  listUsers: { expected: [401, 403, 403, 403, 200, 200], request: () => ['/users'], own: null },
  createUser: {
    expected: [401, 403, 403, 403, 201, 201],
    request: () => ['/users', { json: { name: fresh('user'), role: 'viewer' } }],
    own: null,
  },
  changeRole: {
    expected: [401, 403, 403, 403, 200, 200],
    request: async (server) => [
      `/users/${await somebody(server)}/role`,
      { method: 'PUT', json: { role: 'executor' } },
    ],
    own: {
      // Nobody lifts themselves; the last admin does not step down either.
      expected: [401, 403, 403, 403, 409, 404],
      request: (_, who) => [
        `/users/${who}/role`,
        { method: 'PUT', json: { role: who === 'admin' ? 'editor' : 'admin' } },
      ],
    },
  },
  deactivateUser: {
    expected: [401, 403, 403, 403, 200, 200],
    request: async (server) => [`/users/${await somebody(server)}/deactivation`, { method: 'PUT' }],
    own: {
      expected: [401, 403, 403, 403, 409, 404],
      request: (_, who) => [`/users/${who}/deactivation`, { method: 'PUT' }],
    },
  },
  reactivateUser: {
    expected: [401, 403, 403, 403, 200, 200],
    request: async (server) => {
      const path = `/users/${await somebody(server)}/deactivation`
      await server.call(`/api/v1${path}`, { method: 'PUT' })
      return [path, { method: 'DELETE' }]
    },
    own: {
      expected: [401, 403, 403, 403, 200, 404],
      request: (_, who) => [`/users/${who}/deactivation`, { method: 'DELETE' }],
    },
  },
  createSignInLink: {
    expected: [401, 403, 403, 403, 201, 201],
    request: () => ['/sign-in-links', { json: { user: 'viewer' } }],
    own: {
      expected: [401, 403, 403, 403, 201, 404],
      request: (_, who) => ['/sign-in-links', { json: { user: who } }],
    },
  },
  getMe: { expected: READ, request: () => ['/me'], own: null },
  changePassword: {
    // A token sets no password, whosever it is, and local-admin has none.
    expected: [401, 403, 403, 403, 403, 403],
    request: () => ['/me/password', { method: 'PUT', json: { password: 'a long enough one' } }],
    own: null,
  },
  listSessions: { expected: READ, request: () => ['/me/sessions'], own: null },
  endSession: {
    // Of the viewer: for others, there is no such session.
    expected: [401, 204, 404, 404, 404, 404],
    request: (server) => [`/me/sessions/${sessionOf(server, 'viewer')}`, { method: 'DELETE' }],
    own: {
      expected: [401, 204, 204, 204, 204, 404],
      request: (server, who) => [`/me/sessions/${sessionOf(server, who)}`, { method: 'DELETE' }],
    },
  },
  listAudit: { expected: [401, 403, 403, 403, 200, 200], request: () => ['/audit'], own: null },
  exportAudit: { expected: [401, 403, 403, 403, 200, 200], request: () => ['/audit/export'], own: null },
  getSystem: { expected: [401, 403, 403, 403, 200, 200], request: () => ['/system'], own: null },
  followEvents: { expected: READ, request: () => ['/events'], own: null },
  search: { expected: READ, request: () => ['/search?q=built'], own: null },
  getAnalytics: { expected: READ, request: () => ['/analytics'], own: null },
  getOpenApi: { expected: [200, 200, 200, 200, 200, 200], request: () => ['/openapi.json'], own: null },
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

  const cases = Object.entries(ROWS).flatMap(([operation, row]) => [
    { name: operation, ...row },
    ...(row.own === null ? [] : [{ name: `${operation} of one’s own`, ...row.own }]),
  ])
  for (const { name, expected, request } of cases) {
    for (const [at, who] of PEOPLE.entries()) {
      test(`${name} answers ${who} with ${expected[at]}`, async () => {
        const [path, call] = await request(server, who)

        const response = await server.call(`/api/v1${path}`, { ...call, as: who })
        const text = name === 'followEvents' ? '' : await response.text()
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
