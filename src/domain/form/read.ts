import { readSources, type Source } from '../document.ts'
import { isRecord, type Path, pathText, valueAt } from '../path.ts'
import { type FieldKind, type FieldSpec, kindOfField } from './fields.ts'

/** A definition's text as its form shows it. */
export interface Form {
  readonly source: Source
  /** The whole document, whatever stands in it. */
  readonly value: unknown
}

/** What stands in a field. */
export interface Shown {
  /** Names the field in a form that is sent. */
  readonly key: string
  readonly path: Path
  readonly text: string
  /** False: it is written in another form than the field has, and is changed in the text alone. */
  readonly fits: boolean
}

/** A variable: its name, and its value or the secret that has it. */
export interface ShownVariable {
  readonly path: Path
  readonly name: Shown
  readonly form: Shown
  readonly value: Shown
}

export const REF_KINDS = ['branch', 'tag', 'sha'] as const
export type RefKind = (typeof REF_KINDS)[number]

/** What of a path a field speaks of, where it is not simply the value there. */
export type Aspect = 'name' | 'form' | 'kind' | 'ref'

/** A text as a form; null where it is not one mapping that can be read. */
export function formOf(text: string): Form | null {
  const { sources, findings } = readSources(text)
  const [source] = sources
  if (source === undefined || sources.length > 1 || findings.length > 0) return null
  const { value } = source
  return isRecord(value) && !Array.isArray(value) ? { source, value } : null
}

/** The field of a part. */
export function shown(form: Form, part: Path, { key, kind }: Pick<FieldSpec, 'key' | 'kind'>): Shown {
  const path = [...part, ...key.split('.')]
  const text = textOf(form, path, kind)
  return { key: pathText(path), path, text: normal(text ?? ''), fits: text !== null }
}

/** Which commit a source takes: the kind of its name, and the name. */
export function shownRef(form: Form, part: Path): { readonly kind: Shown; readonly ref: Shown } {
  const present = refKindOf(form.value, part)
  const path = [...part, present ?? 'branch']
  const text = present === null ? '' : textOf(form, path, 'line')
  return {
    kind: { ...aspect(part, 'kind', present ?? 'branch'), path },
    ref: { ...aspect(part, 'ref', text ?? ''), path, fits: text !== null },
  }
}

export function refKindOf(value: unknown, part: Path): RefKind | null {
  const source = valueAt(value, part)
  return REF_KINDS.find((kind) => isRecord(source) && Object.hasOwn(source, kind)) ?? null
}

/** The variables of a part that a form can name; `others` stand in the text alone. */
export function shownVariables(
  form: Form,
  part: Path,
): { readonly variables: readonly ShownVariable[]; readonly others: number } {
  const map = valueAt(form.value, part)
  if (!isRecord(map) || Array.isArray(map)) return { variables: [], others: map == null ? 0 : 1 }
  const names = Object.keys(map)
  const named = names.filter((name) => NAMEABLE.test(name))
  return {
    variables: named.map((name) => shownVariable(form, [...part, name], name)),
    others: names.length - named.length,
  }
}

/** Whatever else a name has would not come back as it went. */
const NAMEABLE = /^[\w-]+$/

function shownVariable(form: Form, path: Path, name: string): ShownVariable {
  const secret = secretOf(valueAt(form.value, path))
  const text = secret === null ? textOf(form, path, 'line') : secret
  return {
    path,
    name: aspect(path, 'name', name),
    form: aspect(path, 'form', secret === null ? 'text' : 'secret'),
    value: { key: pathText(path), path, text: normal(text ?? ''), fits: text !== null },
  }
}

/** The secret's name where a variable names one. */
export function secretOf(value: unknown): string | null {
  if (!isRecord(value) || Array.isArray(value)) return null
  const secret = value['secret'] ?? ''
  return Object.keys(value).length === 1 && 'secret' in value && typeof secret === 'string' ? secret : null
}

function aspect(path: Path, of: Aspect, text: string): Shown {
  return { key: `${pathText(path)}@${of}`, path, text: normal(text), fits: true }
}

/** What a field shows now; undefined where there is nothing that it could be the field of. */
export function textNow(form: Form, path: Path, aspect: string): string | null | undefined {
  const part = valueAt(form.value, path)
  const kind = kindOfField(path)
  switch (aspect) {
    case 'name':
      return part === undefined ? undefined : String(path.at(-1))
    case 'form':
      return part === undefined ? undefined : secretOf(part) === null ? 'text' : 'secret'
    case 'kind':
      return shownRef(form, path).kind.text
    case 'ref':
      return shownRef(form, path).ref.text
    default:
      if (kind === null) return undefined
      return kind === 'variable' ? shownVariable(form, path, '').value.text : textOf(form, path, kind)
  }
}

/** A value as a field shows it; null where its form is another. */
function textOf({ source, value }: Form, path: Path, kind: FieldKind): string | null {
  const part = valueAt(value, path)
  if (part === undefined || part === null) return ''
  if (kind === 'flag') return part === true ? 'true' : part === false ? '' : null
  if (kind === 'words' && Array.isArray(part)) return part.every(isWord) ? part.join(', ') : null
  if (typeof part === 'string') {
    if (kind === 'script') return part.replace(/\n$/, '')
    return kind === 'words' && !isWord(part) ? null : part
  }
  if (isRecord(part)) return null
  return source.written(path) ?? String(part)
}

/** What can stand between two commas. */
function isWord(part: unknown): part is string {
  return typeof part === 'string' && part !== '' && part.trim() === part && !/[,\n]/.test(part)
}

/** A browser sends every line break as one of its own, so that only these can be told from a change. */
export function normal(text: string): string {
  return text.replaceAll(/\r\n?/g, '\n')
}
