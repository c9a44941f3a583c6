import { type Configuration, CoreV1Api, CustomObjectsApi, type V1Namespace } from '@kubernetes/client-node'
import type { ArgoConfig } from '../../config/argo.ts'
import { probe } from '../../engine/argo/probe.ts'
import { amiss, type Check, checked, isRefused, note, unknown, well } from './check.ts'
import { trialSite } from './trial.ts'

const LEVEL_LABEL = 'pod-security.kubernetes.io/enforce'

/** The namespace, and what it enforces on pods. */
export async function home(
  configuration: Configuration,
  argo: ArgoConfig,
): Promise<{ readonly namespace: Check; readonly security: Check }> {
  let read: V1Namespace | null = null
  const namespace = await checked('namespace', async () => {
    try {
      read = await new CoreV1Api(configuration).readNamespace({ name: argo.namespace })
      return read.status?.phase === 'Terminating'
        ? ending(argo)
        : well('namespace', `${argo.namespace} is there.`)
    } catch (error) {
      // To look at it is no right that the engine needs.
      if (isRefused(error, 403)) return await byDryRun(configuration, argo)
      if (isRefused(error, 404)) return missing(argo)
      throw error
    }
  })
  return { namespace, security: security(read, argo) }
}

/** A Workflow that is only judged and never made tells whether it could be. */
async function byDryRun(configuration: Configuration, argo: ArgoConfig): Promise<Check> {
  const { namespace } = argo
  const workflows = { group: 'argoproj.io', version: 'v1alpha1', plural: 'workflows', namespace }
  const body = probe('p-doctor-dry-run', trialSite(argo))
  try {
    await new CustomObjectsApi(configuration).createNamespacedCustomObject({
      ...workflows,
      body,
      dryRun: 'All',
    })
    return well('namespace', `${namespace} takes Workflows; only a dry run was made.`)
  } catch (error) {
    if (isRefused(error, 404) && error.status.details?.kind === 'namespaces') return missing(argo)
    if (!isRefused(error, 403)) throw error
    if (error.status.details?.causes?.some(({ reason }) => reason === 'NamespaceTerminating'))
      return ending(argo)
    return unknown('namespace', `${namespace} can neither be read nor tried: ${error.message}`)
  }
}

function missing({ namespace }: ArgoConfig): Check {
  return amiss(
    'namespace',
    `The cluster has no namespace ${namespace}. Make it (kubectl create namespace ${namespace}), or name another with argo.namespace.`,
  )
}

function ending({ namespace }: ArgoConfig): Check {
  return amiss(
    'namespace',
    `${namespace} is being deleted and takes nothing new. Name another with argo.namespace, or make it anew when it is gone.`,
  )
}

function security(read: V1Namespace | null, { namespace, allowRoot }: ArgoConfig): Check {
  const what = 'pod security'
  if (read === null)
    return unknown(
      what,
      `What it enforces cannot be read; see kubectl get namespace ${namespace} --show-labels.`,
    )
  const level = read.metadata?.labels?.[LEVEL_LABEL]
  if (level === undefined || level === 'privileged') {
    return note(
      what,
      'Nothing is enforced; pods of segments keep to “restricted” anyway, but for scripts that run as root.',
    )
  }
  if (level !== 'restricted' || !allowRoot)
    return well(what, `“${level}” is enforced, and pods of segments keep to it.`)
  return amiss(
    what,
    'argo.allowRoot is true, but “restricted” is enforced here: pods with a script that asks for root are refused. Set argo.allowRoot: false, or label the namespace baseline.',
  )
}
