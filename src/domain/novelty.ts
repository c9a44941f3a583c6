import { readable } from './line.ts'

/**
 * Which lines of a log another log does not have, once everything is taken away that differs from run to run: times,
 * numbers, lengths of time, hexadecimal ids, random names, temporary paths.
 */

/** More ways in which lines differ than these are not remembered; a log of a million lines seldom has a tenth of them. */
const FORMS_MAX = 1_000_000
/** The table at first; it doubles when it is half full, up to 16 MB. */
const SLOTS_FIRST = 1024

/** What the lines of a log say, as hashes: first by their digits alone, which is quick and nearly always enough. */
export class Familiar {
  readonly #quick = new HashSet()
  readonly #forms = new HashSet()

  /** False once there were more forms than are remembered: a line that is called new then may not be. */
  get complete(): boolean {
    return this.#quick.size < FORMS_MAX
  }

  /** A line as it was written. */
  add(line: string): void {
    if (this.complete && this.#quick.add(quickHash(line))) this.#forms.add(hashOf(readable(line)))
  }

  has(line: string): boolean {
    return this.#quick.has(quickHash(line)) || this.#forms.has(hashOf(readable(line)))
  }
}

/** Numbers other than 0, in one flat table. */
class HashSet {
  #slots = new Float64Array(SLOTS_FIRST)
  size = 0

