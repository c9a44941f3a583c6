import { describe, expect, test } from 'bun:test'
import { parseAllDocuments } from 'yaml'
import { documentsOf } from '../../src/cli/render.ts'
import { argoOf } from '../../src/config/argo.ts'
import { readSettings } from '../../src/config/settings.ts'
import type { Environment, Workflow } from '../../src/domain/definition.ts'
import { readDefinitions } from '../../src/domain/workflow.ts'
import { compile } from '../../src/engine/argo/compile.ts'
import type { ArgoWorkflow } from '../../src/engine/argo/kube.ts'
import type { SegmentOrder } from '../../src/engine/engine.ts'
import { siteOf } from '../../src/engines.ts'
import type { Git } from '../../src/outside/git.ts'
import { manifestsOf } from '../../src/serve/manifests.ts'
import { createRender } from '../../src/serve/render.ts'
import { validate } from '../argo/schema.ts'

const SHA = '0123456789abcdef0123456789abcdef01234567'
const git: Git = { resolve: async () => ({ sha: SHA, branch: 'main', tag: null }), branches: async () => [] }

const TEXT = `kind: workflow
name: shop
engine: argo
source: { git: { url: "https://git.example/shop.git", branch: main } }
argo: { image: node:24 }
variables: { TOKEN: { secret: npm-token }, ODD: "yes", TEMPLATE: "{{ x }}" }
build:
  script:
    run: |
      set -e
      echo "$(date) $$ {{inputs}} \\u0041"
      printf 'a\\tb\\n'
deploy: [{ environment: live }]
---
kind: environment
name: live
manual: true
argo: { serviceAccount: deployer }
deploy: { script: { run: ./deploy.sh } }
`

function site() {
  const flags = new Map([['--argo-namespace', 'builds']])
  const argo = argoOf(readSettings(flags, {}).config)
  if (argo === null) throw new Error('argo is configured')
  return siteOf(argo, 'an-instance', false)
}

/** What is printed, and the orders it was made of. */
async function rendered() {
  const orders: SegmentOrder[] = []
  const render = createRender(git, {
    credential: () => null,
    registry: (name) => ({
      kind: 'registry',
      address: `${name}.example`,
      username: 'ci',
      password: 'hunter2hunter2',
      plainHttp: false,
    }),
    ...{ engine: 'local', logBytesMax: 1_000, graceMs: 5_000 },
    manifests: (order) => {
      orders.push(order)
      return manifestsOf(site())(order)
    },
  })
  const { documents } = readDefinitions(TEXT)
  const workflow = documents[0]?.definition as Workflow
  const environment = documents[1]?.definition as Environment
  const subject = { workflow, environments: new Map([['live', environment]]), ref: workflow.source.ref }
  const { plan, objects, ...pinned } = await render(subject, new AbortController().signal)
  const text = documentsOf({
    ...{ workflow: 'shop', version: 1, ...pinned, skipped: [] },
    segments: plan.segments.map(({ number, engine, environment }) => ({
      ...{ number, engine, environment, gate: null, stages: [], objects: [...(objects[number] ?? [])] },
    })),
  })
  return { text, orders }
}

describe('what is printed', () => {
  test('is what the engine would create, to the letter', async () => {
    const { text, orders } = await rendered()
    const workflows = documentsIn(text).filter(({ kind }) => kind === 'Workflow')

    expect(orders).toHaveLength(2)
    expect(workflows).toEqual(orders.map((order) => JSON.parse(JSON.stringify(compile(order, site())))))
  })

  test('is taken by a cluster', async () => {
    const objects = documentsIn((await rendered()).text)

    expect(objects.map(({ kind, metadata }) => [kind, metadata.namespace])).toEqual([
      ['Workflow', 'builds'],
      ['Secret', 'builds'],
      ['Workflow', 'builds'],
      ['Secret', 'builds'],
    ])
    for (const object of objects)
      validate(object.kind === 'Workflow' ? 'workflows' : 'secrets', { ...object })
  })

  test('has no secret in it, and no owner that only a cluster could name', async () => {
    const secrets = documentsIn((await rendered()).text).filter(({ kind }) => kind === 'Secret')

    expect(secrets[0]).toMatchObject({
      type: 'Opaque',
      stringData: { 's2.TOKEN': '<secret npm-token>', 's2.TEMPLATE': '{{ x }}' },
    })
    expect(secrets.map(({ metadata }) => metadata.ownerReferences)).toEqual([undefined, undefined])
  })
})

test('a server without a cluster has nothing to make of an order', async () => {
  const { orders } = await rendered()
  const [order] = orders
  if (order === undefined) throw new Error('nothing was ordered')

  await expect(manifestsOf(null)(order)).rejects.toThrow('The engine argo is not configured')
})

type Printed = ArgoWorkflow | { readonly kind: 'Secret'; readonly metadata: ArgoWorkflow['metadata'] }

function documentsIn(text: string): readonly Printed[] {
  return [...parseAllDocuments(text, { version: '1.1' })].map((document) => document.toJS())
}
