import type { Server } from 'bun'
import type { Context } from 'hono'
import type { Person, Role } from '../domain/actor.ts'
import type { ArgoSettings, EngineName, Environment, GitRef, Workflow } from '../domain/definition.ts'
import type { Plan } from '../domain/plan.ts'
import type { Keys } from '../keys/keys.ts'
import type { Feed } from '../ledger/feed.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Git } from '../outside/git.ts'
import type { Searcher } from '../search/question.ts'
import type { Store } from '../store/store.ts'
import type { World } from '../world.ts'

/** How a request came: over the network, or over the unix socket that only the server's own user can open. */
export type Via = 'tcp' | 'socket'

export interface Settings {
  /** The address that is bound; on loopback only loopback's names are answered. */
  readonly host: string
  /** Further names the server may be called by. */
  readonly hosts: readonly string[]
  /** True where people reach it by https: cookies are then bound to it. */
  readonly secure: boolean
  readonly timezone: string
  readonly defaultEngine: EngineName
  /** What the server says of pods for which nothing nearer is said. */
  readonly argo: ArgoSettings
  readonly allowFile: boolean
  readonly version: string
}

/** An engine as it was at the last look. */
export interface EngineState {
  readonly name: EngineName
  readonly reachable: boolean
  readonly reason: string | null
  readonly warnings: readonly string[]
  readonly tools: readonly string[]
}

/** The machine and the engines, for whoever looks after them. */
export interface Machine {
  readonly startedAt: number
  /** Asked anew. */
  engines(): Promise<readonly EngineState[]>
  /** Where the data stands; null where the file system does not say. */
  disk(): {
    readonly path: string
    readonly free: number | null
    readonly total: number | null
    /** With less nothing new starts. */
    readonly needed: number
  }
  /** Bytes of each database, with what is not yet folded in. */
  databases(): readonly { readonly name: string; readonly bytes: number }[]
  /** Bytes of memory of this process. */
  memory(): number
}

/** One thing the server needs, and whether it is well. */
export interface Readiness {
  readonly name: string
  /** Whether a server without it should be given no requests. */
  readonly vital: boolean
  readonly ok: boolean
  readonly reason: string | null
}

export interface ServerDeps {
  readonly store: Store
  readonly ledger: Ledger
  readonly feed: Feed
  readonly keys: Keys
  readonly searcher: Searcher
  readonly git: Git
  readonly world: World
  readonly settings: Settings
  readonly machine: Machine
  /** Store, engines, disk; asked by `/readyz`. */
  readonly readiness: () => Promise<readonly Readiness[]>
  /** Sentences that every page says as long as they hold: a disk that is nearly full, an engine that is not reached. */
  readonly notices: () => readonly string[]
  /** What each configured engine can run, as it said last. */
  readonly tools: () => ReadonlyMap<EngineName, readonly string[]>
  /** Plans valid definitions at a commit and makes what would be submitted, placeholders in the place of secrets. */
  readonly render: (
    subject: {
      readonly workflow: Workflow
      readonly environments: ReadonlyMap<string, Environment>
      readonly ref: GitRef
    },
    signal: AbortSignal,
  ) => Promise<Rendered>
}

/** A plan, and by number of segment the objects that a cluster would be given. */
export interface Rendered {
  readonly sha: string
  readonly branch: string | null
  readonly tag: string | null
  readonly plan: Plan
  readonly objects: readonly (readonly Readonly<Record<string, unknown>>[])[]
}

/** Who asks, and by what right. */
export interface Visitor {
  readonly person: Person
  readonly how: 'session' | 'token' | 'socket'
  /** What a token was made for; null where it is no token. */
  readonly token: { readonly role: Role | null; readonly expiresAt: number | null } | null
  /** The hash of a browser's session; null where there is none. */
  readonly session: string | null
  /** Null for local-admin, who has no row. */
  readonly userId: number | null
  /** What forms of this session must carry in the hidden field `csrf`; empty where there is no session. */
  readonly csrf: string
}

export interface Env {
  readonly Bindings: {
    /** Null in a test that calls `fetch` itself. */
    readonly server: Server<unknown> | null
    readonly via: Via
    /** The request as it came, which is what Bun knows addresses and timeouts by. */
    readonly request: Request
  }
  readonly Variables: {
    requestId: string
    visitor: Visitor | null
  }
}

export type Ctx = Context<Env>
