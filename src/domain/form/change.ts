import { type Edit, edited } from '../edit/edit.ts'
import type { Written } from '../edit/source.ts'
import { Fault, type Finding } from '../fault.ts'
import { isRecord, type Path, pathOf, pathText, valueAt } from '../path.ts'
import { keysAt } from '../schema.ts'
import { TOOL_NAMES } from '../tools/tool.ts'
import { type Change, markOf } from './control.ts'
import { type FieldKind, kindOfField } from './fields.ts'
import { type Form, formOf, normal, REF_KINDS, refKindOf, secretOf, textNow } from './read.ts'

/** A text after its changes, and what could not be changed. */
export interface Changed {
  readonly text: string
  readonly refused: readonly Finding[]
}

/** Values come before names, by which the others are found, and forms before the values that are to fit them. */
const TURNS = ['form', 'kind', '', 'ref', 'name']

/** What a form's fields say, written into the text; all else stays as it is, to the letter. */
export function withChanges(text: string, changes: readonly Change[]): Changed {
  const inTurn = changes.toSorted((a, b) => TURNS.indexOf(aspectOf(a.key)) - TURNS.indexOf(aspectOf(b.key)))
  const refused: Finding[] = []
  let made = text
  for (const change of inTurn) {
    try {
      made = withChange(made, change)
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      refused.push(refusedAt(change, error.message))
    }
  }
  return { text: made, refused }
}

/** More of what somebody typed need not be shown to them again. */
const TYPED_SHOWN_MAX = 200

function refusedAt({ key, text }: Change, message: string): Finding {
  const said = text === '' ? '' : ` You wrote “${text.slice(0, TYPED_SHOWN_MAX)}”.`
  return { path: pathText(pathOfKey(key)), line: null, column: null, message: `${message}${said}` }
}

export function withEdit(text: string, edit: Edit): string {
  return edited(text, edit, (path) => keysAt('workflow', path))
}

function withChange(text: string, { key, text: typed, was }: Change): string {
  const form = formOf(text)
  if (form === null) throw new Fault('invalid', 'The text cannot be read. Mend it first.')
  const path = pathOfKey(key)
  const aspect = aspectOf(key)
  const now = textNow(form, path, aspect)
  if (now === undefined || now === null) throw new Fault('invalid', 'The form has no such field.')
  if (markOf(normal(now)) !== was) throw new Fault('invalid', 'The text was changed here too, and it stands.')
  return editsOf(form, path, aspect, typed).reduce(withEdit, text)
}

function aspectOf(key: string): string {
  return key.slice(key.indexOf('@') + 1 || key.length)
}

function pathOfKey(key: string): Path {
  return pathOf(key.replace(/@.*$/, ''))
}

function editsOf(form: Form, path: Path, aspect: string, typed: string): readonly Edit[] {
  const present = valueAt(form.value, path)
  switch (aspect) {
    case 'name':
      return nameEdits(form, path, typed.trim())
    case 'form':
      return [{ does: 'put', path, value: formed(present, typed) }]
    case 'kind':
      return kindEdits(form, path, typed)
    case 'ref':
      return fieldEdits(form, [...path, refKindOf(form.value, path) ?? 'branch'], 'line', typed)
    default: {
      const kind = kindOfField(path)
      if (kind === null) throw new Fault('invalid', 'The form has no such field.')
      if (kind !== 'variable') return fieldEdits(form, path, kind, typed)
      const at = secretOf(present) === null ? path : [...path, 'secret']
      return [{ does: 'put', path: at, value: typed }]
    }
  }
}

/** Whatever else it had, no shell would take it. */
const VARIABLE_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/

function nameEdits(form: Form, path: Path, name: string): readonly Edit[] {
  if (name === '') return [{ does: 'take', path, stay: 0 }]
  if (!VARIABLE_NAME.test(name))
    throw new Fault('invalid', 'A variable’s name has letters, digits and underscores only.')
  const around = valueAt(form.value, path.slice(0, -1))
  if (isRecord(around) && Object.hasOwn(around, name))
    throw new Fault('invalid', `There is a variable ${name} already. Choose another name.`)
  return [{ does: 'rename', path, name }]
}

