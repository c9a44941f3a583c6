import { ROLES, type Role } from '../../src/domain/actor.ts'
import type { Finding } from '../../src/domain/fault.ts'
import type { Frame } from '../model.ts'
import { Ago, Csrf } from '../parts.tsx'
import { counted, instant } from '../words.ts'
import { Choice, Field, FormCard, Told } from './field.tsx'
import { settingsPage } from './frame.tsx'

export interface UserLine {
  readonly name: string
  readonly role: Role
  readonly createdAt: number
  readonly deactivatedAt: number | null
  /** When a session or a token of theirs was used last; null where none was, or is no more. */
  readonly seenAt: number | null
}

const ROLE_WORDS: Readonly<Record<Role, string>> = {
  viewer: 'looks, and approves where an environment names them',
  executor: 'also runs and terminates',
  editor: 'also writes workflows',
  admin: 'also changes environments, secrets and users',
}

const ROLE_OPTIONS = ROLES.map((role) => [role, `${role}: ${ROLE_WORDS[role]}`] as const)

/** Who may come in. */
export function usersPage(
  frame: Frame,
  p: {
    users: readonly UserLine[]
    draft: { readonly name: string; readonly role: string }
    findings: readonly Finding[]
  },
): string {
  const active = p.users.filter((user) => user.deactivatedAt === null).length
  const left = p.users.length - active
  return settingsPage(
    frame,
    {
      title: 'Users',
      name: 'users',
      sub: `${counted(active, 'person', 'people')} may come in${left === 0 ? '' : `, ${left} may no more`}.`,
    },
    <>
      <section class="pan" aria-label="Users">
        <div class="scroll">
          <table class="tb rows">
            <caption class="vh">Users</caption>
            <thead>
              <tr>
                <th scope="col">Name</th>
                <th scope="col">Role</th>
                <th scope="col">Last seen</th>
                <th scope="col">Added</th>
              </tr>
            </thead>
            <tbody>
              {p.users.map((user) => (
                <UserRow frame={frame} user={user} />
              ))}
            </tbody>
          </table>
        </div>
      </section>
      <FormCard frame={frame} title="Add a person" action="/settings/users" button="Add a person">
        <Field
          frame={frame}
          name="name"
          word="Name"
          value={p.draft.name}
          placeholder="alice"
          required="required"
          hint="Approvers are named by it, and the history keeps it for good."
          findings={p.findings}
        />
        <Choice
          frame={frame}
          name="role"
          word="Role"
          value={p.draft.role}
          options={ROLE_OPTIONS}
          findings={p.findings}
        />
      </FormCard>
    </>,
  )
}

function UserRow(p: { frame: Frame; user: UserLine }) {
  const { frame, user } = p
  return (
    <tr data-row="">
      <th scope="row">
        <a class="lead" href={`/settings/users/${user.name}`}>
          {user.name}
        </a>
        {user.name === frame.visitor?.name ? <span class="q"> you</span> : null}
      </th>
      <td data-l="Role">
        {user.role}
        {user.deactivatedAt === null ? null : <span class="q"> deactivated</span>}
      </td>
      <td data-l="Last seen" class="q">
        {user.seenAt === null ? '–' : <Ago frame={frame} at={user.seenAt} />}
      </td>
      <td data-l="Added" class="q">
        <Ago frame={frame} at={user.createdAt} />
      </td>
    </tr>
  )
}

interface UserProps {
  readonly user: UserLine
  /** A link just made, whole: shown this once. */
  readonly link: { readonly address: string; readonly expiresAt: number } | null
  /** Environments that name this person as an approver. */
  readonly approves: readonly string[]
  readonly findings: readonly Finding[]
}

/** One person: the role, a way in, and the way out. */
export function userPage(frame: Frame, p: UserProps): string {
  const { user } = p
  const path = `/settings/users/${user.name}`
  return settingsPage(
    frame,
    {
      title: user.name,
      name: 'user',
      sub: user.deactivatedAt === null ? user.role : `${user.role}, deactivated`,
      above: { path: '/settings/users', word: 'Users' },
      actions: <Actions frame={frame} user={user} />,
    },
    <>
      {p.link === null ? null : (
        <Told frame={frame} icon="ui-lock">
          <p>
            <b class="b">This link signs {user.name} in, once.</b> It works until{' '}
            {instant(p.link.expiresAt, frame.timezone)}. Send it to nobody else.
          </p>
          <code class="cmd">{p.link.address}</code>
        </Told>
      )}
      <div class="duo flush">
        <section class="pan">
          <header>
            <h2>What is known</h2>
          </header>
          <Facts frame={frame} p={p} />
        </section>
        <FormCard frame={frame} title="Role" action={`${path}/role`} button="Change the role">
          <Choice
            frame={frame}
            name="role"
            word="Role"
            value={user.role}
            options={ROLE_OPTIONS}
            findings={p.findings}
          />
        </FormCard>
      </div>
    </>,
  )
}

function Facts(p: { frame: Frame; p: UserProps }) {
  const { frame } = p
  const { user, approves } = p.p
  return (
    <dl class="facts fields">
      <dt>Last seen</dt>
      <dd>{user.seenAt === null ? '–' : <Ago frame={frame} at={user.seenAt} />}</dd>
      <dt>Added</dt>
      <dd>
        <Ago frame={frame} at={user.createdAt} />
      </dd>
      {user.deactivatedAt === null ? null : (
        <>
          <dt>Deactivated</dt>
          <dd>
            <Ago frame={frame} at={user.deactivatedAt} />
          </dd>
        </>
      )}
      <dt>Approves</dt>
      <dd>
        {approves.length === 0 ? 'nothing' : null}
        {approves.map((name, at) => (
          <>
            {at === 0 ? '' : ', '}
            <a class="u" href={`/environments/${name}`}>
              {name}
            </a>
          </>
        ))}
      </dd>
      <dt>Did</dt>
      <dd>
        <a class="u" href={`/settings/audit?actor=${user.name}`}>
          what the audit log has
        </a>
      </dd>
    </dl>
  )
}

function Actions(p: { frame: Frame; user: UserLine }) {
  const { frame, user } = p
  const path = `/settings/users/${user.name}`
  if (user.deactivatedAt !== null) {
    return (
      <form method="post" action={`${path}/reactivation`}>
        <Csrf visitor={frame.visitor} />
        <button type="submit" class="btn">
          Reactivate {user.name}
        </button>
      </form>
    )
  }
  return (
    <>
      <form method="post" action={`${path}/link`}>
        <Csrf visitor={frame.visitor} />
        <button type="submit" class="btn">
          Make a sign-in link
        </button>
      </form>
      <a class="btn bad" href={`${path}/deactivate`}>
        Deactivate
      </a>
    </>
  )
}
