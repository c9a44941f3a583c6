import { createHmac, timingSafeEqual } from 'node:crypto'
import { Fault } from '../domain/fault.ts'

/** A place in a list: what follows it is older, or newer, than an execution. */
export interface Place {
  readonly direction: 'older' | 'newer'
  readonly id: number
}

/** Bytes of the seal: guessing one is hopeless, and nothing is at stake but an odd page. */
const SEAL_BYTES = 8
const LETTERS = { older: 'o', newer: 'n' } as const
const CURSOR = /^([on])([0-9a-z]{1,11})\.([\w-]{11})$/

/** Makes cursors and reads them. A cursor belongs to one instance and to the list (its filters) it was made for. */
export function createCursors(instance: string) {
  function seal(list: string, letter: string, id: string): Buffer {
    return createHmac('sha256', instance).update(`${letter}${id} ${list}`).digest().subarray(0, SEAL_BYTES)
  }

  return {
    write(list: string, { direction, id }: Place): string {
      const letter = LETTERS[direction]
      const number = id.toString(36)
      return `${letter}${number}.${seal(list, letter, number).toString('base64url')}`
    },

    /** A Fault for anything but a cursor of this very list. */
    read(list: string, cursor: string): Place {
      const [, letter, number, given] = CURSOR.exec(cursor) ?? []
      if (letter === undefined || number === undefined || given === undefined) throw foreign()
      const right = seal(list, letter, number)
      const claimed = Buffer.from(given, 'base64url')
      if (claimed.length !== right.length || !timingSafeEqual(claimed, right)) throw foreign()
      return { direction: letter === LETTERS.older ? 'older' : 'newer', id: Number.parseInt(number, 36) }
    },
  }
}

function foreign(): Fault {
  return new Fault(
    'invalid',
    'This cursor does not belong to this list. Leave it out to start with the newest execution, and keep the filters as they are from page to page.',
  )
}
