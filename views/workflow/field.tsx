import type { Child } from 'hono/jsx'
import type { Finding } from '../../src/domain/fault.ts'
import { controlName } from '../../src/domain/form/control.ts'
import type { FieldSpec } from '../../src/domain/form/fields.ts'
import { type Form, type Shown, shown } from '../../src/domain/form/read.ts'
import { type Path, pathText } from '../../src/domain/path.ts'
import type { Frame } from '../model.ts'
import { Icon, Problem } from '../parts.tsx'
import { idOf } from './ids.ts'
import type { Choices } from './model.ts'

/** What all fields of a form are drawn with. */
export interface Sheet {
  readonly frame: Frame
  readonly form: Form
  readonly findings: readonly Finding[]
  readonly choices: Choices
  /** What was added or moved last. */
  readonly at: string | null
}

/** The problems of a path and of what is in it. */
export function problemsAt(findings: readonly Finding[], path: Path): readonly Finding[] {
  const place = pathText(path)
  return findings.filter(
    (finding) =>
      finding.path === place ||
      (finding.path.startsWith(place) && /^[.[]/.test(finding.path.slice(place.length))),
  )
}

/** One field of a part: its label above, and below it what is wrong, or else what it is for. */
export function PartField(p: { sheet: Sheet; part: Path; spec: FieldSpec; first?: 'first' }) {
  const { sheet, part, spec } = p
  const field = shown(sheet.form, part, spec)
  const problems = problemsAt(sheet.findings, field.path)
  const hint = field.fits ? spec.hint : 'Written in another form; change it in the text.'
  if (spec.kind === 'flag' && field.fits)
    return (
      <Around sheet={sheet} field={field} word={null} problems={problems} hint={hint}>
        <label class="check">
          <input type="hidden" name={controlName(field)} value="" />
          <input
            type="checkbox"
            id={idOf(field.key)}
            name={controlName(field)}
            value="true"
            checked={field.text === 'true'}
            {...tie(field, problems, hint)}
          />
          {spec.word}
        </label>
      </Around>
    )
  return (
    <Around
      sheet={sheet}
      field={field}
      word={spec.word}
      problems={problems}
      hint={hint}
      {...(spec.kind === 'script' ? { wide: 'wide' as const } : {})}
    >
      <Control
        sheet={sheet}
        field={field}
        spec={spec}
        tied={tie(field, problems, hint)}
        {...(p.first === undefined ? {} : { first: p.first })}
      />
    </Around>
  )
}

type Tied = ReturnType<typeof tie>

/** Ties a control to what stands below it. */
export function tie(field: Shown, problems: readonly Finding[], hint: string | undefined) {
  const id = idOf(field.key)
  if (problems.length > 0) return { 'aria-invalid': 'true' as const, 'aria-describedby': `${id}-p` }
  return hint === undefined ? {} : { 'aria-describedby': `${id}-p` }
}

function Around(p: {
  sheet: Sheet
  field: Shown
  word: string | null
  problems: readonly Finding[]
  hint?: string | undefined
  wide?: 'wide'
  children?: Child
}) {
  const id = idOf(p.field.key)
  return (
    <div class={p.wide}>
      {p.word === null ? null : (
        <label class="l" for={id}>
          {p.word}
        </label>
      )}
      {p.children}
      <Below frame={p.sheet.frame} id={`${id}-p`} problems={p.problems} hint={p.hint} />
    </div>
  )
}

/** What is wrong at a place, each with the word that was most likely meant, to be pressed. */
export function Wrong(p: { frame: Frame; id: string; problems: readonly Finding[] }) {
  if (p.problems.length === 0) return null
  return (
    <Problem frame={p.frame} id={p.id}>
      {p.problems.map((problem) => (
        <Sentence problem={problem} />
      ))}
    </Problem>
  )
}

function Sentence({ problem: { path, message } }: { problem: Finding }) {
  const [, said = '', word = ''] = /^(.* Did you mean )(\S+)\?$/s.exec(message) ?? []
  if (word === '') return <>{message} </>
  return (
    <>
      {said}
      <button type="submit" class="mend" name="do" value={`mend ${word} ${path}`}>
        {word}
      </button>
      ?{' '}
    </>
  )
}

function Below(p: { frame: Frame; id: string; problems: readonly Finding[]; hint?: string | undefined }) {
  if (p.problems.length > 0) return <Wrong frame={p.frame} id={p.id} problems={p.problems} />
  return p.hint === undefined ? null : (
    <p class="hint" id={p.id}>
      {p.hint}
    </p>
  )
}

function Control(p: { sheet: Sheet; field: Shown; spec: FieldSpec; tied: Tied; first?: 'first' }) {
  const { sheet, field, spec, tied } = p
  const common = {
    class: 'in',
    id: idOf(field.key),
    name: field.fits ? controlName(field) : undefined,
    disabled: !field.fits,
    autofocus: p.first !== undefined,
    ...tied,
  }
  if (spec.kind === 'choice') {
    return (
      <select {...common}>
        {optionsOf(sheet.choices, spec, field.text).map(([value, word]) => (
          <option value={value} selected={value === field.text}>
            {word}
          </option>
        ))}
      </select>
    )
  }
  if (spec.kind === 'script' || field.text.includes('\n'))
    return <Lines common={common} text={field.text} script={spec.kind === 'script' ? 'm' : ''} />
  return (
    <input
      {...common}
      value={field.text}
      placeholder={spec.placeholder}
      spellcheck={false}
      autocapitalize="none"
      autocomplete="off"
      list={spec.proposals === 'people' ? 'people' : undefined}
    />
  )
}

/** As many lines as a card has room for before it grows out of sight. */
const LINES_SHOWN_MAX = 12

/** A control for several lines. */
export function Lines(p: { common: object; text: string; script: string }) {
  return (
    <textarea
      {...p.common}
      class={`in ${p.script}`}
      rows={Math.min(LINES_SHOWN_MAX, p.text.split('\n').length + 1)}
      spellcheck={false}
      autocapitalize="none"
      autocomplete="off"
    >
      {/* A first newline in a textarea is dropped by HTML. */ `\n${p.text}`}
    </textarea>
  )
}

const CONFLICT_WORDS = {
  queue: 'the next one waits',
  cancelPending: 'waiting ones give way',
  terminateRunning: 'the running one is terminated',
} as const

/** What may be chosen, with what stands there however wrong it is. */
function optionsOf(
  choices: Choices,
  { proposals, words, placeholder }: FieldSpec,
  present: string,
): (readonly [string, string])[] {
  const known =
    words === undefined
      ? knownFor(choices, proposals)
      : [['', `${placeholder ?? ''}, if nothing is said`] as const, ...same(words)]
  return present === '' || known.some(([value]) => value === present) ? known : [...known, [present, present]]
}

function same(words: Iterable<string>): (readonly [string, string])[] {
  return [...words].map((word) => [word, word] as const)
}

function knownFor(choices: Choices, proposals: FieldSpec['proposals']): (readonly [string, string])[] {
  switch (proposals) {
    case 'engines':
      return [['', `${choices.defaultEngine}, the server’s own`], ...same(choices.engines)]
    case 'environments':
      return [['', 'Choose one'], ...same(choices.environments.keys())]
    case 'registries':
      return same(choices.registries)
    case 'credentials':
      return [['', 'none'], ...same(choices.credentials)]
    case 'conflicts':
      return [['', `${CONFLICT_WORDS.queue}, if nothing is said`], ...Object.entries(CONFLICT_WORDS)]
    default:
      return [['', '']]
  }
}

/** Takes something out of the definition. */
export function Remove(p: { frame: Frame; path: string; what: string }) {
  return (
    <button
      type="submit"
      class="sq mini btn flat"
      name="do"
      value={`remove ${p.path}`}
      aria-label={`Remove ${p.what}`}
    >
      <Icon frame={p.frame} name="ui-close" />
    </button>
  )
}

/** Puts something new into it. */
export function Add(p: { frame: Frame; path: string; word: string }) {
  return (
    <div>
      <button type="submit" class="btn sm" name="do" value={`add ${p.path}`} id={idOf(`add ${p.path}`)}>
        <Icon frame={p.frame} name="ui-plus" />
        {p.word}
      </button>
    </div>
  )
}
