/** Shorter parts of secrets are words like any other; masking them would blacken the log and hide nothing. */
const NEEDLE_LENGTH_MIN = 6
/** What stands in a secret's place. Its length says nothing about the secret's. */
const MASK = '***'
/** Stands between the lines of a batch, and in none of them. */
const BETWEEN = '\n'

/** Hides secrets in whole lines; gives the very same array where there was nothing to hide. */
export type Masker = (lines: readonly string[]) => readonly string[]

/**
 * Makes a masker for these values: each line of each value, as it is, in URLs, in JSON, in XML, and as any base64 text that
 * contains it, wherever in that text it begins. Parts of fewer than six characters are left alone.
 */
export function masker(values: Iterable<string>): Masker {
  const needles = needlesOf(values)
  if (needles.length === 0) return (lines) => lines
  return (lines) => {
    // One search over the batch: nearly every batch holds no secret at all.
    const joined = lines.join(BETWEEN)
    const present = needles.filter((needle) => joined.includes(needle))
    if (present.length === 0) return lines
    return lines.map((line) => hide(line, present))
  }
}

/** Everything to look for, each once. */
function needlesOf(values: Iterable<string>): string[] {
  const needles = new Set<string>()
  for (const value of values) {
    const parts = [value, ...value.split(/\r\n|\r|\n/)].map((part) => part.trim())
    for (const part of parts) {
      if (part.length < NEEDLE_LENGTH_MIN) continue
      for (const form of formsOf(part)) if (form.length >= NEEDLE_LENGTH_MIN) needles.add(form)
    }
  }
  // A value of several lines is never inside one line.
  return [...needles].filter((needle) => !/[\r\n]/.test(needle))
}

function formsOf(part: string): string[] {
  const url = encodeURIComponent(part.toWellFormed())
  return [
    part,
    url,
    url.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
    url.replaceAll('%20', '+'),
    JSON.stringify(part).slice(1, -1),
    ...xmlForms(part),
    ...base64Forms(part),
  ]
}

/** As text and as an attribute's value: who writes XML need not write quotes as entities. */
function xmlForms(part: string): string[] {
  const text = part.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  const quoted = text.replaceAll('"', '&quot;')
  return [text, quoted, quoted.replaceAll("'", '&apos;'), quoted.replaceAll("'", '&#39;')]
}

/**
 * Three bytes become four letters, so a text looks different at each of three places it may begin at. Letters that
 * also hold bits of a neighbour are left out; for the end that is where padding would stand.
 */
function base64Forms(part: string): string[] {
  const bytes = Buffer.from(part)
  return [0, 1, 2].flatMap((before) => {
    const shifted = Buffer.concat([Buffer.alloc(before), bytes])
    const from = Math.ceil((before * 8) / 6)
    const to = Math.floor((shifted.length * 8) / 6)
    const inside = shifted.toString('base64').slice(from, to)
    return [inside, inside.replaceAll('+', '-').replaceAll('/', '_')]
  })
}

/** Replaces every stretch that any needle covers; stretches that overlap or touch become one. */
function hide(line: string, needles: readonly string[]): string {
  const found = needles.flatMap((needle) => stretchesOf(line, needle)).sort((a, b) => a.from - b.from)
  let out = ''
  let shown = 0
  for (const { from, to } of found) {
    if (from > shown || shown === 0) out += `${line.slice(shown, from)}${MASK}`
    shown = Math.max(shown, to)
  }
  return out + line.slice(shown)
}

interface Stretch {
  readonly from: number
  readonly to: number
}

/** Also those that overlap one another: of `abcabcabc`, `abcabc` covers all nine. */
function stretchesOf(line: string, needle: string): Stretch[] {
  const found: Stretch[] = []
  for (let from = line.indexOf(needle); from >= 0; from = line.indexOf(needle, from + 1)) {
    found.push({ from, to: from + needle.length })
  }
  return found
}
