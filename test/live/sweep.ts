import type { Cluster } from '../../src/engine/argo/cluster.ts'
import type { ArgoWorkflow, Pod } from '../../src/engine/argo/kube.ts'
import { FINALIZER, INSTANCE_LABEL } from '../../src/engine/argo/names.ts'
import { isFinal } from '../../src/engine/argo/scene.ts'

/** A pod that is deleted has its grace, and a busy node its own ideas; garbage is collected in seconds. */
const GONE_MS_MAX = 120_000
const LOOK_MS = 500

interface Left {
  readonly workflows: readonly ArgoWorkflow[]
  readonly pods: readonly Pod[]
}

/** What bears a label, once all that was about to go is gone: a word each, such as `pod p-test-1`. */
export async function leftOf(cluster: Cluster, instance: string): Promise<readonly string[]> {
  const until = Date.now() + GONE_MS_MAX
  for (;;) {
    const left = wordsOf(await look(cluster, instance))
    if (left.length === 0 || Date.now() > until) return left
    await Bun.sleep(LOOK_MS)
  }
}

/** Ends and removes everything that bears a label; what is left in spite of that. */
export async function sweep(cluster: Cluster, instance: string): Promise<readonly string[]> {
  const { workflows, pods } = await look(cluster, instance)
  for (const workflow of workflows) await remove(cluster, workflow)
  for (const { metadata } of pods) await cluster.deletePod(metadata.name, metadata.uid ?? '', 0)
  return await leftOf(cluster, instance)
}

async function look(cluster: Cluster, instance: string): Promise<Left> {
  const query = { labelSelector: `${INSTANCE_LABEL}=${instance}` }
  const [workflows, pods] = await Promise.all([cluster.list('workflows', query), cluster.list('pods', query)])
  return { workflows: workflows.items, pods: pods.items }
}

function wordsOf({ workflows, pods }: Left): readonly string[] {
  return [
    ...workflows.map(({ metadata }) => `Workflow ${metadata.name}`),
    ...pods.map(({ metadata }) => `pod ${metadata.name}`),
  ]
}

async function remove(cluster: Cluster, workflow: ArgoWorkflow): Promise<void> {
  const { name, uid = '', finalizers = [] } = workflow.metadata
  // A controller makes no pod any more for one that was told to end.
  if (!isFinal(workflow))
    await cluster.patchWorkflow(name, { spec: { shutdown: 'Terminate', suspend: null } })
  await cluster.deleteWorkflow(name, uid)
  const index = finalizers.indexOf(FINALIZER)
  if (index < 0) return
  const path = `/metadata/finalizers/${index}`
  await cluster.patchWorkflow(name, [
    { op: 'test', path, value: FINALIZER },
    { op: 'remove', path },
  ])
}
