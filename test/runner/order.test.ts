import { describe, expect, test } from 'bun:test'
import { argoFrom } from '../../src/domain/argo.ts'
import { type Environment, NO_ARGO_SETTINGS, type Workflow } from '../../src/domain/definition.ts'
import { plan } from '../../src/domain/plan.ts'
import { orderOf } from '../../src/runner/order.ts'
import type { RunnerOptions } from '../../src/runner/parts.ts'
import { anEnvironment, aScript, aStep, aWorkflow } from '../domain/definitions.ts'
import old from '../domain/old.json' with { type: 'json' }
import { KEYS } from '../sim/process.ts'
import { addExecution, openTestStore } from '../store/fixture.ts'

const SHA = '0123456789abcdef0123456789abcdef01234567'

const OPTIONS: RunnerOptions = {
  engine: 'local',
  argo: NO_ARGO_SETTINGS,
  allowFile: false,
  logBytesMax: 1_000,
  graceMs: 5,
  unreachableLimitMs: null,
  releaseAfterMs: 1,
  pollMs: 1,
  recompress: false,
}

/** The orders of an execution whose workflow and plan stand in the store as these texts. */
function ordersOf(
  workflow: string,
  planned: string,
  credentials: Readonly<Record<string, { readonly kind: string }>> = {},
) {
  const store = openTestStore()
  const definition: Workflow = JSON.parse(workflow)
  const save = { slug: definition.name, text: '', by: 'alice', now: 1 }
  const { workflowId } = store.workflows.save({ ...save, definition })
  store.executions.putPlan('hash', planned)
  store.secrets.put('deploy-key', KEYS.seal('hunter2', 'secret:deploy-key'), 'alice', 1)
  for (const [name, value] of Object.entries(credentials)) {
    const sealed = KEYS.seal(JSON.stringify(value), `credential:${name}`)
    const kind = value.kind === 'registry' ? 'registry' : 'https'
    store.credentials.put({ name, kind, sealed, by: 'alice', now: 1 })
  }
  const executionId = addExecution(store, {
    ...{ workflowId, status: 'running', planHash: 'hash', sha: SHA, branch: 'main' },
  })
  const row = store.executions.byId(executionId)
  const { segments }: ReturnType<typeof plan> = JSON.parse(planned)
  return segments.map(({ number, engine, environment }) => {
    store.segments.insert({ executionId, number, handle: `p-${number}`, engine, environment })
    const segment = store.segments.one(executionId, number)
    if (row === null || segment === null) throw new Error('nothing is to be ordered')
    return orderOf({ store, keys: KEYS, options: OPTIONS }, row, segment)
  })
}

function planOf(workflow: Workflow, ...environments: readonly Environment[]): string {
  const facts = { defaultEngine: 'argo', branch: 'main', tag: null, events: ['manual'] } as const
  return JSON.stringify(plan(workflow, new Map(environments.map((one) => [one.name, one])), facts))
}

