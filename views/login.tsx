import type { Child } from 'hono/jsx'
import type { Finding } from '../src/domain/fault.ts'
import { page } from './layout.tsx'
import type { Frame } from './model.ts'
import { findingOf, Problem } from './parts.tsx'

/** The first start: whoever holds the one-time link becomes the first admin. */
export function setupPage(
  frame: Frame,
  p: { token: string; name: string; findings: readonly Finding[] },
): string {
  return alone(
    frame,
    'Set up',
    <>
      <h1>Set up Periplus</h1>
      <p class="q2 lede">
        You become the first administrator at <b class="b">{frame.host}</b>.
      </p>
      <form method="post">
        <NameField frame={frame} value={p.name} findings={p.findings} />
        <PasswordField frame={frame} autocomplete="new-password" findings={p.findings} />
        <Whole frame={frame} findings={p.findings} />
        <button type="submit" class="btn pri">
          Create the administrator
        </button>
      </form>
      <p class="hint foot">This link works once. Others are invited later.</p>
    </>,
  )
}

/** By name and password. */
export function signInPage(
  frame: Frame,
  p: { name: string; next: string; findings: readonly Finding[] },
): string {
  return alone(
    frame,
    'Sign in',
    <>
      <h1>Sign in</h1>
      <p class="q2 lede">
        to Periplus at <b class="b">{frame.host}</b>
      </p>
      <form method="post">
        <input type="hidden" name="next" value={p.next} />
        <NameField frame={frame} value={p.name} findings={p.findings} />
        <PasswordField frame={frame} autocomplete="current-password" findings={p.findings} />
        <Whole frame={frame} findings={p.findings} />
        <button type="submit" class="btn pri">
          Sign in
        </button>
      </form>
      <p class="hint foot">
        No account yet? An administrator creates it, or runs <code>periplus login-link you</code> on the
        machine.
      </p>
    </>,
  )
}

/** A one-time link asks before it is used up, so that a preview of it in a chat does not sign anybody in. */
export function linkPage(frame: Frame, p: { token: string; user: string }): string {
  return alone(
    frame,
    'Sign in',
    <>
      <h1>Sign in as {p.user}</h1>
      <p class="q2 lede">
        to Periplus at <b class="b">{frame.host}</b>
      </p>
      <form method="post">
        <button type="submit" class="btn pri">
          Sign in as {p.user}
        </button>
      </form>
      <p class="hint foot">This link works once.</p>
    </>,
  )
}

function alone(frame: Frame, title: string, content: Child): string {
  return page(
    frame,
    { title, live: null, name: 'alone' },
    <div class="alone">
      <div>{content}</div>
    </div>,
  )
}

function NameField(p: { frame: Frame; value: string; findings: readonly Finding[] }) {
  const problem = findingOf(p.findings, 'name')
  return (
    <div>
      <label class="l" for="name">
        User name
      </label>
      <input
        class="in"
        id="name"
        name="name"
        autocomplete="username"
        autocapitalize="none"
        spellcheck={false}
        required
        value={p.value}
        {...invalid(problem, 'name-problem')}
      />
      {problem === null ? null : (
        <Problem frame={p.frame} id="name-problem">
          {problem}
        </Problem>
      )}
    </div>
  )
}

function PasswordField(p: {
  frame: Frame
  autocomplete: 'new-password' | 'current-password'
  findings: readonly Finding[]
}) {
  const problem = findingOf(p.findings, 'password')
  return (
    <div>
      <label class="l" for="password">
        Password
      </label>
      <input
        class="in"
        id="password"
        name="password"
        type="password"
        autocomplete={p.autocomplete}
        required
        {...invalid(problem, 'password-problem')}
      />
      {problem === null ? null : (
        <Problem frame={p.frame} id="password-problem">
          {problem}
        </Problem>
      )}
    </div>
  )
}

function invalid(problem: string | null, id: string) {
  return problem === null ? {} : { 'aria-invalid': 'true' as const, 'aria-describedby': id }
}

/** What is wrong with no field in particular. */
function Whole(p: { frame: Frame; findings: readonly Finding[] }) {
  const rest = p.findings.filter((finding) => finding.path !== 'name' && finding.path !== 'password')
  if (rest.length === 0) return null
  return (
    <div role="alert">
      {rest.map((finding, i) => (
        <Problem frame={p.frame} id={`problem-${i}`}>
          {finding.message}
        </Problem>
      ))}
    </div>
  )
}
