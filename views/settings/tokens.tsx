import { ROLES, type Role, reaches } from '../../src/domain/actor.ts'
import type { Finding } from '../../src/domain/fault.ts'
import type { Frame } from '../model.ts'
import { Ago, Csrf } from '../parts.tsx'
import { dayWords } from '../words.ts'
import { Choice, Field, Told } from './field.tsx'
import { settingsPage } from './frame.tsx'

export interface TokenLine {
  readonly id: number
  readonly name: string
  readonly role: Role | null
  readonly createdAt: number
  readonly expiresAt: number | null
  readonly usedAt: number | null
}

interface TokensProps {
  readonly tokens: readonly TokenLine[]
  /** A token just made: shown this once. */
  readonly made: string | null
  /** What was typed, and what is wrong with it. */
  readonly draft: { readonly name: string; readonly role: string; readonly days: string }
  readonly findings: readonly Finding[]
}

/** How long a token may live; the page says the shortest that suits most. */
export const LIVES = [
  ['30', '30 days'],
  ['90', '90 days'],
  ['365', 'a year'],
  ['', 'until it is removed'],
] as const

/** A person's own API tokens. */
export function tokensPage(frame: Frame, p: TokensProps): string {
  return settingsPage(
    frame,
    { title: 'API tokens', name: 'tokens', sub: 'For the command line and scripts.' },
    <>
      {p.made === null ? null : (
        <Told frame={frame} icon="ui-lock">
          <p>
            <b class="b">This is the token.</b> It is shown only now.
          </p>
          <code class="cmd">{p.made}</code>
        </Told>
      )}
      <MakeForm frame={frame} p={p} />
      <section class="pan" aria-label="Your tokens">
        {p.tokens.length === 0 ? (
          <p class="none q2">You have no token yet.</p>
        ) : (
          <TokenTable frame={frame} tokens={p.tokens} />
        )}
      </section>
    </>,
  )
}

function MakeForm(p: { frame: Frame; p: TokensProps }) {
  const { frame } = p
  const { draft, findings } = p.p
  const own = frame.visitor?.role ?? 'viewer'
  const lesser = ROLES.filter((role) => reaches(own, role)).toReversed()
  return (
    <form class="pan" method="post" action="/settings/tokens" autocomplete="off">
      <header>
        <h2>Make a token</h2>
      </header>
      <div class="fields three">
        <Csrf visitor={frame.visitor} />
        <Field
          frame={frame}
          name="name"
          word="Name"
          value={draft.name}
          placeholder="laptop"
          required="required"
          findings={findings}
        />
        <Choice
          frame={frame}
          name="role"
          word="May do"
          value={draft.role}
          options={[
            ['', `all that you may (${own})`],
            ...lesser.map((role) => [role, `what a ${role} may`] as const),
          ]}
          hint="One with a role of its own decides at no approval."
          findings={findings}
        />
        <Choice
          frame={frame}
          name="days"
          word="Works for"
          value={draft.days}
          options={LIVES}
          findings={findings}
        />
        <div>
          <button type="submit" class="btn pri">
            Make a token
          </button>
        </div>
      </div>
    </form>
  )
}

function TokenTable(p: { frame: Frame; tokens: readonly TokenLine[] }) {
  const { frame } = p
  return (
    <div class="scroll">
      <table class="tb rows">
        <caption class="vh">Your tokens</caption>
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">May do</th>
            <th scope="col">Works until</th>
            <th scope="col">Last used</th>
            <th scope="col">Made</th>
            <th scope="col">
              <span class="vh">Remove</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {p.tokens.map((token) => (
            <tr>
              <th scope="row" class="lead">
                {token.name}
              </th>
              <td data-l="May do">{token.role === null ? 'all that you may' : `what a ${token.role} may`}</td>
              <td data-l="Works until">
                <Until frame={frame} at={token.expiresAt} />
              </td>
              <td data-l="Last used" class="q">
                {token.usedAt === null ? 'never' : <Ago frame={frame} at={token.usedAt} />}
              </td>
              <td data-l="Made" class="q">
                <Ago frame={frame} at={token.createdAt} />
              </td>
              <td class="n">
                <form method="post" action={`/settings/tokens/${token.id}/removal`}>
                  <Csrf visitor={frame.visitor} />
                  <button type="submit" class="btn sm bad">
                    Remove <span class="vh">{token.name}</span>
                  </button>
                </form>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Until(p: { frame: Frame; at: number | null }) {
  if (p.at === null) return <span class="q">removed</span>
  const day = dayWords(p.at, p.frame.timezone)
  return p.at <= p.frame.now ? <span class="q">ended {day}</span> : <span>{day}</span>
}
