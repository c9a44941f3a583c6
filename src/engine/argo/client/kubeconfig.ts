import { existsSync, readFileSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import { KubeConfig } from '@kubernetes/client-node'
import { parseDocument } from 'yaml'
import { z } from 'zod'
import { Fault } from '../../../domain/fault.ts'
import { didYouMean } from '../../../domain/nearest.ts'

export interface KubeconfigOptions {
  /** The file that the options name; null looks where kubectl looks, and then for a pod's own account. */
  readonly kubeconfig: string | null
  /** Null takes the file's current one. */
  readonly context: string | null
  /** The server's environment: KUBECONFIG, HOME, and what Kubernetes tells a pod. */
  readonly variables: Readonly<Record<string, string | undefined>>
  /** Where a pod finds its account; tests have another place. */
  readonly accountDir?: string
}

/** How people find a cluster again: its address, and where that was written. */
export interface Place {
  /** Without a slash at its end, a user or a password. */
  readonly server: string
  /** Null in a pod. */
  readonly context: string | null
  readonly user: string
  /** The files, or a pod's account. */
  readonly source: string
  /** The program that gives the credential; null where none does. */
  readonly plugin: string | null
}

export interface Kubeconfig {
  readonly config: KubeConfig
  readonly place: Place
  /** A file with a token that is replaced from time to time; null where there is none. */
  readonly tokenFile: string | null
}

type Cluster = NonNullable<ReturnType<KubeConfig['getCluster']>>
type User = NonNullable<ReturnType<KubeConfig['getUser']>>

const ACCOUNT_DIR = '/var/run/secrets/kubernetes.io/serviceaccount'
const ACCOUNT = 'this pod’s service account'

/** Hundreds of clusters with their certificates; anything larger is another file named by mistake. */
const FILE_BYTES_MAX = 4 * 1024 * 1024

/** Finds and reads what kubectl would, in its order. Throws a Fault whose sentence never quotes what a file holds. */
export function loadKubeconfig(options: KubeconfigOptions): Kubeconfig {
  const files = filesOf(options)
  return files === null ? fromPod(options) : fromFiles(files, options.context)
}

function filesOf({ kubeconfig, variables }: KubeconfigOptions): readonly string[] | null {
  if (kubeconfig !== null) return [kubeconfig]
  const named = (variables['KUBECONFIG'] ?? '').split(delimiter).filter((file) => file !== '')
  // As kubectl has it: of several, those that are missing are passed over.
  const there = named.filter((file) => existsSync(file))
  if (named.length > 0) return there.length > 0 ? there : named
  const own = join(variables['HOME'] || homedir(), '.kube', 'config')
  return existsSync(own) ? [own] : null
}

function fromPod({ variables, accountDir = ACCOUNT_DIR }: KubeconfigOptions): Kubeconfig {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = '443' } = variables
  const tokenFile = join(accountDir, 'token')
  if (host === undefined || !existsSync(tokenFile)) {
    throw unreadable(
      'No kubeconfig is found, and this is no pod of a cluster. Name one with argo.kubeconfig or KUBECONFIG, or put it at ~/.kube/config.',
    )
  }
  const config = new KubeConfig()
  const server = `https://${host.includes(':') ? `[${host}]` : host}:${port}`
  config.loadFromClusterAndUser(
    { name: 'cluster', server, caFile: join(accountDir, 'ca.crt'), skipTLSVerify: false },
    { name: ACCOUNT },
  )
  return { config, place: { server, context: null, user: ACCOUNT, source: ACCOUNT, plugin: null }, tokenFile }
}

function fromFiles(files: readonly string[], wanted: string | null): Kubeconfig {
  const source = files.join(', ')
  const parts = files.map(readFile)
  const contexts = parts.flatMap(({ config }) => config.getContexts())
  const name = wanted ?? parts.map(({ config }) => config.getCurrentContext()).find((one) => one) ?? null
  const context = contexts.find((one) => one.name === name)
  if (context === undefined) {
    const names = contexts.map((one) => one.name)
    throw noContext(name, names, source)
  }
  const cluster = parts.map(({ config }) => config.getCluster(context.cluster)).find((one) => one !== null)
  const whose = parts.find(({ config }) => config.getUser(context.user) !== null)
  const user = context.user ? whose?.config.getUser(context.user) : { name: 'nobody' }
  if (cluster === undefined || user === undefined || user === null) {
    const missing = cluster === undefined ? `cluster ${context.cluster}` : `user ${context.user}`
    throw unreadable(`The context ${context.name} names the ${missing}, which ${source} does not have.`)
  }
  const server = addressOf(cluster, source)
  const config = new KubeConfig()
  config.loadFromOptions({
    clusters: [cluster],
    users: [informed(user, cluster)],
    contexts: [{ ...context, user: user.name }],
    currentContext: context.name,
  })
  const plugin = pluginOf(user)?.command ?? null
  const place = { server, context: context.name, user: user.name, source, plugin }
  return { config, place, tokenFile: whose?.tokenFiles.get(user.name) ?? null }
}

