import { readFileSync } from 'node:fs'
import { ROLES, type Role } from '../domain/actor.ts'
import { Fault } from '../domain/fault.ts'
import { didYouMean } from '../domain/nearest.ts'
import type { Context } from './command.ts'

type Action = (context: Context) => Promise<number>

/** What a command does first says its first argument: `token create`. */
export function actionOf(
  { line }: Context,
  things: string,
  actions: Readonly<Record<string, Action>>,
): Action {
  const [action = ''] = line.arguments
  const act = Object.hasOwn(actions, action) ? actions[action] : undefined
  if (act !== undefined) return act
  const names = Object.keys(actions)
  const guess = didYouMean(action, names) || ` Use ${names.slice(0, -1).join(', ')} or ${names.at(-1)}.`
  throw new Fault('invalid', `“${action}” is nothing that can be done with ${things}.${guess}`)
}

/** An argument that the action cannot do without. */
export function wanted({ line }: Context, at: number, usage: string): string {
  const name = line.arguments[at]
  if (name === undefined) throw new Fault('invalid', `Which one? Use: periplus ${usage}`)
  return name
}

export function roleOf(text: string | undefined): Role | undefined {
  if (text === undefined) return undefined
  const role = ROLES.find((one) => one === text)
  if (role !== undefined) return role
  const guess = didYouMean(text, ROLES) || ` There are ${ROLES.join(', ')}.`
  throw new Fault('invalid', `There is no role ${text}.${guess}`)
}

/** A file, to the letter; `-` is standard input. */
export function textOf(name: string): string {
  try {
    return readFileSync(name === '-' ? '/dev/stdin' : name, 'utf8')
  } catch (error) {
    throw new Fault(
      'invalid',
      `${name} cannot be read: ${error instanceof Error ? error.message : String(error)}.`,
      { cause: error },
    )
  }
}

/** Says in one line what was done; to a program, nothing but that it was. */
export async function done({ line, terminal }: Context, sentence: string): Promise<number> {
  await terminal.out(line.flags.has('--json') ? '{}\n' : `${sentence}\n`)
  return 0
}

/** What uses a secret or a credential, in a cell of a table. */
export function usesWords(uses: readonly { readonly name: string }[]): string {
  return uses.map((use) => use.name).join(', ')
}
