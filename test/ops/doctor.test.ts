import { afterAll, beforeEach, describe, expect, test } from 'bun:test'
import { parseAllDocuments } from 'yaml'
import { argoOf } from '../../src/config/argo.ts'
import { readSettings } from '../../src/config/settings.ts'
import type { Check } from '../../src/ops/doctor/check.ts'
import { cluster } from '../../src/ops/doctor/cluster.ts'
import { realWorld } from '../../src/world.ts'
import { type Asked, all, Ground, refused } from '../cluster/ground.ts'

const ground = new Ground()
afterAll(() => ground.remove())

const API = '/apis/argoproj.io/v1alpha1'
const WORKFLOWS = `${API}/namespaces/ci/workflows`
const REVIEW = '/apis/authorization.k8s.io/v1'

/** What the API server answers, by method and path; a test replaces what it is about. */
let answers: Record<string, (asked: Asked) => Response>
beforeEach(() => {
  ground.asked.length = 0
  answers = {
    'GET /version': () => Response.json({ gitVersion: 'v1.36.1', major: '1', minor: '36' }),
    [`GET ${API}`]: () =>
      Response.json({
        groupVersion: 'argoproj.io/v1alpha1',
        resources: ['workflows', 'workflowtaskresults'].map((name) => ({
          name,
          namespaced: true,
          verbs: [],
        })),
      }),
    'GET /api/v1/namespaces/ci': () =>
      namespace({ labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } }),
    [`POST ${REVIEW}/selfsubjectaccessreviews`]: () => Response.json({ spec: {}, status: { allowed: true } }),
    [`POST ${REVIEW}/namespaces/ci/localsubjectaccessreviews`]: () =>
      Response.json({ spec: {}, status: { allowed: true } }),
    'POST /apis/authentication.k8s.io/v1/selfsubjectreviews': () =>
      Response.json({ status: { userInfo: { username: 'system:serviceaccount:periplus:periplus' } } }),
    'GET /api/v1/namespaces/ci/serviceaccounts/default': () =>
      Response.json({ metadata: { name: 'default' } }),
    [`GET ${WORKFLOWS}`]: () => Response.json({ items: [], metadata: { resourceVersion: '1' } }),
  }
  ground.answer = (asked) =>
    answers[`${asked.method} ${asked.path}`]?.(asked) ?? refused(404, 'NotFound', `nothing at ${asked.path}`)
})

function namespace(metadata: object, status: object = { phase: 'Active' }): Response {
  return Response.json({ kind: 'Namespace', metadata: { name: 'ci', ...metadata }, status })
}

async function examine(
  flags: Readonly<Record<string, string>> = {},
  kubeconfig = ground.kubeconfig(),
): Promise<Map<string, Check>> {
  const given = {
    '--argo-namespace': 'ci',
    '--argo-image': 'busybox:1.37',
    '--kubeconfig': kubeconfig,
    ...flags,
  }
  const argo = argoOf(readSettings(new Map(Object.entries(given)), {}).config)
  if (argo === null) throw new Error('The options of this test name no namespace.')
  const { signal } = new AbortController()
  const checks = await all(cluster({ argo, variables: {}, world: realWorld(), signal, probing: 'unwanted' }))
  return new Map(checks.map((check) => [check.what, check]))
}

describe('a cluster where everything is as it should be', () => {
  test('is well in all that can be seen without a trial', async () => {
    const checks = await examine()

    expect([...checks.values()].map(({ what, found }) => [what, found])).toEqual([
      ['kubeconfig', 'well'],
      ['API server', 'well'],
      ['Argo Workflows', 'well'],
      ['namespace', 'well'],
      ['pod security', 'well'],
      ['rights', 'well'],
      ['pods’ account', 'well'],
      ['pods’ rights', 'well'],
      ['statuses', 'well'],
      ['trial', 'unknown'],
    ])
    expect(checks.get('API server')?.says).toBe('Kubernetes v1.36.1 answers.')
  })

  test('is asked for each right the engine needs, and no other', async () => {
    await examine()

    const reviewed = ground.asked
      .filter(({ path }) => path.endsWith('/selfsubjectaccessreviews'))
      .map(({ body }) => JSON.parse(body).spec.resourceAttributes)
    expect(reviewed).toHaveLength(15)
    expect(reviewed).toContainEqual({
      namespace: 'ci',
      group: '',
      resource: 'pods',
      subresource: 'log',
      verb: 'get',
    })
    expect(reviewed).toContainEqual({
      namespace: 'ci',
      group: 'argoproj.io',
      resource: 'workflows',
      verb: 'patch',
    })
  })
})