describe('the order of a push', () => {
  const push = { registry: 'shop', image: 'storefront', tags: ['1'], timeoutMs: null, retries: 0 }
  const workflow = aWorkflow({
    build: { ...aScript(), kind: 'script', artifacts: [] },
    push,
    tools: { ...aWorkflow().tools, 'post-push': [aScript({ run: './notify.sh' })] },
  })
  const registry = {
    ...{ kind: 'registry', address: 'registry.example', username: 'ci', password: 'hunter2hunter2' },
    plainHttp: false,
  }

  test('has the registry’s address as a variable, and the way in as a file alone', () => {
    const [ordered] = ordersOf(JSON.stringify(workflow), planOf(workflow), { shop: registry })
    const stage = ordered?.order.stages.find(({ id }) => id === 'push')
    const auth = Buffer.from('ci:hunter2hunter2').toString('base64')

    expect(stage?.env).toMatchObject({ PERIPLUS_REGISTRY: 'registry.example' })
    expect(JSON.stringify({ ...stage, files: null })).not.toContain('hunter2')
    expect(JSON.parse(stage?.files['config.json'] ?? '')).toEqual({
      auths: { 'registry.example': { auth } },
    })
    expect(ordered?.secrets).toEqual(['hunter2hunter2', auth])
  })

  test('lets what follows in its segment read what was pushed', () => {
    const [ordered] = ordersOf(JSON.stringify(workflow), planOf(workflow), { shop: registry })

    expect(ordered?.order.stages.map(({ run }) => run?.split('\n').at(-1))).toContain(
      '. "$PERIPLUS_IMAGE_ARCHIVE.env"; ./notify.sh',
    )
    expect(ordered?.order.stages.find(({ id }) => id === 'build')?.run).toBe('true')
  })

  test('is refused where the name is a repository’s by now', () => {
    const shop = { kind: 'https', username: 'ci', password: 'hunter2hunter2' }

    expect(() => ordersOf(JSON.stringify(workflow), planOf(workflow), { shop })).toThrow(
      'The credential shop is of repositories by now.',
    )
  })
})

describe('an order', () => {
  const resources = { requests: { cpu: '1' }, limits: {} }
  const env = { KEY: { secret: 'deploy-key' }, REGION: 'eu' }
  const workflow = aWorkflow({
    argo: argoFrom({ image: 'node:24', serviceAccount: 'build' }),
    build: { ...aScript({ image: 'golang:1.26', resources }), kind: 'script', artifacts: [] },
    deploy: [aStep()],
  })
  const environment = anEnvironment({
    argo: argoFrom({ serviceAccount: 'deploy' }),
    deploy: aScript({ run: './deploy.sh', env }),
  })
  const [build, deploy] = ordersOf(JSON.stringify(workflow), planOf(workflow, environment))

  test('says how its pod is made, as the plan has it', () => {
    expect(build?.order).toMatchObject({
      environment: null,
      argo: { image: 'node:24', serviceAccount: 'build' },
      stages: [
        { id: 'source', image: null, resources: null },
        { id: 'build', image: 'golang:1.26', resources },
      ],
    })
    expect(deploy?.order).toMatchObject({
      environment: 'dev',
      argo: { image: 'node:24', serviceAccount: 'deploy' },
    })
  })

  test('says which of its variables are secret, and is masked by their values', () => {
    expect(deploy?.order.stages[0]).toMatchObject({ env: { KEY: 'hunter2', REGION: 'eu' }, secrets: ['KEY'] })
    expect(deploy?.secrets).toEqual(['hunter2'])
    expect(build?.secrets).toEqual([])
  })

  test('tells every script of its execution', () => {
    expect(deploy?.order.stages[0]?.env).toMatchObject({
      PERIPLUS_EXECUTION_ID: 'storefront-1',
      PERIPLUS_WORKFLOW: 'storefront',
      PERIPLUS_GIT_SHA: SHA,
      PERIPLUS_GIT_BRANCH: 'main',
      PERIPLUS_GIT_TAG: '',
      PERIPLUS_STAGE: 'deploy.dev',
      PERIPLUS_ENVIRONMENT: 'dev',
    })
  })

  test('of what an older version planned is complete', () => {
    const [first, second] = ordersOf(JSON.stringify(old.workflow), JSON.stringify(old.plan))

    expect(first?.order).toMatchObject({
      argo: NO_ARGO_SETTINGS,
      stages: [
        { id: 'source', image: null, resources: null },
        { id: 'build', run: 'make dist', image: null, resources: null, artifacts: ['dist/**'] },
      ],
    })
    expect(second?.order).toMatchObject({
      environment: 'dev',
      argo: NO_ARGO_SETTINGS,
      artifactsFrom: ['p-0'],
    })
    expect(second?.order.stages[0]).toMatchObject({ env: { KEY: 'hunter2' }, secrets: ['KEY'] })
  })
})