/** The same word as a value, or as the name of a secret. */
function formed(present: unknown, form: string): Written {
  const word = secretOf(present) ?? (typeof present === 'string' ? present : '')
  return form === 'secret' ? { secret: word } : word
}

function kindEdits(form: Form, path: Path, typed: string): readonly Edit[] {
  const name = REF_KINDS.find((kind) => kind === typed)
  const present = refKindOf(form.value, path)
  if (name === undefined || name === present) return []
  if (present === null) return [{ does: 'put', path: [...path, name], value: '' }]
  return [{ does: 'rename', path: [...path, present], name }]
}

function fieldEdits(form: Form, path: Path, kind: FieldKind, typed: string): readonly Edit[] {
  const present = valueAt(form.value, path)
  if (kind === 'words') return wordEdits(present, path, typed)
  const value = meaningOf(kind, typed, present)
  if (value !== null) return [{ does: 'put', path, value }]
  return present === undefined ? [] : [{ does: 'take', path, stay: partLength(path) }]
}

/** What a field's text means; null where it means that nothing is said. */
function meaningOf(kind: Exclude<FieldKind, 'words'>, typed: string, present: unknown): Written | null {
  switch (kind) {
    case 'flag':
      return typed === '' ? null : true
    case 'number': {
      const text = typed.trim()
      if (text === '') return null
      return String(Number(text)) === text ? Number(text) : text
    }
    case 'script': {
      if (typed.trim() === '') return null
      const endsLine = typed.includes('\n') || (typeof present === 'string' && present.endsWith('\n'))
      return endsLine ? typed.replace(/\n?$/, '\n') : typed
    }
    case 'line':
    case 'choice':
      return typed.trim() === '' ? null : typed.trim()
    default:
      return kind satisfies never
  }
}

/** Of a list only the words that changed are written anew: what is said of the others stays with them. */
function wordEdits(present: unknown, path: Path, typed: string): readonly Edit[] {
  const words = typed.split(/[,\n]/).flatMap((word) => (word.trim() === '' ? [] : [word.trim()]))
  const [first] = words
  if (first === undefined)
    return present === undefined ? [] : [{ does: 'take', path, stay: partLength(path) }]
  if (!Array.isArray(present) || present.length === 0) {
    const single = words.length === 1 && path.at(-2) === 'if'
    return [{ does: 'put', path, value: single ? first : words }]
  }
  const rest = Math.min(present.length, words.length)
  const same = (from: 'start' | 'end', length: number) => {
    let count = 0
    const at = (list: readonly unknown[]) => (from === 'start' ? list[count] : list.at(-1 - count))
    while (count < length && at(present) === at(words)) count += 1
    return count
  }
  const head = same('start', rest)
  const tail = same('end', rest - head)
  const [old, now] = [present.length - head - tail, words.slice(head, words.length - tail)]
  return [
    ...now.slice(0, old).map((word, at): Edit => ({ does: 'put', path: [...path, head + at], value: word })),
    ...now
      .slice(old)
      .map((word, at): Edit => ({ does: 'insert', list: path, at: head + old + at, value: word })),
    ...Array.from(
      { length: Math.max(0, old - now.length) },
      (): Edit => ({ does: 'take', path: [...path, head + now.length], stay: path.length }),
    ),
  ]
}

/** How much of a path stays where a field in it is emptied: the tool, the step, the source that it is a field of. */
function partLength(path: Path): number {
  const entry = path.findLastIndex((step) => typeof step === 'number')
  const script = path.findLastIndex((step) => step === 'script' || step === 'verify' || step === 'git')
  const isTool = entry >= 0 && TOOL_NAMES.some((tool) => tool === path[entry + 1])
  return Math.max(isTool ? entry + 1 : entry, script) + 1
}
