import { questionPage } from '../../../views/settings/question.tsx'
import { type UserLine, userPage, usersPage } from '../../../views/settings/users.tsx'
import { RoleBody, UserBody } from '../../contract/inputs.ts'
import type { Finding } from '../../domain/fault.ts'
import type { UserRow } from '../../store/tables.ts'
import type { ServerDeps } from '../context.ts'
import type { Link } from '../links.ts'
import { addUser, changeRole, deactivate, findUser, linkFor, reactivate } from '../people.ts'
import { parseFields } from '../request.ts'
import { findingsFrom, readFields } from './text.ts'
import { reaching, type Visit } from './visit.ts'

const BLANK = { name: '', role: 'viewer' }

/** Who may come in: the list, and one page a person. For admins. */
export function userPages(deps: ServerDeps) {
  const named = ({ c }: Visit) => findUser(deps, c.req.param('name') ?? '')
  const back = ({ c }: Visit, name: string) => c.redirect(`/settings/users/${name}`, 303)
  return {
    list: reaching('admin', (visit) => visit.c.html(list(deps, visit, BLANK, []))),
    add: reaching('admin', (visit) => add(deps, visit)),
    show: reaching('admin', (visit) => visit.c.html(one(deps, visit, named(visit), {}))),
    role: reaching('admin', (visit) => change(deps, visit, named(visit))),
    link: reaching('admin', (visit) => {
      const user = named(visit)
      const link = linkFor(deps, visit.visitor, user)
      return visit.c.html(one(deps, visit, user, { link }))
    }),
    askDeactivation: reaching('admin', (visit) => visit.c.html(question(visit, named(visit)))),
    deactivate: reaching('admin', (visit) => {
      const { name } = deactivate(deps, visit.visitor, named(visit).name)
      return back(visit, name)
    }),
    reactivate: reaching('admin', (visit) => {
      const { name } = reactivate(deps, visit.visitor, named(visit).name)
      return back(visit, name)
    }),
  }
}

async function add(deps: ServerDeps, visit: Visit): Promise<Response> {
  const { c, visitor } = visit
  const field = await readFields(c)
  const draft = { name: field('name').trim(), role: field('role') }
  const { value, findings } = parseFields(UserBody, draft)
  if (value === null) return c.html(list(deps, visit, draft, findings), 422)
  try {
    addUser(deps, visitor, value)
  } catch (error) {
    return c.html(list(deps, visit, draft, findingsFrom(error, 'name')), 422)
  }
  return c.redirect(`/settings/users/${value.name}`, 303)
}

async function change(deps: ServerDeps, visit: Visit, user: UserRow): Promise<Response> {
  const { c, visitor } = visit
  const field = await readFields(c)
  const { value, findings } = parseFields(RoleBody, { role: field('role') })
  if (value === null) return c.html(one(deps, visit, user, { findings }), 422)
  try {
    changeRole(deps, visitor, user.name, value.role)
  } catch (error) {
    return c.html(one(deps, visit, user, { findings: findingsFrom(error, 'role') }), 422)
  }
  return c.redirect(`/settings/users/${user.name}`, 303)
}

function list(
  { store }: ServerDeps,
  { frame }: Visit,
  draft: typeof BLANK,
  findings: readonly Finding[],
): string {
  return usersPage(frame, { users: store.people.users.list().map(lineOf), draft, findings })
}

function one(
  { store, settings }: ServerDeps,
  { frame }: Visit,
  user: UserRow,
  said: { readonly link?: Link; readonly findings?: readonly Finding[] },
): string {
  const { link, findings = [] } = said
  // Behind a proxy the request itself came by plain HTTP.
  const origin = `${settings.secure ? 'https' : 'http'}://${frame.host}`
  const seen = store.people.users.list().find((row) => row.id === user.id)
  const approves = store.environments
    .list()
    .filter((environment) => environment.definition.approvers.includes(user.name))
    .map((environment) => environment.slug)
  return userPage(frame, {
    user: lineOf(seen ?? { ...user, seenAt: null }),
    link: link === undefined ? null : { address: origin + link.path, expiresAt: link.expiresAt },
    approves,
    findings,
  })
}

function question({ frame }: Visit, { name }: UserRow): string {
  const path = `/settings/users/${name}`
  return questionPage(frame, {
    title: `Deactivate ${name}?`,
    consequence: `${name} is signed out everywhere, tokens of ${name} are refused, and no link lets ${name} in. What ${name} began goes on.`,
    lasting: 'until undone',
    action: `${path}/deactivation`,
    button: `Deactivate ${name}`,
    back: { path, word: `Keep ${name}` },
  })
}

function lineOf({
  name,
  role,
  createdAt,
  deactivatedAt,
  seenAt,
}: UserRow & { readonly seenAt: number | null }): UserLine {
  return { name, role, createdAt, deactivatedAt, seenAt }
}
