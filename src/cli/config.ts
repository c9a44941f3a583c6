import { OPTIONS, type OptionKey, variableOf } from '../config.ts'
import type { Context } from './command.ts'
import { table } from './print.ts'

const HIDDEN = '(hidden)'

/** `periplus config`: what is in force and where it comes from. */
export async function printConfig({ line, settings, terminal }: Context): Promise<number> {
  const rows = (Object.keys(OPTIONS) as OptionKey[]).map((key) => {
    const { text, from } = settings.written[key]
    return {
      key,
      value: text !== null && 'secret' in OPTIONS[key] ? HIDDEN : text,
      from,
      variable: variableOf(key),
    }
  })
  const text = line.flags.has('--json')
    ? `${JSON.stringify(Object.fromEntries(rows.map(({ key, ...row }) => [key, row])))}\n`
    : table(
        ['OPTION', 'VALUE', 'FROM'],
        rows.map(({ key, value, from }) => [key, value ?? '–', from]),
        terminal,
      )
  await terminal.out(text)
  return 0
}