describe('it ends early', () => {
  test('where the kubeconfig is missing', async () => {
    const checks = await examine({}, '/nowhere/kubeconfig')

    expect([...checks.values()]).toMatchObject([{ what: 'kubeconfig', found: 'amiss' }])
    expect(checks.get('kubeconfig')?.says).toContain('/nowhere/kubeconfig cannot be read: it does not exist.')
  })

  test('where nothing listens', async () => {
    const checks = await examine({}, ground.kubeconfig({ cluster: { server: 'https://127.0.0.1:1' } }))

    expect([...checks.keys()]).toEqual(['kubeconfig', 'API server'])
    expect(checks.get('API server')).toMatchObject({
      found: 'amiss',
      says: expect.stringContaining('Nothing listens'),
    })
  })
})

describe('what is amiss is named with its mend', () => {
  const cases: readonly [string, string, () => Response, string, string][] = [
    [
      'Argo Workflows that is not installed',
      `GET ${API}`,
      () => new Response('404 page not found\n', { status: 404 }),
      'Argo Workflows',
      'Install it',
    ],
    [
      'half of Argo Workflows',
      `GET ${API}`,
      () => Response.json({ groupVersion: 'x', resources: [{ name: 'workflows' }] }),
      'Argo Workflows',
      'does not know workflowtaskresults.argoproj.io',
    ],
    [
      'a namespace that is missing',
      'GET /api/v1/namespaces/ci',
      () => refused(404, 'NotFound', 'namespaces "ci" not found'),
      'namespace',
      'kubectl create namespace ci',
    ],
    [
      'a namespace that is ending',
      'GET /api/v1/namespaces/ci',
      () => namespace({}, { phase: 'Terminating' }),
      'namespace',
      'ci is being deleted',
    ],
    [
      'an account that is missing',
      'GET /api/v1/namespaces/ci/serviceaccounts/default',
      () => refused(404, 'NotFound', 'x'),
      'pods’ account',
      'ci has no service account default.',
    ],
    [
      'an account that may not report',
      `POST ${REVIEW}/namespaces/ci/localsubjectaccessreviews`,
      () => Response.json({ spec: {}, status: { allowed: false } }),
      'pods’ rights',
      'default lacks: create, patch workflowtaskresults.argoproj.io.',
    ],
  ]
  test.each(cases)('%s', async (_, asked, answer, what, sentence) => {
    answers[asked] = answer

    const checks = await examine()

    expect(checks.get(what)).toMatchObject({ found: 'amiss', says: expect.stringContaining(sentence) })
  })

  test('rights that are missing, with a role and its binding for who asks', async () => {
    answers[`POST ${REVIEW}/selfsubjectaccessreviews`] = ({ body }) => {
      const { resource, verb } = JSON.parse(body).spec.resourceAttributes
      return Response.json({ spec: {}, status: { allowed: verb !== 'patch' && resource !== 'events' } })
    }

    const rights = (await examine()).get('rights')

    expect(rights).toMatchObject({
      found: 'amiss',
      says: expect.stringContaining('lacks in ci: patch workflows.argoproj.io; list, watch events.'),
    })
    const [role, binding] = parseAllDocuments(rights?.manifest ?? '').map((document) => document.toJS())
    expect(role).toMatchObject({ kind: 'Role', metadata: { name: 'periplus', namespace: 'ci' } })
    expect(role.rules).toContainEqual({ apiGroups: [''], resources: ['events'], verbs: ['list', 'watch'] })
    expect(binding).toMatchObject({
      kind: 'RoleBinding',
      roleRef: { kind: 'Role', name: 'periplus' },
      subjects: [{ kind: 'ServiceAccount', name: 'periplus', namespace: 'periplus' }],
    })
  })

  test('a person who asks is bound as one', async () => {
    answers[`POST ${REVIEW}/selfsubjectaccessreviews`] = () =>
      Response.json({ spec: {}, status: { allowed: false } })
    answers['POST /apis/authentication.k8s.io/v1/selfsubjectreviews'] = () =>
      Response.json({ status: { userInfo: { username: 'alice' } } })

    const { manifest } = (await examine()).get('rights') ?? {}

    expect(
      parseAllDocuments(manifest ?? '')
        .at(-1)
        ?.toJS().subjects,
    ).toEqual([{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'alice' }])
  })

  test('root that is allowed here and refused there', async () => {
    expect((await examine({ '--argo-allow-root': 'true' })).get('pod security')).toMatchObject({
      found: 'amiss',
      says: expect.stringContaining('Set argo.allowRoot: false, or label the namespace baseline.'),
    })
  })
})

