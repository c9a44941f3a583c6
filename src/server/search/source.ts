import { Fault } from '../../domain/fault.ts'
import type { Hit } from '../../search/question.ts'
import type { World } from '../../world.ts'
import type { Bytes, Source } from '../livestream.ts'
import { BEGINNING, type Sum } from './cursor.ts'
import type { Ended, Search, Step } from './searches.ts'

/** How far it is, is said so often where nothing is found. */
const PROGRESS_MS = 200

/** What a search came to in the end; a problem says in words why it went no further. */
export interface End {
  readonly ended: Ended | 'problem'
  readonly problem: string | null
  readonly sum: Sum
  readonly cursor: string | null
}

/** How what is found becomes messages. */
export interface SearchWriting {
  hits(hits: readonly Hit[]): string
  found(step: Step): string
  progress(step: Step): string
  end(end: End): string
}

const encoder = new TextEncoder()

/** A search as a stream: what the text names first, then what is found as it is found, and how far it is. */
export function searchSource(
  search: Search,
  hits: () => Promise<readonly Hit[]>,
  writing: SearchWriting,
  world: Pick<World, 'now'>,
): Source {
  let last: Pick<Step, 'sum' | 'cursor'> = { sum: BEGINNING.sum, cursor: null }
  let saidAt = world.now()
  let isOver = false
  let isBegun = false

  /** Turns are taken until there is something to say. */
  async function turns(): Promise<string> {
    while (true) {
      const step = await search.next()
      last = step
      const found = step.found.length === 0 ? '' : writing.found(step)
      if (step.ended !== null) {
        isOver = true
        const { ended, sum, cursor } = step
        return found + writing.end({ ended, problem: null, sum, cursor })
      }
      if (found !== '' || world.now() - saidAt >= PROGRESS_MS) {
        saidAt = world.now()
        return found + writing.progress(step)
      }
    }
  }

  async function piece(): Promise<Bytes> {
    try {
      const named = isBegun ? [] : await hits()
      isBegun = true
      return encoder.encode((named.length === 0 ? '' : writing.hits(named)) + (await turns()))
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      isOver = true
      const { sum, cursor } = last
      return encoder.encode(writing.end({ ended: 'problem', problem: error.message, sum, cursor }))
    }
  }

  return {
    topic: null,
    next: () => (isOver ? null : piece()),
    over: () => isOver,
    left: search.stop,
  }
}
