import type { Shown } from './read.ts'

/** A field that is sent with another text than it was shown with. */
export interface Change {
  /** Names the field. */
  readonly key: string
  readonly text: string
  /** The mark of what was shown. */
  readonly was: string
}

/** How a control's name begins. */
const PREFIX = 'f.'

/** More than anybody changes before they look; each is read and checked by itself. */
export const CHANGES_MAX = 100

/**
 * The name of a field's control. It carries a mark of what was shown, so that a form that comes back says by itself what
 * was changed in it, however long it lay about and whatever became of the text meanwhile.
 */
export function controlName({ key, text }: Pick<Shown, 'key' | 'text'>): string {
  return `${PREFIX}${markOf(text)}.${key}`
}

/** The fields that were changed, among all that a form sends. */
export function changesIn(sent: Iterable<readonly [string, string]>): readonly Change[] {
  return [...sent].flatMap(([name, text]) => {
    const [, was = '', key = ''] = /^f\.([0-9a-z]+)\.(.+)$/s.exec(name) ?? []
    return key === '' || markOf(text) === was ? [] : [{ key, text, was }]
  })
}

/** FNV-1a: short, and another for every other text that a person would write. */
export function markOf(text: string): string {
  let mark = 0x811c9dc5
  for (const byte of new TextEncoder().encode(text)) mark = Math.imul(mark ^ byte, 0x01000193)
  return (mark >>> 0).toString(36)
}
