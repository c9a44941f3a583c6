import type { Kind } from './objects.ts'

/** What a request asks for, as the API server's authorizer sees it. */
export interface Route {
  /** `get`, `list`, `watch`, `create`, `patch`, `delete`; `get` for a path that is no resource. */
  readonly verb: string
  /** `workflows`, `pods/log`, `selfsubjectaccessreviews`; the path itself where it is no resource. */
  readonly resource: string
  readonly group: string
  readonly namespace: string
  readonly name: string
  readonly query: URLSearchParams
}

const RESOURCE =
  /^\/(?:api|apis\/(?<group>[^/]+))\/v[^/]+(?:\/namespaces\/(?<namespace>[^/]+)(?=\/))?\/(?<resource>[^/]+)(?:\/(?<name>[^/]+)(?:\/(?<part>[^/]+))?)?$/
const VERBS: Readonly<Record<string, string>> = { POST: 'create', PATCH: 'patch', DELETE: 'delete' }
const KINDS: Readonly<Record<string, Kind>> = {
  'argoproj.io/workflows': 'workflows',
  '/pods': 'pods',
  '/secrets': 'secrets',
  '/events': 'events',
}

export function routeOf(method: string, url: URL): Route {
  const found = RESOURCE.exec(url.pathname)?.groups
  const query = url.searchParams
  if (found === undefined)
    return { verb: 'get', resource: url.pathname, group: '', namespace: '', name: '', query }
  const { group = '', namespace = '', resource = '', name = '', part } = found
  const isWatch = ['1', 'true'].includes(query.get('watch') ?? '')
  const reading = name !== '' ? 'get' : isWatch ? 'watch' : 'list'
  return {
    verb: VERBS[method] ?? reading,
    resource: part === undefined ? resource : `${resource}/${part}`,
    group,
    namespace,
    name: decodeURIComponent(name),
    query,
  }
}

/** The kind of a namespaced resource that the stand-in keeps; null where it keeps none. */
export function kindOf({ group, resource, namespace }: Route): Kind | null {
  return namespace === '' ? null : (KINDS[`${group}/${resource}`] ?? null)
}
