import { AuthenticationV1Api, AuthorizationV1Api, type Configuration } from '@kubernetes/client-node'
import { Fault } from '../../domain/fault.ts'
import { ApiError } from '../../engine/argo/kube.ts'
import { isRefused } from './check.ts'
import type { Right } from './rights.ts'

/** What an API server says of who may do what. */
export interface Reviews {
  /** Our name as the server knows it; null where it does not tell. */
  me(): Promise<string | null>
  /** Of these rights, those that we lack. */
  lacking(rights: readonly Right[]): Promise<readonly Right[]>
  /** Of these rights, those that a service account lacks; null where we may not ask. */
  accountLacking(name: string, rights: readonly Right[]): Promise<readonly Right[] | null>
}

export function reviewsOver(configuration: Configuration, namespace: string): Reviews {
  const authorization = new AuthorizationV1Api(configuration)
  return {
    async me() {
      try {
        const review = await new AuthenticationV1Api(configuration).createSelfSubjectReview({ body: {} })
        return review.status?.userInfo?.username ?? null
      } catch (error) {
        // Servers before 1.28 do not know the question: a name is good to have, and not needed.
        if (error instanceof ApiError || error instanceof Fault) return null
        throw error
      }
    },
    lacking: (rights) =>
      filtered(rights, async (attributes) => {
        const spec = { resourceAttributes: { namespace, ...attributes } }
        const { status } = await authorization.createSelfSubjectAccessReview({ body: { spec } })
        return status?.allowed === true
      }),
    async accountLacking(name, rights) {
      const user = `system:serviceaccount:${namespace}:${name}`
      const groups = ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated']
      const asked = filtered(rights, async (attributes) => {
        const spec = { user, groups, resourceAttributes: { namespace, ...attributes } }
        const body = { metadata: { namespace }, spec }
        const { status } = await authorization.createNamespacedLocalSubjectAccessReview({ namespace, body })
        return status?.allowed === true
      })
      return await asked.catch((error: unknown) => {
        if (isRefused(error, 403)) return null
        throw error
      })
    },
  }
}

interface Attributes {
  readonly group: string
  readonly resource: string
  readonly subresource?: string
  readonly verb: string
}

/** The rights, each with those of its verbs that are not allowed. */
async function filtered(
  rights: readonly Right[],
  isAllowed: (attributes: Attributes) => Promise<boolean>,
): Promise<readonly Right[]> {
  const found = await Promise.all(
    rights.map(async (right) => {
      const [resource = '', subresource] = right.resource.split('/')
      const part = subresource === undefined ? {} : { subresource }
      const allowed = await Promise.all(
        right.verbs.map((verb) => isAllowed({ group: right.group, resource, ...part, verb })),
      )
      return { ...right, verbs: right.verbs.filter((_, index) => allowed[index] === false) }
    }),
  )
  return found.filter(({ verbs }) => verbs.length > 0)
}
