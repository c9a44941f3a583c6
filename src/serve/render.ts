import { createHash } from 'node:crypto'
import { canonicalJson } from '../domain/canonical.ts'
import type { GitCredential, RegistryCredential } from '../domain/credential.ts'
import type { EngineName } from '../domain/definition.ts'
import { Fault } from '../domain/fault.ts'
import { type Plan, plan } from '../domain/plan.ts'
import { Refused, type SegmentOrder } from '../engine/engine.ts'
import type { Git, Pinned } from '../outside/git.ts'
import { Unreachable } from '../outside/giterror.ts'
import { makeOrder } from '../runner/order.ts'
import type { ServerDeps } from '../server/context.ts'

export interface RenderOptions {
  /** The engine of workflows and environments that name none. */
  readonly engine: EngineName
  readonly logBytesMax: number
  readonly graceMs: number
  /** The credential of that name; null where none is named. */
  readonly credential: (name: string | null) => GitCredential | null
  /** The registry of that name. */
  readonly registry: (name: string) => RegistryCredential
  /** What the engine would create for an order. */
  readonly manifests: (order: SegmentOrder) => Promise<readonly Readonly<Record<string, unknown>>[]>
}

/** In the place of a ULID: two renderings of the same are the same, to the letter. */
const NO_UID = '0'.repeat(26)

/** Makes what an execution would submit of definitions that are valid; the repository alone is asked, for the commit. */
export function createRender(git: Git, options: RenderOptions): ServerDeps['render'] {
  return async ({ workflow, environments, ref }, signal) => {
    const { url, credential: name } = workflow.source
    const credential = options.credential(name)
    const pinned = await pinnedOf(git.resolve({ url, credential }, ref, signal))
    const { branch, tag } = pinned
    const made = plan(workflow, environments, {
      defaultEngine: options.engine,
      ...{ branch, tag, events: ['manual'] },
    })
    const planHash = createHash('sha256').update(canonicalJson(made)).digest('hex')
    const orders = ordersOf(made, {
      planHash,
      workflow,
      credential: placeholder(name, credential),
      pinned,
      options,
    })
    const objects = orders.map((order) => (order === null ? [] : options.manifests(order)))
    return { ...pinned, plan: made, objects: await Promise.all(objects).catch(toldAsFault) }
  }
}

async function pinnedOf(asked: Promise<Pinned>): Promise<Pinned> {
  try {
    return await asked
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error
    const message = `${error.message} Name the commit by its SHA, and nobody is asked.`
    throw new Fault('repository_unreachable', message, { cause: error })
  }
}

/** What the engine would refuse is the definition's to mend. */
function toldAsFault(error: unknown): never {
  if (error instanceof Refused) throw new Fault('engine_refused', error.message, { cause: error })
  throw error
}

/** What stands in the place of a credential's parts; its kind decides how git is given it. */
function placeholder(name: string | null, credential: GitCredential | null): GitCredential | null {
  const part = (what: string) => `<${what} of credential ${name}>`
  if (credential === null) return null
  return credential.kind === 'https'
    ? { kind: 'https', username: part('user name'), password: part('password') }
    : { kind: 'ssh', privateKey: part('key'), knownHosts: part('known hosts') }
}

/** Where a registry stands is no secret. */
function registryPlaceholder(name: string, registry: RegistryCredential): RegistryCredential {
  const part = (what: string) => `<${what} of credential ${name}>`
  return { ...registry, username: part('user name'), password: part('password') }
}

interface Around {
  readonly planHash: string
  readonly workflow: Parameters<typeof makeOrder>[0]['workflow']
  readonly credential: GitCredential | null
  readonly pinned: Pinned
  readonly options: RenderOptions
}

/** The orders to a cluster, by number of their segment; null for what runs on this machine. */
function ordersOf(
  made: Plan,
  { planHash, workflow, credential, pinned, options }: Around,
): (SegmentOrder | null)[] {
  return made.segments.map((segment) =>
    segment.engine === 'local'
      ? null
      : makeOrder({
          handle: `p-${NO_UID}-${segment.number}`,
          ...{ planHash, plan: made, segment, workflow },
          credential,
          execution: {
            uid: NO_UID,
            id: `${workflow.name}-0`,
            ...pinned,
            trigger: 'manual',
            triggeredBy: '<who triggers it>',
          },
          // What earlier segments hand on is not known before they ran.
          outputs: {},
          artifactsFrom: [],
          logBytesMax: options.logBytesMax,
          graceMs: options.graceMs,
          secret: (name) => `<secret ${name}>`,
          registry: (name) => registryPlaceholder(name, options.registry(name)),
        }),
  )
}
