import { readFileSync } from 'node:fs'
import type { RequestOptions } from 'node:https'
import type { KubeConfig } from '@kubernetes/client-node'
import { Fault } from '../../../domain/fault.ts'
import type { World } from '../../../world.ts'
import { type Kubeconfig, type KubeconfigOptions, loadKubeconfig, type Place, wordsOf } from './kubeconfig.ts'

/** What is shown to an API server, and to which. Only `place` is ever printed. */
export interface Credentials {
  readonly place: Place
  readonly tls: TlsFiles
  readonly headers: Readonly<Record<string, string>>
  readonly proxy: string | null
}

/** In PEM. */
export interface TlsFiles {
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  readonly rejectUnauthorized?: boolean
  readonly serverName?: string
}

/** Files with a token or a certificate are replaced while we run; Kubernetes’ own client reads them as often. */
const FRESH_MS = 60_000

/** As long as a silent call gets; a plugin that waits for somebody to sign in would hold everything up for ever. */
const PLUGIN_MS_MAX = 30_000

/** Enough of what a plugin complained of to act on it. */
const COMPLAINT_LENGTH_MAX = 300

/**
 * Who we are and where the cluster is. It is read when it is needed and again when it was refused, so that a kubeconfig
 * may come, change or be mended while the server runs.
 */
export class Access {
  readonly #options: KubeconfigOptions
  readonly #world: Pick<World, 'now' | 'sleep'>
  #kubeconfig: Kubeconfig | null = null
  #known: { readonly credentials: Credentials; readonly at: number } | null = null
  /** One reading at a time: a plugin that hangs is waited for by all and not started again. */
  #reading: Promise<Credentials> | null = null

  constructor(options: KubeconfigOptions, world: Pick<World, 'now' | 'sleep'>) {
    this.#options = options
    this.#world = world
  }

  /** Throws a Fault `engine_unreachable` that says what is wrong with them. */
  async credentials(signal: AbortSignal): Promise<Credentials> {
    if (this.#known !== null && this.#world.now() - this.#known.at < FRESH_MS) return this.#known.credentials
    this.#reading ??= this.#read().finally(() => {
      this.#reading = null
    })
    return await this.#within(this.#reading, signal)
  }

  /** All anew after they were refused; once, however many calls were refused with the same. */
  async renew(refused: Credentials, signal: AbortSignal): Promise<Credentials> {
    if (this.#known?.credentials === refused) {
      this.#known = null
      this.#kubeconfig = null
    }
    return await this.credentials(signal)
  }

  async #read(): Promise<Credentials> {
    this.#kubeconfig ??= loadKubeconfig(this.#options)
    const { config, place, tokenFile } = this.#kubeconfig
    const options: RequestOptions = {}
    let token: string | null = null
    try {
      await config.applyToHTTPSOptions(options)
      if (tokenFile !== null) token = readFileSync(tokenFile, 'utf8').trim()
    } catch (error) {
      // It may be mended in the file itself.
      this.#kubeconfig = null
      throw new Fault('engine_unreachable', complaintOf(place, error), { cause: error })
    }
    const credentials = credentialsOf(options, token, place, config)
    this.#known = { credentials, at: this.#world.now() }
    return credentials
  }

  async #within(reading: Promise<Credentials>, signal: AbortSignal): Promise<Credentials> {
    const over = new AbortController()
    const hangs = () => {
      const { plugin = null, user = '' } = this.#kubeconfig?.place ?? {}
      throw new Fault(
        'engine_unreachable',
        `The plugin ${plugin}, which gives ${user} a credential, does not end. Does it wait for somebody to sign in?`,
      )
    }
    const tooLong = this.#world
      .sleep(PLUGIN_MS_MAX, AbortSignal.any([signal, over.signal]))
      .then(hangs, hangs)
    try {
      return await Promise.race([reading, tooLong])
    } finally {
      tooLong.catch(() => {})
      over.abort()
    }
  }
}

function credentialsOf(
  options: RequestOptions,
  token: string | null,
  place: Place,
  config: KubeConfig,
): Credentials {
  const { headers, auth } = options
  const shown = Object.entries(headers ?? {}).map(([name, value]) => [name, String(value).trim()] as const)
  if (token !== null) shown.push(['Authorization', `Bearer ${token}`])
  if (typeof auth === 'string') shown.push(['Authorization', `Basic ${Buffer.from(auth).toString('base64')}`])
  const files = { ca: pemOf(options.ca), cert: pemOf(options.cert), key: pemOf(options.key) }
  const cluster = config.getCurrentCluster()
  return {
    place,
    tls: {
      ...(files.ca !== null && { ca: files.ca }),
      ...(files.cert !== null && { cert: files.cert }),
      ...(files.key !== null && { key: files.key }),
      ...(cluster?.tlsServerName !== undefined && { serverName: cluster.tlsServerName }),
      rejectUnauthorized: cluster?.skipTLSVerify !== true,
    },
    headers: Object.fromEntries(shown),
    proxy: cluster?.proxyUrl ?? null,
  }
}

function pemOf(value: unknown): string | null {
  return typeof value === 'string' || Buffer.isBuffer(value) ? value.toString() : null
}

function complaintOf({ plugin, user, source }: Place, error: unknown): string {
  if (plugin === null) return `The credential of ${user} in ${source} cannot be read: ${wordsOf(error)}.`
  const whose = `The plugin ${plugin}, which gives ${user} a credential,`
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
    return `${whose} is not found. Install it where the server runs, on its PATH, or name another kubeconfig.`
  }
  // What is no credential may still hold one: only what was said on standard error is quoted.
  if (error instanceof SyntaxError || error instanceof TypeError) {
    return `${whose} gave something that is no ExecCredential. Run it by hand to see what.`
  }
  const said = wordsOf(error).trim().split('\n').at(-1)?.slice(0, COMPLAINT_LENGTH_MAX) || 'it said nothing'
  return `${whose} failed: ${said}. Run it by hand; sign in anew where it asks for that.`
}
