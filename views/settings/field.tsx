import type { Child } from 'hono/jsx'
import type { Finding } from '../../src/domain/fault.ts'
import type { Frame } from '../model.ts'
import { Csrf, findingOf, Icon, Problem } from '../parts.tsx'

interface FieldProps {
  readonly frame: Frame
  readonly name: string
  /** Where a page has two fields of one name. */
  readonly id?: string
  readonly word: string
  readonly value?: string
  readonly hint?: Child
  readonly findings: readonly Finding[]
}

/** A field with its label above, and below it what is wrong, or else what it is for. */
export function Field(
  p: FieldProps & {
    readonly type?: 'text' | 'password' | 'url'
    readonly autocomplete?: string
    readonly placeholder?: string
    readonly required?: 'required'
  },
) {
  return (
    <Around {...p}>
      <input
        class="in"
        id={p.id ?? p.name}
        name={p.name}
        type={p.type ?? 'text'}
        value={p.value ?? ''}
        autocomplete={p.autocomplete ?? 'off'}
        autocapitalize="none"
        spellcheck={false}
        placeholder={p.placeholder}
        required={p.required !== undefined}
        {...tie(p)}
      />
    </Around>
  )
}

/** The same for text of many lines. */
export function Area(p: FieldProps & { readonly rows: number; readonly placeholder?: string }) {
  return (
    <Around {...p}>
      <textarea
        class="in m"
        id={p.id ?? p.name}
        name={p.name}
        rows={p.rows}
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
        placeholder={p.placeholder}
        required
        {...tie(p)}
      >
        {p.value ?? ''}
      </textarea>
    </Around>
  )
}

/** The same for one of a few. */
export function Choice(p: FieldProps & { readonly options: readonly (readonly [string, string])[] }) {
  return (
    <Around {...p}>
      <select class="in" id={p.id ?? p.name} name={p.name} {...tie(p)}>
        {p.options.map(([value, word]) => (
          <option value={value} selected={value === p.value}>
            {word}
          </option>
        ))}
      </select>
    </Around>
  )
}

function Around(p: FieldProps & { readonly children?: Child }) {
  const problem = findingOf(p.findings, p.name)
  return (
    <div>
      <label class="l" for={p.id ?? p.name}>
        {p.word}
      </label>
      {p.children}
      {problem === null ? null : (
        <Problem frame={p.frame} id={`${p.id ?? p.name}-problem`}>
          {problem}
        </Problem>
      )}
      {problem === null && p.hint !== undefined ? (
        <p class="hint" id={`${p.id ?? p.name}-hint`}>
          {p.hint}
        </p>
      ) : null}
    </div>
  )
}

function tie(p: FieldProps) {
  const id = p.id ?? p.name
  if (findingOf(p.findings, p.name) !== null)
    return { 'aria-invalid': 'true' as const, 'aria-describedby': `${id}-problem` }
  return p.hint === undefined ? {} : { 'aria-describedby': `${id}-hint` }
}

/** A form as a panel, with its title and its one button. */
export function FormCard(p: {
  frame: Frame
  title: string
  action: string
  button: string
  children?: Child
}) {
  return (
    <form class="pan" method="post" action={p.action} autocomplete="off">
      <header>
        <h2>{p.title}</h2>
      </header>
      <div class="fields">
        <Csrf visitor={p.frame.visitor} />
        {p.children}
        <div>
          <button type="submit" class="btn">
            {p.button}
          </button>
        </div>
      </div>
    </form>
  )
}

/** What happened, or what is shown this once. */
export function Told(p: { frame: Frame; icon: 'ui-lock' | 'st-succeeded' | 'st-failed'; children?: Child }) {
  return (
    <div class={p.icon === 'st-failed' ? 'note bad' : 'note'} role="status">
      <Icon frame={p.frame} name={p.icon} {...(p.icon === 'st-succeeded' ? { class: 'ok' } : {})} />
      <div>{p.children}</div>
    </div>
  )
}
