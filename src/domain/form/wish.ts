import type { Written } from '../edit/source.ts'
import { Fault } from '../fault.ts'
import { isRecord, type Path, pathOf, valueAt } from '../path.ts'
import { TOOL_KEYS } from '../rules.ts'
import { keysAt } from '../schema.ts'
import { TOOL_NAMES } from '../tools/tool.ts'
import { TOOLS } from '../tools/tools.ts'
import { withEdit } from './change.ts'
import { isVariables, placeOf } from './fields.ts'
import { formOf } from './read.ts'

/** What the buttons of a form ask for: another entry, one gone, one a place up or down, a word in the place of a slip. */
export const WISHES = ['add', 'remove', 'up', 'down', 'mend'] as const
export type Wish = (typeof WISHES)[number]

/** The text after a button was pressed, and the path of what it was about, as it is now. */
export interface Granted {
  readonly text: string
  readonly path: Path
}

/** An empty script: its field is there to be filled. */
const SCRIPT = { run: '' } as const

/** What an entry is when it is new, by its place. */
const NEW: ReadonlyMap<string, Written> = new Map<string, Written>([
  ...Object.values(TOOL_KEYS).flatMap((key) => [
    [`tools.${key}`, { script: SCRIPT }] as const,
    // Named behind the list that it comes into.
    ...TOOL_NAMES.map((tool) => [`tools.${key}.${tool}`, { [tool]: TOOLS[tool].start }] as const),
  ]),
  ['deploy', { environment: '' }],
  ['build', { dockerfile: 'Dockerfile' }],
  ['build.script', SCRIPT],
  ['push', { registry: '', image: '', tags: ['{{execution.id}}'] }],
  ['deploy[].verify', SCRIPT],
])

/** Does what a button asks for; a Fault `invalid` where the text, or the rubbish that was sent, does not allow it. */
export function withWish(text: string, wish: Wish, target: string): Granted {
  const form = formOf(text)
  if (form === null) throw new Fault('invalid', 'The text cannot be read. Mend it first.')
  const path = pathOf(target)
  switch (wish) {
    case 'add':
      return added(text, form.value, path)
    case 'remove':
      mustBe(form.value, path)
      return { text: withEdit(text, { does: 'take', path, stay: staying(path) }), path: path.slice(0, -1) }
    case 'up':
      return moved(text, form.value, path, -1)
    case 'down':
      return moved(text, form.value, path, 1)
    case 'mend':
      return mended(text, form.value, target)
    default:
      return wish satisfies never
  }
}

function added(text: string, value: unknown, part: Path): Granted {
  const list = TOOL_NAMES.some((tool) => tool === part.at(-1)) ? part.slice(0, -1) : part
  const present = valueAt(value, list)
  const path = isVariables(part) ? [...part, freeName(present)] : newPlace(list, present)
  if (path === null) throw new Fault('invalid', 'The form has nothing to add there.')
  return { text: withEdit(text, { does: 'put', path, value: NEW.get(placeOf(part)) ?? '' }), path }
}

/** Of which a workflow or a deploy has one at most. */
const SINGLE = new Set(['build', 'build.script', 'push', 'deploy[].verify'])

/** Behind the last entry of a list, or where there is no such part yet; null where nothing may be added. */
function newPlace(part: Path, present: unknown): Path | null {
  const made = NEW.get(placeOf(part))
  if (made === undefined) return null
  if (SINGLE.has(placeOf(part))) return present === undefined ? part : null
  return [...part, Array.isArray(present) ? present.length : 0]
}

/** A name that no variable has yet; whoever adds one names it next. */
function freeName(variables: unknown): string {
  const taken = isRecord(variables) ? variables : {}
  let count = 1
  while (Object.hasOwn(taken, nameOf(count))) count += 1
  return nameOf(count)
}

function nameOf(count: number): string {
  return count === 1 ? 'VARIABLE' : `VARIABLE_${count}`
}

function moved(text: string, value: unknown, path: Path, by: -1 | 1): Granted {
  mustBe(value, path)
  const list = path.slice(0, -1)
  const from = Number(path.at(-1))
  const to = from + by
  if (valueAt(value, [...list, to]) === undefined) return { text, path }
  return {
    text: withEdit(text, { does: 'exchange', list, first: Math.min(from, to) }),
    path: [...list, to],
  }
}

/** “retries tools.preBuild[0].script.retires”: the word that was meant, and where the slip is, in a key or in a value. */
function mended(text: string, value: unknown, target: string): Granted {
  const [, word = '', place = ''] = /^(\S+) (.+)$/s.exec(target) ?? []
  const path = pathOf(place)
  mustBe(value, path)
  const key = path.at(-1)
  const around = path.slice(0, -1)
  const isSlip = typeof key === 'string' && !isVariables(around) && !keysAt('workflow', around).includes(key)
  if (!isSlip) return { text: withEdit(text, { does: 'put', path, value: word }), path }
  if (valueAt(value, [...around, word]) !== undefined)
    throw new Fault('invalid', `There is ${word} already. Keep one of the two, in the text.`)
  return { text: withEdit(text, { does: 'rename', path, name: word }), path: [...around, word] }
}

function mustBe(value: unknown, path: Path): void {
  if (path.length === 0 || valueAt(value, path) === undefined)
    throw new Fault('invalid', 'It is not there any more, so nothing was changed.')
}

/** An entry that goes takes the list along that it was alone in, but never the tool or step around that. */
function staying(path: Path): number {
  return path.slice(0, -1).findLastIndex((step) => typeof step === 'number') + 1
}
