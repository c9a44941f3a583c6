import type { Finding } from '../../src/domain/fault.ts'
import { type Frame, THEMES } from '../model.ts'
import { Ago, Csrf } from '../parts.tsx'
import { THEME_WORDS } from '../words.ts'
import { Field, FormCard, Told } from './field.tsx'
import { settingsPage } from './frame.tsx'

export interface SessionLine {
  readonly id: string
  /** The browser this page is read with. */
  readonly current: 'this' | 'other'
  readonly agent: string
  readonly address: string
  readonly seenAt: number
  readonly createdAt: number
}

interface AccountProps {
  readonly sessions: readonly SessionLine[]
  /** Whether there is a password to be changed, or the first one is to be set; null for local-admin, who has none. */
  readonly password: 'set' | 'unset' | null
  readonly told: 'password changed' | null
  readonly findings: readonly Finding[]
}

/** What belongs to oneself. */
export function accountPage(frame: Frame, p: AccountProps): string {
  const { visitor } = frame
  return settingsPage(
    frame,
    {
      title: 'Account',
      name: 'account',
      sub: (
        <>
          {visitor?.name} · {visitor?.role}
        </>
      ),
    },
    <>
      {p.told === null ? null : (
        <Told frame={frame} icon="st-succeeded">
          <p>The password is changed. Every other browser of yours is signed out; your tokens go on.</p>
        </Told>
      )}
      <div class="duo flush">
        {p.password === null ? null : <PasswordForm frame={frame} p={p} />}
        <ThemeForm frame={frame} />
      </div>
      <Sessions frame={frame} sessions={p.sessions} />
    </>,
  )
}

function PasswordForm(p: { frame: Frame; p: AccountProps }) {
  const { frame } = p
  const { password, findings } = p.p
  return (
    <FormCard
      frame={frame}
      title="Password"
      action="/settings/account/password"
      button={password === 'set' ? 'Change the password' : 'Set a password'}
    >
      <input
        class="vh"
        type="text"
        name="user"
        value={frame.visitor?.name}
        autocomplete="username"
        readonly
        tabindex={-1}
        aria-label="User name"
      />
      {password === 'set' ? (
        <Field
          frame={frame}
          name="current"
          word="Present password"
          type="password"
          autocomplete="current-password"
          required="required"
          findings={findings}
        />
      ) : null}
      <Field
        frame={frame}
        name="password"
        word="New password"
        type="password"
        autocomplete="new-password"
        required="required"
        hint="At least 12 characters. Your other browsers are signed out."
        findings={findings}
      />
    </FormCard>
  )
}

function ThemeForm(p: { frame: Frame }) {
  return (
    <form class="pan" method="post" action="/theme">
      <header>
        <h2 id="theme-title">Theme</h2>
      </header>
      <div class="fields">
        <Csrf visitor={p.frame.visitor} />
        <input type="hidden" name="back" value="/settings/account" />
        <fieldset aria-labelledby="theme-title">
          <span class="seg">
            {THEMES.map((name) => (
              <button
                type="submit"
                name="theme"
                value={name}
                aria-pressed={name === p.frame.theme ? 'true' : 'false'}
              >
                {THEME_WORDS[name]}
              </button>
            ))}
          </span>
        </fieldset>
        <p class="hint">Kept in this browser. “System” follows what the device says.</p>
      </div>
    </form>
  )
}

function Sessions(p: { frame: Frame; sessions: readonly SessionLine[] }) {
  const { frame, sessions } = p
  const others = sessions.some((session) => session.current === 'other')
  return (
    <section class="pan" aria-labelledby="sessions-title">
      <header>
        <h2 id="sessions-title">Signed in with</h2>
        {others ? (
          <form class="gap" method="post" action="/settings/account/sessions/end">
            <Csrf visitor={frame.visitor} />
            <button type="submit" class="btn sm">
              Sign out all others
            </button>
          </form>
        ) : null}
      </header>
      {sessions.length === 0 ? (
        <p class="none q2">No browser: you came in another way.</p>
      ) : (
        <div class="scroll">
          <table class="tb rows">
            <caption class="vh">Browsers you are signed in with</caption>
            <thead>
              <tr>
                <th scope="col">Browser</th>
                <th scope="col">Address</th>
                <th scope="col">Last seen</th>
                <th scope="col">Since</th>
                <th scope="col">
                  <span class="vh">Sign out</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {sessions.map((session) => (
                <SessionRow frame={frame} session={session} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  )
}

function SessionRow(p: { frame: Frame; session: SessionLine }) {
  const { frame, session } = p
  const browser = browserWords(session.agent)
  return (
    <tr>
      <th scope="row" class="lead" title={session.agent}>
        {browser}
        {session.current === 'this' ? <span class="q"> this one</span> : null}
      </th>
      <td data-l="Address" class="m">
        {session.address === '' ? '–' : session.address}
      </td>
      <td data-l="Last seen" class="q">
        <Ago frame={frame} at={session.seenAt} />
      </td>
      <td data-l="Since" class="q">
        <Ago frame={frame} at={session.createdAt} />
      </td>
      <td class="n">
        {session.current === 'this' ? null : (
          <form method="post" action={`/settings/account/sessions/${session.id}/end`}>
            <Csrf visitor={frame.visitor} />
            <button type="submit" class="btn sm">
              Sign out{' '}
              <span class="vh">
                {browser}, {session.address}
              </span>
            </button>
          </form>
        )}
      </td>
    </tr>
  )
}

/** The first that fits: browsers claim to be one another, the rarer ones last. */
const BROWSERS = [
  [/\bEdgA?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bFirefox\/|\bFxiOS\//, 'Firefox'],
  [/Chrome\/|\bCriOS\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
] as const
const SYSTEMS = [
  [/\b(?:iPhone|iPad)\b/, 'iOS'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b/, 'macOS'],
  [/\bLinux\b/, 'Linux'],
] as const

/** “Firefox on Linux”, or what else it calls itself. */
function browserWords(agent: string): string {
  const browser = BROWSERS.find(([mark]) => mark.test(agent))?.[1]
  const system = SYSTEMS.find(([mark]) => mark.test(agent))?.[1]
  if (browser === undefined) return agent === '' ? 'Unknown' : (agent.split(/[\s/]/)[0] ?? agent).slice(0, 40)
  return system === undefined ? browser : `${browser} on ${system}`
}
