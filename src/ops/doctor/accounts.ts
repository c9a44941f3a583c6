import { type Configuration, CoreV1Api } from '@kubernetes/client-node'
import type { ArgoConfig } from '../../config/argo.ts'
import { amiss, type Check, checked, isRefused, unknown, well } from './check.ts'
import { type Reviews, reviewsOver } from './reviews.ts'
import { account, ENGINE_RIGHTS, grant, POD_RIGHTS, type Right, subjectOf } from './rights.ts'

/** The account that pods have where nobody gave them another. */
const DEFAULT_ACCOUNT = 'default'

/** What we may do, and what the pods' own account may. */
export async function* accounts(configuration: Configuration, argo: ArgoConfig): AsyncGenerator<Check> {
  const reviews = reviewsOver(configuration, argo.namespace)
  yield await checked('rights', () => ownRights(reviews, argo))
  const name = argo.defaults.serviceAccount ?? DEFAULT_ACCOUNT
  const exists = await checked('pods’ account', () => podsAccount(configuration, argo, name))
  yield exists
  if (exists.found !== 'amiss') yield await checked('pods’ rights', () => podsRights(reviews, argo, name))
}

async function ownRights(reviews: Reviews, { namespace }: ArgoConfig): Promise<Check> {
  const lacking = await reviews.lacking(ENGINE_RIGHTS)
  if (lacking.length === 0) return well('rights', `All that the engine does in ${namespace} is allowed.`)
  const me = await reviews.me()
  const subject = subjectOf(me ?? 'name-of-the-account')
  return amiss(
    'rights',
    `${me ?? 'This account'} lacks in ${namespace}: ${wordsOf(lacking)}. Apply the role below as somebody who may.`,
    grant('periplus', namespace, ENGINE_RIGHTS, subject),
  )
}

async function podsAccount(
  configuration: Configuration,
  { namespace }: ArgoConfig,
  name: string,
): Promise<Check> {
  try {
    await new CoreV1Api(configuration).readNamespacedServiceAccount({ name, namespace })
    return well('pods’ account', `${name} is there.`)
  } catch (error) {
    if (isRefused(error, 403))
      return unknown('pods’ account', `Whether there is one called ${name} may not be asked.`)
    if (!isRefused(error, 404)) throw error
    return amiss(
      'pods’ account',
      `${namespace} has no service account ${name}. Apply it with its role below, or name another with argo.serviceAccount.`,
      account(name, namespace) + podsGrant(name, namespace),
    )
  }
}

async function podsRights(reviews: Reviews, { namespace }: ArgoConfig, name: string): Promise<Check> {
  const lacking = await reviews.accountLacking(name, POD_RIGHTS)
  if (lacking === null) {
    return unknown(
      'pods’ rights',
      `What ${name} may do may not be asked; periplus doctor --probe tries whether it is enough.`,
    )
  }
  if (lacking.length === 0) return well('pods’ rights', `${name} may report how its containers ended.`)
  return amiss(
    'pods’ rights',
    `${name} lacks: ${wordsOf(lacking)}. Without it Argo ends each segment in Error. Apply the role below.`,
    podsGrant(name, namespace),
  )
}

function podsGrant(name: string, namespace: string): string {
  return grant('periplus-pods', namespace, POD_RIGHTS, { kind: 'ServiceAccount', name, namespace })
}

/** `create and patch workflows.argoproj.io; get pods/log`. */
function wordsOf(rights: readonly Right[]): string {
  return rights
    .map(({ verbs, resource, group }) => `${verbs.join(', ')} ${resource}${group === '' ? '' : `.${group}`}`)
    .join('; ')
}
