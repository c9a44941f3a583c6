import type { Finding } from '../../src/domain/fault.ts'
import type { Frame } from '../model.ts'
import { Ago } from '../parts.tsx'
import { counted } from '../words.ts'
import { Area, Field, FormCard } from './field.tsx'
import { settingsPage } from './frame.tsx'

/** A definition that names something. */
export interface UseLine {
  readonly kind: 'workflow' | 'environment'
  readonly name: string
}

export interface SecretLine {
  readonly name: string
  readonly updatedAt: number
  readonly updatedBy: string
  readonly usedBy: readonly UseLine[]
}

interface SecretsProps {
  readonly secrets: readonly SecretLine[]
  readonly draft: { readonly name: string }
  readonly findings: readonly Finding[]
  /** Why this person may change nothing here; null where they may. */
  readonly refusal: string | null
}

/** The secrets by name. */
export function secretsPage(frame: Frame, p: SecretsProps): string {
  return settingsPage(
    frame,
    {
      title: 'Secrets',
      name: 'secrets',
      sub: (
        <>
          A variable takes one by name, <code>{'NPM_TOKEN: { secret: npm-token }'}</code>. Nobody is shown a
          value, and logs hide it.
        </>
      ),
    },
    <>
      <section class="pan" aria-label="Secrets">
        {p.secrets.length === 0 ? (
          <p class="none q2">There is no secret yet.</p>
        ) : (
          <NamedTable frame={frame} rows={p.secrets} base="/settings/secrets/" caption="Secrets" />
        )}
      </section>
      {p.refusal === null ? (
        <FormCard frame={frame} title="Set a secret" action="/settings/secrets" button="Set the secret">
          <Field
            frame={frame}
            name="name"
            word="Name"
            value={p.draft.name}
            placeholder="npm-token"
            required="required"
            hint="One that exists is replaced."
            findings={p.findings}
          />
          <Area frame={frame} name="value" word="Value" rows={3} findings={p.findings} />
        </FormCard>
      ) : (
        <p class="hint">{p.refusal}</p>
      )}
    </>,
  )
}

interface SecretProps {
  readonly secret: SecretLine
  readonly findings: readonly Finding[]
  readonly refusal: string | null
}

/** One secret: who needs it, a new value, and its end. */
export function secretPage(frame: Frame, { secret, findings, refusal }: SecretProps): string {
  const path = `/settings/secrets/${secret.name}`
  return settingsPage(
    frame,
    {
      title: secret.name,
      name: 'secret',
      sub: <SetWords frame={frame} line={secret} />,
      above: { path: '/settings/secrets', word: 'Secrets' },
      ...(refusal === null
        ? {
            actions: (
              <a class="btn bad" href={`${path}/remove`}>
                Remove
              </a>
            ),
          }
        : {}),
    },
    <>
      <UsedBy uses={secret.usedBy} />
      {refusal === null ? (
        <FormCard frame={frame} title="Replace the value" action={path} button="Replace the value">
          <Area
            frame={frame}
            name="value"
            word="New value"
            rows={3}
            hint="Segments that are submitted from now on have it; what runs keeps the old one."
            findings={findings}
          />
        </FormCard>
      ) : (
        <p class="hint">{refusal}</p>
      )}
    </>,
  )
}

interface NamedLine extends SecretLine {
  /** In words; where there are kinds. */
  readonly kind?: string
}

/** Names with what they are used by. */
export function NamedTable(p: { frame: Frame; rows: readonly NamedLine[]; base: string; caption: string }) {
  const kinds = p.rows.some((row) => row.kind !== undefined)
  return (
    <div class="scroll">
      <table class="tb rows">
        <caption class="vh">{p.caption}</caption>
        <thead>
          <tr>
            <th scope="col">Name</th>
            {kinds ? <th scope="col">Kind</th> : null}
            <th scope="col">Used by</th>
            <th scope="col">Set</th>
          </tr>
        </thead>
        <tbody>
          {p.rows.map((row) => (
            <tr data-row="">
              <th scope="row">
                <a class="lead" href={p.base + row.name}>
                  {row.name}
                </a>
              </th>
              {kinds ? <td data-l="Kind">{row.kind}</td> : null}
              <td data-l="Used by" class="q2">
                {usesWords(row.usedBy)}
              </td>
              <td data-l="Set" class="q">
                <Ago frame={p.frame} at={row.updatedAt} /> by {row.updatedBy}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** More names than these are counted. */
const USES_SHOWN_MAX = 3

function usesWords(uses: readonly UseLine[]): string {
  if (uses.length === 0) return 'nothing'
  const shown = uses.slice(0, USES_SHOWN_MAX).map((use) => use.name)
  const more = uses.length - shown.length
  return more === 0 ? shown.join(', ') : `${shown.join(', ')} and ${more} more`
}

export function SetWords(p: { frame: Frame; line: Pick<SecretLine, 'updatedAt' | 'updatedBy'> }) {
  return (
    <>
      Set <Ago frame={p.frame} at={p.line.updatedAt} /> by {p.line.updatedBy}.
    </>
  )
}

/** The definitions that would miss it. */
export function UsedBy(p: { uses: readonly UseLine[] }) {
  return (
    <section class="pan" aria-labelledby="uses-title">
      <header>
        <h2 id="uses-title">Used by</h2>
        {p.uses.length === 0 ? null : <span class="num">{p.uses.length}</span>}
      </header>
      {p.uses.length === 0 ? (
        <p class="none q2">No workflow or environment names it.</p>
      ) : (
        <ul class="uses">
          {p.uses.map((use) => (
            <li>
              <a class="u" href={`/${use.kind}s/${use.name}`}>
                {use.name}
              </a>{' '}
              <span class="q">{use.kind}</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

/** What becomes of those who name what is removed. */
export function missWords(uses: readonly UseLine[]): string {
  if (uses.length === 0) return 'No workflow or environment names it.'
  const [one] = uses
  return uses.length === 1
    ? `${one?.name} names it: its executions will fail at Validation.`
    : `${counted(uses.length, 'definition')} name it: their executions will fail at Validation.`
}
