/** What a request asks of an API server, in the words of its access rules. */
export interface Ask {
  readonly verb: string
  /** `workflows`, `pods/log`; a path such as `/version` where no resource is asked for. */
  readonly resource: string
  readonly group: string
  readonly namespace: string | null
  readonly name: string | null
}

/** Behind whatever prefix a proxy adds: the group, the namespace, the resource, one of them, and a part of that. */
const RESOURCE =
  /\/(?:api|apis\/(?<group>[^/]+))\/v[^/]+(?:\/namespaces\/(?<namespace>[^/]+)(?=\/))?\/(?<resource>[^/]+)(?:\/(?<name>[^/]+)(?:\/(?<part>[^/]+))?)?$/

const VERBS: Readonly<Record<string, string>> = {
  POST: 'create',
  PATCH: 'patch',
  PUT: 'update',
  DELETE: 'delete',
}

/** Reads a request as the API server's authorizer does. https://kubernetes.io/docs/reference/access-authn-authz/authorization/ */
export function askOf(method: string, url: URL): Ask {
  const found = RESOURCE.exec(url.pathname)?.groups
  if (found === undefined) {
    return { verb: 'get', resource: url.pathname, group: '', namespace: null, name: null }
  }
  const { group = '', namespace = null, resource = '', name = null, part } = found
  const reading = name !== null ? 'get' : url.searchParams.has('watch') ? 'watch' : 'list'
  return {
    verb: VERBS[method] ?? reading,
    resource: part === undefined ? resource : `${resource}/${part}`,
    group,
    namespace,
    name: name === null ? null : decodeURIComponent(name),
  }
}

/** `delete pods “p-1-0” in the namespace argo`. */
export function wordsOfAsk({ verb, resource, group, namespace, name }: Ask): string {
  const what = group === '' ? resource : `${resource}.${group}`
  const which = name === null ? '' : ` “${name}”`
  return `${verb} ${what}${which}${namespace === null ? '' : ` in the namespace ${namespace}`}`
}
