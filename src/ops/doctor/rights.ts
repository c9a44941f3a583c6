import { stringify } from 'yaml'

/** What an account may do with one kind of object in a namespace. */
export interface Right {
  readonly group: string
  readonly resource: string
  readonly verbs: readonly string[]
}

/** All that the engine does in a cluster. deploy/kubernetes grants exactly this. */
export const ENGINE_RIGHTS: readonly Right[] = [
  {
    group: 'argoproj.io',
    resource: 'workflows',
    verbs: ['create', 'get', 'list', 'watch', 'patch', 'delete'],
  },
  { group: '', resource: 'pods', verbs: ['get', 'list', 'watch', 'delete'] },
  { group: '', resource: 'pods/log', verbs: ['get'] },
  // Why a pod waits.
  { group: '', resource: 'events', verbs: ['list', 'watch'] },
  // The secrets of a segment, and what its checkout signs in with.
  { group: '', resource: 'secrets', verbs: ['create', 'delete'] },
]

/** What Argo's part in every pod does: it reports how the containers ended. */
export const POD_RIGHTS: readonly Right[] = [
  { group: 'argoproj.io', resource: 'workflowtaskresults', verbs: ['create', 'patch'] },
]

/** Who is granted something. */
export type Subject =
  | { readonly kind: 'ServiceAccount'; readonly name: string; readonly namespace: string }
  | { readonly kind: 'User'; readonly apiGroup: 'rbac.authorization.k8s.io'; readonly name: string }

/** The subject behind a name as the API server knows it: `system:serviceaccount:ci:periplus`, `alice`. */
export function subjectOf(username: string): Subject {
  const [, namespace, name] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(username) ?? []
  if (namespace !== undefined && name !== undefined) return { kind: 'ServiceAccount', name, namespace }
  return { kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: username }
}

/** A role with these rights and its binding, as YAML to apply. */
export function grant(name: string, namespace: string, rights: readonly Right[], subject: Subject): string {
  const apiVersion = 'rbac.authorization.k8s.io/v1'
  const metadata = { name, namespace }
  return documents(
    { apiVersion, kind: 'Role', metadata, rules: rulesOf(rights) },
    {
      apiVersion,
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
      subjects: [subject],
    },
  )
}

/** A service account, as YAML to apply. */
export function account(name: string, namespace: string): string {
  return documents({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } })
}

/** Rights as a role writes them. */
function rulesOf(rights: readonly Right[]) {
  return rights.map(({ group, resource, verbs }) => ({ apiGroups: [group], resources: [resource], verbs }))
}

function documents(...objects: readonly object[]): string {
  return objects.map((object) => `---\n${stringify(object)}`).join('')
}
