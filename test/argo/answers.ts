import type { JsonPatch } from '../../src/engine/argo/cluster.ts'
import { lacksRight, namespaceNotFound, refusal, unsupportedMediaType } from './failures.ts'
import type { Propagation, Query } from './model.ts'
import { type Kind, RESOURCES } from './objects.ts'
import { isObject } from './patches.ts'
import { kindOf, type Route } from './routes.ts'
import type { StandIn } from './standin.ts'

export interface Answer {
  readonly code: number
  readonly body: unknown
}

/** A path that nobody serves: the only answer that is no JSON. */
export const PAGE_NOT_FOUND: Answer = { code: 404, body: '404 page not found\n' }

export interface Asked {
  readonly route: Route
  readonly contentType: string
  readonly body: string
}

/** The answer to a request that is no stream; refusals are thrown. */
export function answer(standIn: StandIn, denied: ReadonlySet<string>, asked: Asked): Answer {
  const { route } = asked
  if (route.resource === 'selfsubjectaccessreviews') return review(denied, asked.body)
  // Everybody's pods may report.
  if (route.resource === 'localsubjectaccessreviews') return review(new Set(), asked.body)
  if (route.resource === 'serviceaccounts') return account(route)
  if (route.resource === 'namespaces') return { code: 200, body: namespace(standIn, route.name) }
  const kind = kindOf(route)
  if (kind === 'workflows' && !standIn.api.hasArgo) return PAGE_NOT_FOUND
  if (kind !== null) return answerKind(standIn, kind, asked)
  return discovery(standIn, route.resource)
}

/** Throws where the caller lacks the right that a request needs. */
export function authorize(denied: ReadonlySet<string>, route: Route): void {
  const { verb, resource, group, namespace, name } = route
  if (denied.has(`${verb} ${resource}`)) throw lacksRight(verb, resource, group, namespace, name)
}

function answerKind({ api }: StandIn, kind: Kind, { route, body, contentType }: Asked): Answer {
  const { namespace, name } = route
  switch (route.verb) {
    case 'list':
      return { code: 200, body: list(kind, api.list(kind, namespace, queryOf(route.query))) }
    case 'get':
      return { code: 200, body: api.get(kind, namespace, name) }
    case 'create': {
      const how = route.query.get('dryRun') === 'All' ? 'tried' : 'kept'
      return { code: 201, body: api.create(kind, namespace, JSON.parse(body), how) }
    }
    case 'patch':
      return { code: 200, body: api.patch(kind, namespace, name, patchOf(contentType, body)) }
    case 'delete':
      return { code: 200, body: api.delete(kind, namespace, name, deletionOf(route.query, body)) }
    default:
      return PAGE_NOT_FOUND
  }
}

export function queryOf(query: URLSearchParams): Query {
  const [labelSelector, fieldSelector, from] = ['labelSelector', 'fieldSelector', 'continue'].map((key) =>
    query.get(key),
  )
  const limit = query.get('limit')
  return {
    ...(labelSelector ? { labelSelector } : {}),
    ...(fieldSelector ? { fieldSelector } : {}),
    ...(from ? { continue: from } : {}),
    ...(limit === null ? {} : { limit: Number(limit) }),
  }
}

function patchOf(contentType: string, body: string): Record<string, unknown> | JsonPatch[] {
  const isKnown = ['application/merge-patch+json', 'application/json-patch+json'].includes(contentType)
  const patch: unknown = isKnown ? JSON.parse(body) : null
  const isList = contentType === 'application/json-patch+json'
  if (isList && Array.isArray(patch)) return patch
  if (!isList && isObject(patch)) return patch
  throw unsupportedMediaType()
}

function deletionOf(query: URLSearchParams, body: string) {
  const options = body === '' ? {} : JSON.parse(body)
  const grace = options.gracePeriodSeconds ?? query.get('gracePeriodSeconds')
  const propagation: Propagation | null = options.propagationPolicy ?? query.get('propagationPolicy')
  const uid: unknown = options.preconditions?.uid
  return {
    ...(typeof uid === 'string' ? { uid } : {}),
    ...(propagation === null ? {} : { propagation }),
    ...(grace === null ? {} : { graceSeconds: Number(grace) }),
  }
}

/** Items of the core's lists do not say what they are; custom resources do. */
function list(kind: Kind, { items, metadata }: { items: readonly object[]; metadata: object }) {
  const { apiVersion, kind: Kind, group } = RESOURCES[kind]
  const bare = ({ apiVersion: _, kind: __, ...rest }: Record<string, unknown>) => rest
  const all = group === '' ? items.map((item) => bare({ ...item })) : items
  return { apiVersion, kind: `${Kind}List`, metadata, items: all }
}

function review(denied: ReadonlySet<string>, body: string): Answer {
  const { spec } = JSON.parse(body)
  const { verb = '', resource = '', subresource = '' } = spec?.resourceAttributes ?? {}
  const what = `${verb} ${resource}${subresource === '' ? '' : `/${subresource}`}`
  const status = { allowed: !denied.has(what) }
  return {
    code: 201,
    body: { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec, status },
  }
}

function namespace({ api }: StandIn, name: string) {
  const state = api.namespaces.get(name)
  if (state === undefined) throw namespaceNotFound(name)
  const phase = state === 'active' ? 'Active' : 'Terminating'
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name }, status: { phase } }
}

/** A namespace has one from its beginning; no other is ever made here. */
function account({ name, namespace }: Route): Answer {
  if (name !== 'default') throw refusal(404, 'NotFound', `serviceaccounts "${name}" not found`)
  return { code: 200, body: { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } } }
}

function discovery({ api }: StandIn, path: string): Answer {
  if (path === '/version')
    return { code: 200, body: { major: '1', minor: '36', gitVersion: 'v1.36.0', platform: 'linux/amd64' } }
  if (['/livez', '/readyz', '/healthz'].includes(path)) return { code: 200, body: 'ok' }
  if (path !== '/apis/argoproj.io/v1alpha1' || !api.hasArgo) return PAGE_NOT_FOUND
  const verbs = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch']
  const resources = [
    { name: 'workflows', singularName: 'workflow', namespaced: true, kind: 'Workflow', verbs },
    { name: 'workflowtaskresults', singularName: '', namespaced: true, kind: 'WorkflowTaskResult', verbs },
  ]
  const groupVersion = 'argoproj.io/v1alpha1'
  return {
    code: 200,
    body: { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources },
  }
}