/** One file of several. */
interface Part {
  readonly config: KubeConfig
  readonly tokenFiles: ReadonlyMap<string, string>
}

/** Kubernetes’ own client knows this key by another name than kubectl does. */
const TokenFile = z.object({ name: z.string(), user: z.object({ tokenFile: z.string() }) })
const Users = z.object({ users: z.array(z.unknown()) })

function readFile(file: string): Part {
  const value = yamlOf(file)
  const config = new KubeConfig()
  try {
    // JSON is YAML: the client’s own reader would quote a file that is none, with the tokens in it.
    config.loadFromString(JSON.stringify(value ?? {}))
    config.makePathsAbsolute(dirname(file))
  } catch (error) {
    throw unreadable(`The kubeconfig ${file} is incomplete: ${wordsOf(error)}.`, error)
  }
  const written = Users.safeParse(value).data?.users ?? []
  const tokenFiles = written.flatMap((one) => {
    const { data } = TokenFile.safeParse(one)
    return data === undefined ? [] : [[data.name, resolve(dirname(file), data.user.tokenFile)] as const]
  })
  return { config, tokenFiles: new Map(tokenFiles) }
}

function yamlOf(file: string): unknown {
  const document = parseDocument(readText(file))
  const [error] = document.errors
  if (error === undefined) return document.toJS()
  throw unreadable(`The kubeconfig ${file} is not YAML: line ${error.linePos?.[0].line ?? 1} cannot be read.`)
}

function readText(file: string): string {
  try {
    const { size } = statSync(file)
    if (size <= FILE_BYTES_MAX) return readFileSync(file, 'utf8')
  } catch (error) {
    throw unreadable(
      `The kubeconfig ${file} cannot be read: ${wordsOf(error)}. Name another with argo.kubeconfig or KUBECONFIG.`,
      error,
    )
  }
  throw unreadable(`${file} is larger than a kubeconfig can be (4 MiB).`)
}

function noContext(name: string | null, names: readonly string[], source: string): Fault {
  const has = names.length === 0 ? 'It has none.' : `It has ${names.join(', ')}.`
  if (name !== null) {
    return unreadable(`${source} has no context ${name}.${didYouMean(name, names) || ` ${has}`}`)
  }
  return unreadable(`${source} names no current context. Name one with argo.context. ${has}`)
}

/** Where requests go, as it may be shown: a user and a password in an address are nobody’s business. */
function addressOf(cluster: Cluster, source: string): string {
  const url = URL.parse(cluster.server)
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw unreadable(
      `The server of the cluster ${cluster.name} in ${source} is not an address such as https://10.0.0.1:6443.`,
    )
  }
  if (url.protocol === 'http:' && !cluster.skipTLSVerify) {
    throw unreadable(
      `The server of the cluster ${cluster.name} in ${source} is ${url.origin}, which nothing protects. Use https, or set insecure-skip-tls-verify where that is meant.`,
    )
  }
  if (cluster.proxyUrl !== undefined && !/^https?:/.test(cluster.proxyUrl)) {
    throw unreadable(
      `The proxy-url of the cluster ${cluster.name} in ${source} must begin with http or https.`,
    )
  }
  return url.origin + url.pathname.replace(/\/$/, '')
}

interface Plugin {
  readonly apiVersion?: string
  readonly command?: string
  readonly provideClusterInfo?: boolean
  readonly env?: readonly { readonly name: string; readonly value: string }[] | null
}

function pluginOf({ exec }: User): Plugin | null {
  return typeof exec === 'object' ? exec : null
}

/** Tells a plugin what kubectl would tell it; some ask for nothing else. */
function informed(user: User, cluster: Cluster): User {
  const plugin = pluginOf(user)
  if (plugin === null) return user
  const spec = {
    interactive: false,
    ...(plugin.provideClusterInfo === true ? { cluster: toldOf(cluster) } : {}),
  }
  const info = JSON.stringify({ kind: 'ExecCredential', apiVersion: plugin.apiVersion, spec })
  return {
    ...user,
    exec: { ...plugin, env: [...(plugin.env ?? []), { name: 'KUBERNETES_EXEC_INFO', value: info }] },
  }
}

function toldOf({ server, caFile, caData, skipTLSVerify, tlsServerName, proxyUrl }: Cluster) {
  return {
    server,
    'certificate-authority-data': caFile === undefined ? caData : readFileSync(caFile, 'base64'),
    'insecure-skip-tls-verify': skipTLSVerify,
    'tls-server-name': tlsServerName,
    'proxy-url': proxyUrl,
  }
}

function unreadable(sentence: string, cause?: unknown): Fault {
  return new Fault('engine_unreachable', sentence, { cause })
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist',
  EACCES: 'permission denied',
  EISDIR: 'it is a directory',
  ENOTDIR: 'a part of its path is not a directory',
}

/** Why a file or a program could not be had, as the end of a sentence. */
export function wordsOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return REASONS[code] ?? (error instanceof Error ? error.message : String(error))
}
