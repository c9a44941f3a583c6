import type { Child } from 'hono/jsx'
import {
  BUILD_FIELDS,
  type FieldSpec,
  fieldsOfTool,
  IMAGE_FIELDS,
  PUSH_FIELDS,
  SCRIPT_FIELDS,
  STEP_FIELDS,
} from '../../src/domain/form/fields.ts'
import { shown, shownVariables } from '../../src/domain/form/read.ts'
import { type Path, pathText, valueAt } from '../../src/domain/path.ts'
import { TOOL_NAMES } from '../../src/domain/tools/tool.ts'
import type { Frame } from '../model.ts'
import { Icon } from '../parts.tsx'
import { list } from '../words.ts'
import { PartField, problemsAt, Remove, type Sheet, Wrong } from './field.tsx'
import { idOf } from './ids.ts'
import { otherProblems, Pair, textAt } from './section.tsx'
import { Variables } from './variable.tsx'

const keysOf = (specs: readonly FieldSpec[]) => specs.map(({ key }) => key)

/** The keys of each kind of part whose problems stand at their own fields. */
export const SCRIPT_SHOWN = [...keysOf(SCRIPT_FIELDS), 'env']
export const BUILD_SHOWN = [...SCRIPT_SHOWN, ...keysOf(BUILD_FIELDS)]
export const IMAGE_SHOWN = keysOf(IMAGE_FIELDS)
export const PUSH_SHOWN = keysOf(PUSH_FIELDS)
export const STEP_SHOWN = [...keysOf(STEP_FIELDS), 'verify']

/** As much of a script as stands for its name. */
const NAME_CHARS_MAX = 32

/** What a script is called: by its name, or else by what it runs. */
export function scriptName(sheet: Sheet, script: Path, index: number): string {
  const name = textAt(sheet, [...script, 'name'])
  if (name !== '') return name
  const [line = ''] = textAt(sheet, [...script, 'run'])
    .trim()
    .split('\n')
  if (line === '') return `script ${index + 1}`
  return line.length > NAME_CHARS_MAX ? `${line.slice(0, NAME_CHARS_MAX)}…` : line
}

/** What an entry of a list of tools is: a script of the user's, or a tool that Periplus knows. */
export interface ToolEntry {
  /** Where its fields stand. */
  readonly part: Path
  readonly name: string
  readonly fields: readonly FieldSpec[]
  /** Below the entry: the parts whose problems stand at their fields. */
  readonly shown: readonly string[]
}

export function toolEntry(sheet: Sheet, entry: Path, index: number): ToolEntry {
  const tool = TOOL_NAMES.find((name) => valueAt(sheet.form.value, [...entry, name]) !== undefined)
  const part = [...entry, tool ?? 'script']
  const fields = tool === undefined ? SCRIPT_FIELDS : fieldsOfTool(tool)
  const name = tool === undefined ? scriptName(sheet, part, index) : textAt(sheet, [...part, 'name'])
  return {
    ...{ part, fields },
    name: tool === undefined || name === '' ? (tool ?? name) : `${name}, ${tool}`,
    shown: [...keysOf(fields), 'env'].map((key) => `${tool ?? 'script'}.${key}`),
  }
}

/** One entry of a list, with the buttons that move it and take it out. */
export function Card(p: {
  sheet: Sheet
  path: Path
  name: string
  place: readonly [at: number, of: number]
  /** Below its path: the parts whose problems stand at their fields. */
  shown: readonly string[]
  children?: Child
}) {
  const { sheet, name } = p
  const key = pathText(p.path)
  const [at, of] = p.place
  const others = otherProblems(sheet.findings, p.path, p.shown)
  return (
    <div class="tool" id={idOf(key)}>
      <h3>
        <span class="cut">{name}</span>
        <span class="gap row">
          {at === 0 ? null : <Move frame={sheet.frame} wish="up" path={key} name={name} />}
          {at === of - 1 ? null : <Move frame={sheet.frame} wish="down" path={key} name={name} />}
          <Remove frame={sheet.frame} path={key} what={name} />
        </span>
      </h3>
      <Wrong frame={sheet.frame} id={`${idOf(key)}-p`} problems={others} />
      {p.children}
    </div>
  )
}

function Move(p: { frame: Frame; wish: 'up' | 'down'; path: string; name: string }) {
  return (
    <button
      type="submit"
      class="sq mini btn flat"
      name="do"
      value={`${p.wish} ${p.path}`}
      id={idOf(`${p.wish} ${p.path}`)}
      aria-label={`Move ${p.name} ${p.wish}`}
    >
      <Icon frame={p.frame} name={p.wish === 'up' ? 'ui-up' : 'ui-down'} />
    </button>
  )
}

/** The fields of a script, the usual ones first. */
export function ScriptFields(p: {
  sheet: Sheet
  part: Path
  fields?: readonly FieldSpec[]
  more?: readonly FieldSpec[]
}) {
  const { sheet, part, fields = SCRIPT_FIELDS } = p
  const entry = typeof part.at(-2) === 'number' ? part.slice(0, -1) : part
  const isNew = sheet.at === pathText(entry)
  const usual = fields.filter(({ rare }) => rare === undefined)
  const rare = fields.filter(({ rare }) => rare !== undefined)
  return (
    <>
      <Pair>
        {[...usual, ...(p.more ?? [])].map((spec) => (
          <PartField
            sheet={sheet}
            part={part}
            spec={spec}
            {...(isNew && spec.key === usual[0]?.key ? { first: 'first' as const } : {})}
          />
        ))}
      </Pair>
      <More sheet={sheet} part={part} specs={rare} />
    </>
  )
}

/** What few scripts need: folded away until it is asked for, set or wrong. */
function More(p: { sheet: Sheet; part: Path; specs: readonly FieldSpec[] }) {
  const { sheet, part, specs } = p
  const env = [...part, 'env']
  const set = specs.filter((spec) => {
    const field = shown(sheet.form, part, spec)
    return field.text !== '' || !field.fits
  })
  const variables = shownVariables(sheet.form, env)
  const isWrong = specs.some(({ key }) => problemsAt(sheet.findings, [...part, ...key.split('.')]).length > 0)
  const isAsked = sheet.at?.startsWith(pathText(env)) === true
  const words = [
    ...set.map(({ word }) => word.toLowerCase()),
    ...variables.variables.map(({ name }) => name.text),
  ]
  return (
    <details
      class="more"
      id={`${idOf(pathText(part))}-more`}
      open={isWrong || isAsked || problemsAt(sheet.findings, env).length > 0}
    >
      <summary>
        <Icon frame={sheet.frame} name="ui-right" class="q" />
        <span>{words.length === 0 ? 'Conditions, resources, variables' : `Also: ${list(words)}`}</span>
      </summary>
      <div>
        <Pair>
          {specs.map((spec) => (
            <PartField sheet={sheet} part={part} spec={spec} />
          ))}
        </Pair>
        <Variables sheet={sheet} part={env} />
      </div>
    </details>
  )
}
