import { getCookie } from 'hono/cookie'
import { type Frame, THEMES, type Theme } from '../../views/model.ts'
import { ASSETS } from './assets.ts'
import type { Ctx, ServerDeps } from './context.ts'

/** The cookie that holds a person's choice between the system's, the light and the dark theme. */
export const THEME_COOKIE = 'theme'

interface Surroundings {
  /** How many gates wait for this visitor. */
  readonly waiting: number
  /** Sentences that every page says. */
  readonly notices: readonly string[]
}

const NOTHING: Surroundings = { waiting: 0, notices: [] }

/** What surrounds a page, read from the request alone, so that a page about a broken store can still be shown. */
export function frameOf(c: Ctx, deps: Pick<ServerDeps, 'world' | 'settings'>, around = NOTHING): Frame {
  const visitor = c.get('visitor') ?? null
  return {
    assets: ASSETS,
    theme: themeOf(getCookie(c, THEME_COOKIE)),
    visitor:
      visitor === null ? null : { name: visitor.person.name, role: visitor.person.role, csrf: visitor.csrf },
    path: c.req.path,
    host: new URL(c.req.url).host,
    waiting: around.waiting,
    notices: around.notices,
    now: deps.world.now(),
    timezone: deps.settings.timezone,
  }
}

/** A cookie is outside data: what is no theme is the system's. */
export function themeOf(value: string | undefined): Theme {
  return THEMES.find((theme) => theme === value) ?? 'system'
}
