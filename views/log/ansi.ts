import { ESCAPE, type Fold, unfolded } from '../../src/domain/line.ts'

/**
 * Reads a log line as it was written: colour escapes become classes, links stay where they are safe, everything else a
 * terminal would obey is dropped. Pure, for the server that draws a page and the browser that draws live lines.
 */

export interface Part {
  readonly text: string
  /** Classes of the style sheet, separated by spaces; empty for plain text. */
  readonly look: string
  /** An http(s) address; null for all others. */
  readonly href: string | null
}

export interface Reading {
  readonly parts: readonly Part[]
  /** A line that opens or closes a fold; its marker is not part of the text. */
  readonly fold: Fold
}

interface Pen {
  colour: string
  ground: string
  bold: boolean
  dim: boolean
  italic: boolean
  underline: boolean
  struck: boolean
  inverse: boolean
}

const PLAIN: Readonly<Pen> = {
  colour: '',
  ground: '',
  bold: false,
  dim: false,
  italic: false,
  underline: false,
  struck: false,
  inverse: false,
}

/** Reads one line. A progress bar that rewrites itself with carriage returns shows its last state. */
export function readLine(line: string): Reading {
  const { text, fold } = unfolded(line)
  return { parts: readParts(text), fold }
}

function readParts(text: string): Part[] {
  const parts: Part[] = []
  const pen: Pen = { ...PLAIN }
  let href: string | null = null
  let from = 0
  const add = (until: number): void => {
    if (until <= from) return
    const look = lookOf(pen)
    const last = parts.at(-1)
    const piece = text.slice(from, until)
    if (last !== undefined && last.look === look && last.href === href)
      parts[parts.length - 1] = { ...last, text: last.text + piece }
    else parts.push({ text: piece, look, href })
  }
  for (const match of text.matchAll(ESCAPE)) {
    add(match.index)
    if (match[1] !== undefined) draw(pen, match[1])
    else if (match[2] !== undefined) href = safeLink(match[2])
    from = match.index + match[0].length
  }
  add(text.length)
  return parts
}

/** A link out of a log may lead to the web and nowhere else. */
function safeLink(address: string): string | null {
  return /^https?:\/\/[^\s]+$/i.test(address) ? address : null
}

function lookOf(pen: Pen): string {
  const looks: string[] = []
  if (pen.colour !== '') looks.push(`a${pen.colour}`)
  if (pen.ground !== '') looks.push(`g${pen.ground}`)
  if (pen.bold) looks.push('ab')
  if (pen.dim && pen.colour === '') looks.push('a8')
  if (pen.italic) looks.push('ai')
  if (pen.underline) looks.push('au')
  if (pen.struck) looks.push('as')
  if (pen.inverse) looks.push('ar')
  return looks.join(' ')
}

const SWITCHES: Readonly<Record<number, (pen: Pen) => void>> = {
  0: (pen) => Object.assign(pen, PLAIN),
  1: (pen) => Object.assign(pen, { bold: true }),
  2: (pen) => Object.assign(pen, { dim: true }),
  3: (pen) => Object.assign(pen, { italic: true }),
  4: (pen) => Object.assign(pen, { underline: true }),
  7: (pen) => Object.assign(pen, { inverse: true }),
  9: (pen) => Object.assign(pen, { struck: true }),
  22: (pen) => Object.assign(pen, { bold: false, dim: false }),
  23: (pen) => Object.assign(pen, { italic: false }),
  24: (pen) => Object.assign(pen, { underline: false }),
  27: (pen) => Object.assign(pen, { inverse: false }),
  29: (pen) => Object.assign(pen, { struck: false }),
  39: (pen) => Object.assign(pen, { colour: '' }),
  49: (pen) => Object.assign(pen, { ground: '' }),
}

/** Obeys one `ESC [ … m`: switches, the sixteen colours, and the nearest of them for all finer ones. */
function draw(pen: Pen, codes: string): void {
  const numbers = codes.split(/[;:]/).map(Number)
  for (let i = 0; i < numbers.length; i += 1) {
    const n = numbers[i] ?? 0
    if (n === 38 || n === 48) {
      const colour = extended(numbers.slice(i + 1))
      if (n === 38) pen.colour = colour.name
      else pen.ground = colour.name
      i += colour.used
    } else if (n >= 30 && n <= 37) pen.colour = nameOf(n - 30)
    else if (n >= 90 && n <= 97) pen.colour = nameOf(n - 90 + 8)
    else if (n >= 40 && n <= 47) pen.ground = nameOf(n - 40)
    else if (n >= 100 && n <= 107) pen.ground = nameOf(n - 100 + 8)
    else SWITCHES[n]?.(pen)
  }
}

/** `38;5;n` and `38;2;r;g;b`; `used` says how many numbers they took. */
function extended(rest: readonly number[]): { name: string; used: number } {
  if (rest[0] === 5) return { name: nameOf256(rest[1] ?? 0), used: 2 }
  if (rest[0] === 2) return { name: nearest(rest[1] ?? 0, rest[2] ?? 0, rest[3] ?? 0), used: 4 }
  return { name: '', used: rest.length }
}

/** Black and white are the page's own ink; bright black is its grey; a bright colour is its colour. */
function nameOf(colour: number): string {
  if (colour === 8) return '8'
  const base = colour % 8
  return base === 0 || base === 7 ? '' : String(base)
}

function nameOf256(n: number): string {
  if (n < 16) return nameOf(n)
  if (n >= 232) return n < 252 && n > 236 ? '8' : ''
  const cube = n - 16
  return nearest(Math.floor(cube / 36) * 51, (Math.floor(cube / 6) % 6) * 51, (cube % 6) * 51)
}

/** Below this spread of its channels a colour is a grey. */
const GREY_SPREAD = 40

/** The nearest of the six hues, by which channels dominate. */
function nearest(red: number, green: number, blue: number): string {
  const high = Math.max(red, green, blue)
  const low = Math.min(red, green, blue)
  if (high - low < GREY_SPREAD) return high > 80 && high < 200 ? '8' : ''
  const half = (high + low) / 2
  const bits = (red > half ? 1 : 0) | (green > half ? 2 : 0) | (blue > half ? 4 : 0)
  return nameOf(bits)
}