describe('what may not be asked', () => {
  const forbidden = () => refused(403, 'Forbidden', 'x is forbidden: User "y" cannot get resource "x"')

  test('is unknown and no fault', async () => {
    answers[`POST ${REVIEW}/namespaces/ci/localsubjectaccessreviews`] = forbidden
    answers['GET /api/v1/namespaces/ci/serviceaccounts/default'] = forbidden

    const checks = await examine()

    expect(checks.get('pods’ account')?.found).toBe('unknown')
    expect(checks.get('pods’ rights')?.says).toContain('periplus doctor --probe tries')
  })

  const dryRuns: readonly [string, () => Response, Check['found'], string][] = [
    [
      'that takes a Workflow is there',
      () => Response.json({ metadata: { name: 'x' } }, { status: 201 }),
      'well',
      'ci takes Workflows; only a dry run was made.',
    ],
    [
      'that does not exist',
      () => refused(404, 'NotFound', 'namespaces "ci" not found', { kind: 'namespaces', name: 'ci' }),
      'amiss',
      'no namespace ci',
    ],
    [
      'that is ending',
      () => refused(403, 'Forbidden', 'x', { causes: [{ reason: 'NamespaceTerminating' }] }),
      'amiss',
      'ci is being deleted',
    ],
    ['that takes none from us', forbidden, 'unknown', 'ci can neither be read nor tried'],
  ]
  test.each(dryRuns)('of a namespace %s is found by a dry run', async (_, answer, found, sentence) => {
    answers['GET /api/v1/namespaces/ci'] = forbidden
    answers[`POST ${WORKFLOWS}`] = answer

    const checks = await examine()

    expect(checks.get('namespace')).toMatchObject({ found, says: expect.stringContaining(sentence) })
    expect(checks.get('pod security')?.found).toBe('unknown')
    const tried = ground.asked.find(({ method, path }) => method === 'POST' && path === WORKFLOWS)
    expect(tried?.query).toEqual({ dryRun: 'All' })
  })
})

test('how a controller writes statuses is noted', async () => {
  const list = (status: object) => () =>
    Response.json({ items: [{ metadata: { name: 'big' }, status }], metadata: { resourceVersion: '1' } })

  answers[`GET ${WORKFLOWS}`] = list({ offloadNodeStatusVersion: 'fnv:123' })
  expect((await examine()).get('statuses')).toMatchObject({
    found: 'note',
    says: expect.stringContaining('in a database of its own'),
  })

  answers[`GET ${WORKFLOWS}`] = list({ compressedNodes: 'H4s…' })
  expect((await examine()).get('statuses')).toMatchObject({
    found: 'note',
    says: expect.stringContaining('compresses'),
  })
})
