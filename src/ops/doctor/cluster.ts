import { type Configuration, CustomObjectsApi, VersionApi } from '@kubernetes/client-node'
import { openCluster } from '../../engine/argo/client/client.ts'
import { type KubeconfigOptions, loadKubeconfig } from '../../engine/argo/client/kubeconfig.ts'
import { Transport } from '../../engine/argo/client/transport.ts'
import { typedOver } from '../../engine/argo/client/typed.ts'
import type { Cluster } from '../../engine/argo/cluster.ts'
import { accounts } from './accounts.ts'
import { amiss, type Check, checked, note, unknown, well } from './check.ts'
import { home } from './home.ts'
import { type Trial, trial } from './trial.ts'

export interface Patient extends Trial {
  readonly variables: KubeconfigOptions['variables']
  /** Whether a Workflow is run to see how that goes. */
  readonly probing: 'wanted' | 'unwanted'
}

/** Enough to see how a controller writes, few enough to read. */
const WORKFLOWS_LOOKED_AT = 20

/** Everything that segments need of a cluster, from the kubeconfig on; it ends where nothing more can be seen. */
export async function* cluster(patient: Patient): AsyncGenerator<Check> {
  const { argo, variables, world } = patient
  const access = { kubeconfig: argo.kubeconfig, context: argo.context, variables }
  const found = await checked('kubeconfig', async () => kubeconfig(access))
  yield found
  if (found.found === 'amiss') return
  const configuration = typedOver(new Transport(access, world))
  const server = await checked('API server', () => version(configuration))
  yield server
  if (server.found === 'amiss') return
  const installed = await checked('Argo Workflows', () => kinds(configuration))
  yield installed
  const { namespace, security } = await home(configuration, argo)
  yield namespace
  yield security
  yield* accounts(configuration, argo)
  if (installed.found === 'amiss' || namespace.found === 'amiss') return
  const opened = openCluster({ ...access, namespace: argo.namespace, world })
  yield await checked('statuses', () => statuses(opened))
  if (patient.probing === 'wanted') yield await trial(opened, patient)
  else
    yield unknown(
      'trial',
      'Whether a controller looks at this namespace is seen by running something: periplus doctor --probe.',
    )
}

function kubeconfig(access: KubeconfigOptions): Check {
  const { context, source, user, plugin } = loadKubeconfig(access).place
  if (context === null) return well('kubeconfig', `None is needed: ${source} is there.`)
  const by = plugin === null ? '' : `, whose credential the plugin ${plugin} gives`
  return well('kubeconfig', `Context ${context} of ${source}, as ${user}${by}.`)
}

async function version(configuration: Configuration): Promise<Check> {
  const { gitVersion } = await new VersionApi(configuration).getCode()
  return well('API server', `Kubernetes ${gitVersion} answers.`)
}

async function kinds(configuration: Configuration): Promise<Check> {
  const what = 'Argo Workflows'
  const group = { group: 'argoproj.io', version: 'v1alpha1' }
  const { resources } = await new CustomObjectsApi(configuration).getAPIResources(group)
  const missing = ['workflows', 'workflowtaskresults'].filter(
    (kind) => !resources.some(({ name }) => name === kind),
  )
  if (missing.length === 0) return well(what, 'Its kinds are there, as argoproj.io/v1alpha1.')
  const names = missing.map((kind) => `${kind}.argoproj.io`).join(' and ')
  return amiss(what, `The cluster does not know ${names}. Install Argo Workflows with all its definitions.`)
}

async function statuses(opened: Cluster): Promise<Check> {
  const { items } = await opened.list('workflows', { limit: WORKFLOWS_LOOKED_AT })
  const offloaded = items.find(({ status }) => (status?.offloadNodeStatusVersion ?? '') !== '')
  if (offloaded !== undefined) {
    return note(
      'statuses',
      `Argo keeps the nodes of large Workflows, such as ${offloaded.metadata.name}, in a database of its own. Segments are small and read from their pods.`,
    )
  }
  const compressed = items.find(({ status }) => (status?.compressedNodes ?? '') !== '')
  if (compressed !== undefined) {
    return note(
      'statuses',
      `Argo compresses the nodes of large Workflows, such as ${compressed.metadata.name}.`,
    )
  }
  return well('statuses', `Of ${items.length} Workflows here, all are written plainly.`)
}
