import { KEY_CHARS_MAX } from '../contract/inputs.ts'
import { Fault } from '../domain/fault.ts'
import type { Ctx, ServerDeps, Visitor } from './context.ts'
import { HttpFault } from './errors.ts'
import { hashOf } from './secret.ts'

/** What repeats of a request mean: answers that have not changed, saves over what has, and the same order twice. */

/** An answer before it is sent: JSON text, or nothing. */
export interface Answer {
  readonly status: number
  readonly body: string | null
  readonly location: string | null
}

/** A retry comes within minutes; a day covers a laptop that slept. */
const KEPT_MS = 24 * 60 * 60 * 1000

/** The ETag of a JSON text: the same text has the same one. */
export function etagOf(text: string): string {
  return `"${Bun.hash(text).toString(36)}"`
}

/** True where the asker has this very answer already. */
export function isFresh(c: Ctx, etag: string): boolean {
  const asked = c.req.header('if-none-match')
  return asked !== undefined && names(asked, etag)
}

/**
 * Refuses a save that was made from another version than the present one, or that meant to make something new.
 * `present` is the JSON text of what is there; null where nothing is.
 */
export function checkSave(c: Ctx, what: string, present: string | null): void {
  const match = c.req.header('if-match')
  if (match !== undefined && (present === null || !names(match, etagOf(present)))) {
    const trouble = present === null ? 'does not exist (any more)' : 'was changed meanwhile'
    throw new HttpFault(
      'conflict',
      412,
      `${what} ${trouble}, so nothing was saved. Load it again and repeat your change.`,
    )
  }
  if (c.req.header('if-none-match') === '*' && present !== null) {
    throw new HttpFault(
      'conflict',
      412,
      `${what} exists already, so nothing was saved. Choose another name, or load it and change it.`,
    )
  }
}

function names(header: string, etag: string): boolean {
  return header.split(',').some((one) => one.trim() === '*' || one.trim().replace(/^W\//, '') === etag)
}

/**
 * Does what was asked once for each Idempotency-Key: a repeat gets the stored answer. Key and answer commit together
 * with what was done, so that a crash in between cannot do it twice. A refusal is not stored: it may not last.
 */
export function once(
  { store, world }: ServerDeps,
  c: Ctx,
  visitor: Visitor,
  text: string,
  work: () => Answer,
): Answer {
  const key = c.req.header('idempotency-key')
  if (key === undefined) return work()
  if (key === '' || key.length > KEY_CHARS_MAX) {
    throw new Fault('invalid', `An Idempotency-Key has 1 to ${KEY_CHARS_MAX} characters; a UUID does well.`)
  }
  const actor = `${visitor.how === 'socket' ? 'socket' : 'user'}:${visitor.person.name}`
  const request = hashOf(`${c.req.method} ${c.req.path}\n${text}`)
  const outcome = store.transaction((): Answer | { readonly refusal: unknown } => {
    store.idempotency.expire(world.now() - KEPT_MS)
    const found = store.idempotency.find(actor, key)
    if (found !== null && found.request !== request) {
      throw new Fault(
        'conflict',
        'This Idempotency-Key was used for another request. Take a new key for a new request.',
      )
    }
    // Written below, by this function alone.
    if (found !== null) return JSON.parse(found.response) as Answer
    const answer = attempt(work)
    if ('refusal' in answer) return answer
    store.idempotency.save({
      actor,
      key,
      request,
      status: answer.status,
      response: JSON.stringify(answer),
      createdAt: world.now(),
    })
    return answer
  })
  if ('refusal' in outcome) throw outcome.refusal
  return outcome
}

/** A refusal is carried out of the transaction as a value: thrown in it, it would take its own audit line back. */
function attempt(work: () => Answer): Answer | { readonly refusal: unknown } {
  try {
    return work()
  } catch (refusal) {
    if (refusal instanceof Fault && refusal.kind !== 'internal') return { refusal }
    throw refusal
  }
}
