import { page } from './layout.tsx'
import type { Frame } from './model.ts'
import { Ago, Csrf, Icon, Problem } from './parts.tsx'

export interface TokenLine {
  readonly id: number
  readonly name: string
  readonly createdAt: number
  readonly expiresAt: number | null
  readonly usedAt: number | null
}

interface TokensProps {
  readonly tokens: readonly TokenLine[]
  /** A token just made: shown this once. */
  readonly made: string | null
  readonly problem: string | null
}

/** A person's own API tokens. */
export function tokensPage(frame: Frame, p: TokensProps): string {
  return page(
    frame,
    { title: 'API tokens', live: null, name: 'tokens' },
    <>
      <div class="head">
        <div>
          <h1>API tokens</h1>
          <p class="sub">For the command line and scripts. A token may do what you may do.</p>
        </div>
      </div>
      {p.made === null ? null : <Made frame={frame} token={p.made} />}
      <div class="stack">
        <MakeForm frame={frame} problem={p.problem} />
        <section class="pan" aria-label="Your tokens">
          {p.tokens.length === 0 ? (
            <p class="empty q2">You have no token yet.</p>
          ) : (
            <TokenTable frame={frame} tokens={p.tokens} />
          )}
        </section>
      </div>
    </>,
  )
}

function Made(p: { frame: Frame; token: string }) {
  return (
    <div class="note notice" role="status">
      <Icon frame={p.frame} name="ui-lock" />
      <div>
        <p>
          <b class="b">This is the token.</b> It is shown only now.
        </p>
        <code class="cmd">{p.token}</code>
      </div>
    </div>
  )
}

function MakeForm(p: { frame: Frame; problem: string | null }) {
  const invalid =
    p.problem === null ? {} : { 'aria-invalid': 'true' as const, 'aria-describedby': 'name-problem' }
  return (
    <form class="pan card row wraps" method="post" action="/settings/tokens">
      <Csrf visitor={p.frame.visitor} />
      <label class="l" for="name">
        Name
      </label>
      <input
        class="in short"
        id="name"
        name="name"
        required
        maxlength={60}
        placeholder="laptop"
        {...invalid}
      />
      <button type="submit" class="btn pri">
        Make a token
      </button>
      {p.problem === null ? null : (
        <Problem frame={p.frame} id="name-problem">
          {p.problem}
        </Problem>
      )}
    </form>
  )
}

function TokenTable(p: { frame: Frame; tokens: readonly TokenLine[] }) {
  const { frame } = p
  return (
    <table class="tb">
      <caption class="vh">Your tokens</caption>
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">Made</th>
          <th scope="col">Last used</th>
          <th scope="col">
            <span class="vh">Remove</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {p.tokens.map((token) => (
          <tr>
            <th scope="row">{token.name}</th>
            <td class="q">
              <Ago frame={frame} at={token.createdAt} />
            </td>
            <td class="q">{token.usedAt === null ? 'never' : <Ago frame={frame} at={token.usedAt} />}</td>
            <td class="n">
              <form method="post" action={`/settings/tokens/${token.id}/removal`}>
                <Csrf visitor={frame.visitor} />
                <button type="submit" class="btn sm bad">
                  Remove {token.name}
                </button>
              </form>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
