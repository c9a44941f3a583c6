import type { Server } from 'bun'
import { Hono } from 'hono'
import { Fault } from '../domain/fault.ts'
import { mountApi } from './api.ts'
import { mountAssets } from './assets.ts'
import type { Env, ServerDeps, Via } from './context.ts'
import { answerFault } from './errors.ts'
import { createFinder } from './finder.ts'
import { accessLog, bodyLimit, crossSiteCheck, hostCheck, securityHeaders } from './guard.ts'
import { mountHealth } from './health.ts'
import { setupLink } from './links.ts'
import { mountLive } from './live.ts'
import { mountPages } from './pages.ts'
import { mountReference } from './reference.ts'
import { createSearches } from './search/searches.ts'
import { identify, isStillWelcome } from './session.ts'
import { mountSignIn } from './signin.ts'
import { createStreams } from './streams.ts'

export interface WebServer {
  /** Answers a request; `via` says by which of the two doors it came. */
  fetch(request: Request, server: Server<unknown> | null, via: Via): Response | Promise<Response>
  /** The one-time address that makes the first admin; null where somebody is there already. */
  setupPath(): string | null
  /** How many streams are open. */
  streams(): number
  /** Ends all open streams and searches, so that a restart need not wait for viewers; they come back by themselves. */
  drain(): void
}

/** The server: what every request passes, in order, and what is mounted. */
export function createServer(deps: ServerDeps): WebServer {
  const streams = createStreams(deps, (c) => isStillWelcome(deps, c))
  const searches = createSearches(deps.searcher, deps.world)
  const finder = createFinder(deps)
  const app = new Hono<Env>()

  app.use(accessLog(deps.world))
  app.use(securityHeaders)
  app.use(hostCheck(deps.settings))
  mountAssets(app)
  mountHealth(app, deps)
  app.use(bodyLimit)
  app.use(identify(deps))
  app.use(crossSiteCheck)
  mountSignIn(app, deps)
  mountReference(app, deps)
  mountApi(app, deps, streams, searches, finder)
  mountLive(app, deps, streams)
  mountPages(app, deps, streams, searches, finder)

  app.notFound((c) =>
    answerFault(new Fault('not_found', `There is nothing at ${c.req.path.slice(0, 200)}.`), c, deps),
  )
  app.onError((error, c) => answerFault(error, c, deps))

  return {
    fetch: (request, server, via) => app.fetch(request, { server, via, request }),
    setupPath: () => setupLink(deps)?.path ?? null,
    streams: () => streams.open,
    drain: () => {
      finder.close()
      streams.close()
    },
  }
}
