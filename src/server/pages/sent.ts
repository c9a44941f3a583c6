import type { GitRef } from '../../domain/definition.ts'
import { Fault } from '../../domain/fault.ts'
import { CHANGES_MAX, type Change, changesIn } from '../../domain/form/control.ts'
import { normal } from '../../domain/form/read.ts'
import { WISHES, type Wish } from '../../domain/form/wish.ts'
import type { Ctx } from '../context.ts'

/** What a builder's form asks for. */
export type Act =
  /** Writes the fields into the text, and no more. */
  | { readonly is: 'apply' }
  | { readonly is: 'wish'; readonly wish: Wish; readonly target: string }
  | { readonly is: 'plan' }
  /** `over` names the version that may be overwritten. */
  | { readonly is: 'update'; readonly over: number | null }
  | { readonly is: 'execute' }

export interface Sent {
  readonly text: string
  readonly base: number
  /** The window that sends it, and the one whose writing it was shown. */
  readonly window: string
  readonly seen: string
  readonly changes: readonly Change[]
  readonly act: Act
  /** Null takes what the workflow names. */
  readonly ref: GitRef | null
  readonly tried: 'tried' | 'not yet'
}

/** As long as a ULID: whatever is longer was not made here. */
const WINDOW_CHARS_MAX = 26

/** A builder's form as it came; whatever is missing means nothing was changed. */
export async function readSent(c: Ctx): Promise<Sent> {
  const form = await c.req.parseBody()
  const fields = Object.entries(form).flatMap(([name, value]) =>
    typeof value === 'string' ? [[name, normal(value)] as const] : [],
  )
  const field = (name: string) => fields.find(([one]) => one === name)?.[1] ?? ''
  const changes = changesIn(fields)
  if (changes.length > CHANGES_MAX)
    throw new Fault(
      'invalid',
      `The form changes more than ${CHANGES_MAX} fields at once. Change fewer, or the text.`,
    )
  return {
    text: field('text'),
    base: /^\d{1,9}$/.test(field('base')) ? Number(field('base')) : 0,
    window: field('window').slice(0, WINDOW_CHARS_MAX),
    seen: field('seen'),
    changes,
    act: actOf(field('do')),
    ref: chosen(field),
    tried: field('tried') === '' ? 'not yet' : 'tried',
  }
}

function actOf(wanted: string): Act {
  if (wanted === 'execute' || wanted === 'plan') return { is: wanted }
  const [word = '', ...rest] = wanted.split(' ')
  const target = rest.join(' ')
  if (word === 'update') return { is: 'update', over: null }
  if (word === 'over' && /^\d{1,9}$/.test(target)) return { is: 'update', over: Number(target) }
  const wish = WISHES.find((one) => one === word)
  return wish === undefined ? { is: 'apply' } : { is: 'wish', wish, target }
}

/** The commit that was chosen; null where it was left as the workflow named it, which may name another by now. */
function chosen(field: (name: string) => string): GitRef | null {
  const [kind, name] = [field('ref-kind'), field('ref').trim()]
  return field('ref-own') === `${kind} ${name}` ? null : refOf(kind, name)
}

/** What two fields say of a commit. */
export function refOf(kind: string, name: string): GitRef | null {
  if (name === '') return null
  if (kind === 'sha') return { kind, sha: name }
  return { kind: kind === 'tag' ? 'tag' : 'branch', name }
}