  /** Answers whether it was not there before. */
  add(hash: number): boolean {
    const at = this.#place(hash)
    if (this.#slots[at] === hash) return false
    this.#slots[at] = hash
    this.size += 1
    if (this.size * 2 > this.#slots.length) this.#grow()
    return true
  }

  has(hash: number): boolean {
    return this.#slots[this.#place(hash)] === hash
  }

  /** The slot that holds a hash, or would. */
  #place(hash: number): number {
    const last = this.#slots.length - 1
    let at = hash % this.#slots.length
    while (this.#slots[at] !== 0 && this.#slots[at] !== hash) at = at === last ? 0 : at + 1
    return at
  }

  #grow(): void {
    const old = this.#slots
    this.#slots = new Float64Array(old.length * 2)
    for (const hash of old) if (hash !== 0) this.#slots[this.#place(hash)] = hash
  }
}

/** A line without what differs from run to run; `#` stands for it. */
export function formOf(line: string): string {
  return String.fromCharCode(...FORM.subarray(0, write(line)))
}

/** Of what is longer the beginning is compared: nobody reads on. */
const COMPARED_MAX = 4096
const FORM = new Uint16Array(COMPARED_MAX)
const HASH = 35

/** A path that a run makes for itself: its first part has another name each time. */
const TEMPORARY = /(\/(?:tmp|var\/folders|dev\/shm)\/)[^\s/:"'`)\]]+|\btmp[._-]?[A-Za-z0-9_]{6,}/g
/** What a number may go on with and still be one: 12:00:01.5, 2026-09-01, 1.2.3, 10.0.0.1/8, 3,141. */
const JOINTS: ReadonlySet<number> = new Set([...'.,:/-+'].map((joint) => joint.charCodeAt(0)))
const UNITS: ReadonlySet<string> = new Set([
  ...['ns', 'us', 'ms', 's', 'm', 'h', 'd', 'sec', 'secs', 'second', 'seconds', 'min', 'mins', 'minute'],
  ...['minutes', 'hour', 'hours', 'day', 'days'],
])
const UNIT_CHARS_MAX = 7
const SPACE = 32

/** Writes the form of a line into FORM; its length. Character by character, for logs have millions of lines. */
function write(line: string): number {
  const made = line.includes('tmp') || line.includes('/var/') || line.includes('/dev/')
  const text = made ? line.replace(TEMPORARY, '$1#') : line
  const end = Math.min(text.length, COMPARED_MAX)
  let length = 0
  let before = 0
  for (let at = 0; at < end; ) {
    const code = text.charCodeAt(at)
    if (isDigit(code)) {
      at = afterNumber(text, at)
      FORM[length++] = before = HASH
    } else if (isLetter(code)) {
      const until = afterWord(text, at)
      length = writeWord(text, at, until, length)
      before = code
      at = until
    } else {
      // A bar grows and a gap widens: of equal signs in a row one is enough.
      if (code !== before) FORM[length++] = code
      before = code
      at += 1
    }
  }
  return Math.min(length, COMPARED_MAX)
}

/** Behind a number with all that belongs to it: its joints, its unit, and a further number with a unit (3 m 12 s). */
function afterNumber(text: string, from: number): number {
  let at = from
  for (;;) {
    at = afterWord(text, at)
    while (JOINTS.has(text.charCodeAt(at)) && isDigit(text.charCodeAt(at + 1))) at = afterWord(text, at + 1)
    const unit = text.charCodeAt(at) === SPACE ? at + 1 : at
    const until = afterWord(text, unit)
    if (until === unit || until - unit > UNIT_CHARS_MAX || !UNITS.has(text.slice(unit, until))) return at
    at = until
    if (text.charCodeAt(at) !== SPACE || !isDigit(text.charCodeAt(at + 1))) return at
    at += 1
  }
}

function afterWord(text: string, from: number): number {
  let at = from
  for (let code = text.charCodeAt(at); isLetter(code) || isDigit(code); code = text.charCodeAt(at)) at += 1
  return at
}

/** A word with fewer letters and digits is no id. */
const ID_LEAST = 4
/** Letters alone make an id only where they are many: “facade” is a word. */
const LETTERS_LEAST = 8
/** A name of so many letters of both cases with digits among them was made by chance. */
const RANDOM_LEAST = 16

/** An id as one sign; of every other word its letters, and one sign for the digits between them. */
function writeWord(text: string, from: number, until: number, start: number): number {
  let digits = 0
  let hex = 0
  let small = 0
  for (let at = from; at < until; at += 1) {
    const code = text.charCodeAt(at)
    if (isDigit(code)) digits += 1
    else {
      if (code >= 97) small += 1
      if ((code | 32) <= 102) hex += 1
    }
  }
  const size = until - from
  const isHex = digits + hex === size && size >= (digits > 0 ? ID_LEAST : LETTERS_LEAST)
  const isRandom = digits > 0 && size >= RANDOM_LEAST && small > 0 && digits + small < size
  let length = start
  if (isHex || isRandom) {
    FORM[length++] = HASH
    return length
  }
  let before = 0
  for (let at = from; at < until; at += 1) {
    const code = text.charCodeAt(at)
    const sign = isDigit(code) ? HASH : code
    if (sign !== HASH || before !== HASH) FORM[length++] = sign
    before = sign
  }
  return length
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57
}

function isLetter(code: number): boolean {
  const small = code | 32
  return small >= 97 && small <= 122 && code < 128
}

/** Of the form of a line. */
function hashOf(line: string): number {
  const length = write(line)
  let high = HIGH_FIRST
  let low = LOW_FIRST
  for (let at = 0; at < length; at += 1) {
    const code = FORM[at] ?? 0
    high = Math.imul(high ^ code, HIGH_TIMES)
    low = Math.imul(low ^ code, LOW_TIMES)
    low ^= low >>> 13
  }
  return joined(high, low)
}

/** Of a line in which only runs of digits are taken for one another. */
function quickHash(line: string): number {
  const end = Math.min(line.length, COMPARED_MAX)
  let high = HIGH_FIRST
  let low = LOW_FIRST
  let before = 0
  for (let at = 0; at < end; at += 1) {
    const code = line.charCodeAt(at)
    const sign = isDigit(code) ? HASH : code
    if (sign === HASH && before === HASH) continue
    before = sign
    high = Math.imul(high ^ sign, HIGH_TIMES)
    low = Math.imul(low ^ sign, LOW_TIMES)
    low ^= low >>> 13
  }
  return joined(high, low)
}

const HIGH_FIRST = 0x811c9dc5
const LOW_FIRST = 0x9e3779b9
const HIGH_TIMES = 0x01000193
const LOW_TIMES = 0x85ebca6b

/** 53 bits, never 0: of a million lines two are taken for one another once in ten thousand logs. */
function joined(high: number, low: number): number {
  return ((high ^ (high >>> 15)) & 0x1fffff) * 2 ** 32 + ((low ^ (low >>> 16)) >>> 0) || 1
}
