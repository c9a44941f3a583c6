import type { Finding } from '../../src/domain/fault.ts'
import { controlName } from '../../src/domain/form/control.ts'
import { type ShownVariable, shownVariables } from '../../src/domain/form/read.ts'
import { type Path, pathText } from '../../src/domain/path.ts'
import { counted } from '../words.ts'
import { Add, Lines, problemsAt, Remove, type Sheet, tie, Wrong } from './field.tsx'
import { idOf } from './ids.ts'

/** The variables of a part, and one more. */
export function Variables(p: { sheet: Sheet; part: Path }) {
  const { sheet, part } = p
  const { variables, others } = shownVariables(sheet.form, part)
  return (
    <>
      {variables.map((variable) => (
        <VariableRow sheet={sheet} variable={variable} />
      ))}
      {others === 0 ? null : (
        <p class="hint">{counted(others, 'more variable')} can be changed in the text alone.</p>
      )}
      <Add frame={sheet.frame} path={pathText(part)} word="Add a variable" />
    </>
  )
}

/** A variable: its name, whether a secret has its value, and the value or the secret’s name. */
function VariableRow(p: { sheet: Sheet; variable: ShownVariable }) {
  const { sheet, variable } = p
  const { name, form, value } = variable
  const problems = problemsAt(sheet.findings, variable.path)
  const id = idOf(value.key)
  const isNew = sheet.at === value.key
  return (
    <div class="var">
      <Said id={idOf(name.key)} what={`Name of ${name.text}`} />
      <input
        class="in m"
        name={controlName(name)}
        id={idOf(name.key)}
        value={name.text}
        spellcheck={false}
        autocapitalize="none"
        autocomplete="off"
        autofocus={isNew}
      />
      <Said id={idOf(form.key)} what={`Kind of ${name.text}`} />
      <select class="in" name={controlName(form)} id={idOf(form.key)}>
        <option value="text" selected={form.text === 'text'}>
          Text
        </option>
        <option value="secret" selected={form.text === 'secret'}>
          Secret
        </option>
      </select>
      <Said id={id} what={`${form.text === 'secret' ? 'Secret' : 'Value'} of ${name.text}`} />
      <VariableValue sheet={sheet} variable={variable} problems={problems} />
      <Remove frame={sheet.frame} path={value.key} what={name.text} />
      <Wrong frame={sheet.frame} id={`${id}-p`} problems={problems} />
    </div>
  )
}

/** The label of a field whose place in its row says to the eye what it is. */
function Said(p: { id: string; what: string }) {
  return (
    <label class="vh" for={p.id}>
      {p.what}
    </label>
  )
}

function VariableValue(p: { sheet: Sheet; variable: ShownVariable; problems: readonly Finding[] }) {
  const { form, value } = p.variable
  const isSecret = form.text === 'secret'
  const common = {
    class: 'in val',
    id: idOf(value.key),
    name: value.fits ? controlName(value) : undefined,
    disabled: !value.fits,
    ...tie(value, p.problems, undefined),
  }
  if (value.text.includes('\n')) return <Lines common={common} text={value.text} script="val" />
  return (
    <input
      {...common}
      value={value.text}
      placeholder={value.fits ? undefined : 'Written in another form; change it in the text.'}
      list={isSecret ? 'secrets' : undefined}
      spellcheck={false}
      autocapitalize="none"
      autocomplete="off"
    />
  )
}
