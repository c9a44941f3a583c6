import type { Frame } from '../../../views/model.ts'
import type { Person, Role } from '../../domain/actor.ts'
import { mayDecide } from '../../domain/gate.ts'
import { ruleOf } from '../../store/gates.ts'
import type { ExecutionRow, GateRow } from '../../store/tables.ts'
import type { Ctx, ServerDeps, Visitor } from '../context.ts'
import { frameOf } from '../frame.ts'
import { findExecution } from '../lookup.ts'
import { mustReach } from '../session.ts'

/** More than this wait for nobody in particular; the number in the menu need not go on. */
export const WAITING_MAX = 200

/** A page's request: who asks, and what surrounds the answer. */
export interface Visit {
  readonly c: Ctx
  readonly visitor: Visitor
  readonly frame: Frame
}

type PageHandler = (visit: Visit) => Response | Promise<Response>

/** Wraps a page that only people who are signed in may see; all others are asked to, and brought back afterwards. */
export function signedIn(deps: ServerDeps, handler: PageHandler) {
  return (c: Ctx): Response | Promise<Response> => {
    const visitor = c.get('visitor')
    if (visitor === null) return askToSignIn(c)
    return handler({ c, visitor, frame: frameFor(c, deps, visitor) })
  }
}

/** A page for those alone who may at least so much. */
export function reaching(least: Role, handler: PageHandler): PageHandler {
  return (visit) => {
    mustReach(visit.visitor, least)
    return handler(visit)
  }
}

function askToSignIn(c: Ctx): Response {
  const { pathname, search } = new URL(c.req.url)
  const next = c.req.method === 'GET' ? pathname + search : '/'
  if (c.req.header('hx-request') === 'true') {
    c.header('HX-Redirect', `/sign-in?next=${encodeURIComponent(next)}`)
    return c.body(null, 204)
  }
  return c.redirect(`/sign-in?next=${encodeURIComponent(next)}`, 303)
}

function frameFor(c: Ctx, deps: ServerDeps, visitor: Visitor): Frame {
  return frameOf(c, deps, { waiting: waitingGates(deps, visitor.person).length, notices: deps.notices() })
}

/** The execution that the address names. */
export function wanted(deps: Pick<ServerDeps, 'store'>, c: Ctx): ExecutionRow {
  return findExecution(deps.store, c.req.param('id') ?? '')
}

/** Gates that this person could decide now, the longest waiting first. */
export function waitingGates(deps: ServerDeps, person: Person): readonly GateRow[] {
  return deps.store.gates.waiting(WAITING_MAX).filter((gate) => refusalAt(deps, gate, person) === null)
}

/** Why a person may not decide at a gate; null where they may. */
export function refusalAt(
  { store }: Pick<ServerDeps, 'store'>,
  gate: GateRow,
  person: Person,
): string | null {
  const decided = store.gates.decisionsAt(gate).map((one) => one.person)
  const triggeredBy = store.executions.byId(gate.executionId)?.triggeredBy ?? ''
  return mayDecide(ruleOf(gate), { person, triggeredBy, decided })
}
