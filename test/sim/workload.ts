import { readDefinitions } from '../../src/domain/workflow.ts'
import type { Store } from '../../src/store/store.ts'
import { LEFT, type SimBehaviour } from './ground.ts'

const MINUTE = 60_000

const run = (behaviour: SimBehaviour) => ({ script: { run: JSON.stringify(behaviour) } })
const works = (lines: number, ms: number, exit = 0) => run({ does: 'works', lines, ms, exit })
/** Ends well in every third execution. */
const sometimes = (ms: number) => run({ does: 'works', lines: 1, ms, exit: 0, wellEvery: 3 })
const source = { git: { url: 'https://git.example/shop.git', branch: 'main' } }
const quick = works(3, 500)
/** Hands on where it was made. */
const builds = (lines: number, ms: number) => run({ does: 'works', lines, ms, exit: 0, hands: true })
/** Keeps files, too, for the segments to come. */
const keeps = (lines: number, ms: number) => ({
  script: { ...builds(lines, ms).script, artifacts: ['dist/**'] },
})

/** Leaves one report of two that it was to leave. */
const scans = (lines: number, ms: number, exit = 0) => ({
  script: {
    ...run({ does: 'works', lines, ms, exit, leaves: true }).script,
    reports: [
      { path: LEFT, format: 'sarif' },
      { path: 'none.xml', format: 'junit' },
    ],
  },
})

/** Environments, each with another rule. */
const ENVIRONMENTS = [
  { name: 'dev', deploy: works(3, 3_000) },
  { name: 'cloud', engine: 'argo', deploy: works(2, 8_000) },
  { name: 'staging', deploy: works(2, 5_000), manual: true },
  {
    name: 'production',
    deploy: works(4, 10_000),
    manual: true,
    approvers: ['alice', 'bob', 'carol'],
    quorum: 2,
    selfApproval: false,
  },
  { name: 'limited', deploy: works(2, 2_000), manual: true, approvers: ['alice'], expires: '10m' },
  { name: 'broken', engine: 'local', deploy: run({ does: 'refused' }) },
  { name: 'ruined', deploy: works(2, 3_000, 1) },
  { name: 'closing', deploy: works(1, 1_000) },
  { name: 'shaky', deploy: sometimes(4_000) },
]

/** Workflows, each for another way an execution may go. */
const WORKFLOWS: readonly { readonly name: string; readonly [key: string]: unknown }[] = [
  {
    ...{ name: 'plain', engine: 'local' },
    tools: { preBuild: [scans(3, 500)] },
    build: keeps(5, 4_000),
    deploy: [{ environment: 'dev' }],
  },
  {
    ...{ name: 'gated', engine: 'local' },
    build: keeps(4, 2_000),
    deploy: [{ environment: 'dev' }, { environment: 'production' }],
    tools: { postDeploy: [quick] },
  },
  { name: 'staged', build: builds(3, 500), deploy: [{ environment: 'staging' }, { environment: 'cloud' }] },
  { name: 'expiring', build: builds(3, 500), deploy: [{ environment: 'limited' }] },
  { name: 'red', build: scans(3, 2_000, 1), deploy: [{ environment: 'dev' }] },
  {
    name: 'flaky',
    build: { script: { run: JSON.stringify({ does: 'fails-first', attempts: 1 }), retries: 1 } },
  },
  { name: 'refused', build: builds(2, 300), deploy: [{ environment: 'dev' }, { environment: 'broken' }] },
  {
    ...{ name: 'shaky', engine: 'local' },
    tools: { preBuild: [{ script: { ...sometimes(200).script, continueOnFailure: true } }] },
    build: keeps(2, 1_000),
    deploy: [{ environment: 'dev' }, { environment: 'shaky' }],
  },
  { name: 'wobbly', build: builds(2, 1_000), deploy: [{ environment: 'dev' }, { environment: 'ruined' }] },
  { name: 'lost-branch', source: { git: { ...source.git, branch: 'missing' } }, build: quick },
  { name: 'closing', build: works(2, 4_000), deploy: [{ environment: 'closing' }] },
  { name: 'restored', deploy: [{ environment: 'shaky' }] },
  { name: 'slow', timeout: '2m', build: works(30, 5 * MINUTE), deploy: [{ environment: 'dev' }] },
  {
    name: 'slow-deaf',
    timeout: '1m',
    build: run({ does: 'works', lines: 5, ms: 4 * MINUTE, exit: 0, deaf: true }),
  },
  { name: 'deaf', build: run({ does: 'works', lines: 8, ms: 15 * MINUTE, exit: 0, deaf: true }) },
  { name: 'stubborn', build: run({ does: 'ignores-term' }), timeout: '5m' },
  {
    name: 'grouped',
    concurrency: { group: 'shared', limit: 2 },
    build: builds(3, 8_000),
    deploy: [{ environment: 'dev' }, { environment: 'staging' }],
  },
  {
    name: 'newest',
    concurrency: { group: 'newest', limit: 1, onConflict: 'terminateRunning' },
    build: works(6, 30_000),
  },
  {
    name: 'latest',
    concurrency: { group: 'latest', limit: 1, onConflict: 'cancelPending' },
    build: works(3, 40_000),
  },
  { name: 'secret', engine: 'argo', variables: { TOKEN: { secret: 'token' } }, build: scans(3, 2_000) },
  { name: 'remote', engine: 'argo', build: builds(6, 20_000), deploy: [{ environment: 'cloud' }] },
]

/** The secret of the workload: its lines must be stored without it. */
export const SECRET = 'correct-horse-battery'

export const WORKFLOW_NAMES: readonly string[] = WORKFLOWS.map((workflow) => workflow.name)

const READ = readDefinitions(
  [
    ...ENVIRONMENTS.map((written) => ({ kind: 'environment', ...written })),
    ...WORKFLOWS.map((written) => ({ kind: 'workflow', source, ...written })),
  ]
    .map((document) => `---\n${JSON.stringify(document)}\n`)
    .join(''),
)
if (READ.findings.length > 0) throw new Error(JSON.stringify(READ.findings))

/** Writes all definitions into a store. */
export function load(store: Store, seal: (plain: string, context: string) => Uint8Array): void {
  for (const document of READ.documents) {
    const { text, definition } = document
    const save = { slug: definition.name, text, by: 'admin', now: 0 }
    if (document.kind === 'workflow') store.workflows.save({ ...save, definition: document.definition })
    else store.environments.save({ ...save, definition: document.definition })
  }
  store.secrets.put('token', seal(SECRET, 'secret:token'), 'admin', 0)
}

/** Opens or closes the environment that changes during a simulation. */
export function setClosing(store: Store, active: boolean): void {
  const row = store.environments.bySlug('closing')
  if (row === null) return
  store.environments.save({
    slug: row.slug,
    text: row.text,
    definition: { ...row.definition, active },
    by: 'admin',
    now: 0,
  })
}
