/** What became of a line between two texts; numbers count from 1 and are null where the text does not have it. */
export interface DiffLine {
  readonly was: number | null
  readonly is: number | null
  readonly text: string
}

/** Texts that differ in more lines than this have little in common: the old one is shown whole, then the new one. */
const CHANGES_MAX = 1_000

/** The lines of both texts in one order: first what went, then what came. */
export function diff(before: string, after: string): DiffLine[] {
  const a = linesOf(before)
  const b = linesOf(after)
  let head = 0
  while (head < a.length && head < b.length && a[head] === b[head]) head += 1
  let tail = 0
  while (tail < a.length - head && tail < b.length - head && a.at(-1 - tail) === b.at(-1 - tail)) tail += 1
  const middle = changes(a.slice(head, a.length - tail), b.slice(head, b.length - tail))
  const kept = (was: number, is: number): DiffLine => ({ was: was + 1, is: is + 1, text: a[was] ?? '' })
  return [
    ...a.slice(0, head).map((_, i) => kept(i, i)),
    ...middle.map(({ was, is, text }) => ({
      was: was === null ? null : was + head,
      is: is === null ? null : is + head,
      text,
    })),
    ...Array.from({ length: tail }, (_, i) => kept(a.length - tail + i, b.length - tail + i)),
  ]
}

/** Only what changed, with so many lines around it; null stands for lines that are left out. */
export function hunks(lines: readonly DiffLine[], around: number): (DiffLine | null)[] {
  const near = new Set<number>()
  for (const [i, { was, is }] of lines.entries())
    if (was === null || is === null) for (let at = i - around; at <= i + around; at += 1) near.add(at)
  const shown: (DiffLine | null)[] = []
  for (const [i, line] of lines.entries()) {
    if (near.has(i)) shown.push(line)
    else if (i > 0 && near.has(i - 1) && lines.some((_, at) => at > i && near.has(at))) shown.push(null)
  }
  return shown
}

function linesOf(text: string): string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n')
}

/** Myers: the furthest line reached on each diagonal, one more change at a time. */
function changes(a: readonly string[], b: readonly string[]): DiffLine[] {
  const reached = new Map<number, number>([[1, 0]])
  const trail: ReadonlyMap<number, number>[] = []
  for (let d = 0; d <= Math.min(a.length + b.length, CHANGES_MAX); d += 1) {
    trail.push(new Map(reached))
    for (let k = -d; k <= d; k += 2) {
      let x = isDown(reached, k, d) ? (reached.get(k + 1) ?? 0) : (reached.get(k - 1) ?? 0) + 1
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x += 1
      reached.set(k, x)
      if (x >= a.length && x - k >= b.length) return backwards(trail, a, b)
    }
  }
  return [
    ...a.map((text, i): DiffLine => ({ was: i + 1, is: null, text })),
    ...b.map((text, i): DiffLine => ({ was: null, is: i + 1, text })),
  ]
}

function isDown(reached: ReadonlyMap<number, number>, k: number, d: number): boolean {
  return k === -d || (k !== d && (reached.get(k - 1) ?? -1) < (reached.get(k + 1) ?? -1))
}

/** From the end back to the beginning, along what was reached with each number of changes. */
function backwards(
  trail: readonly ReadonlyMap<number, number>[],
  a: readonly string[],
  b: readonly string[],
): DiffLine[] {
  const lines: DiffLine[] = []
  let x = a.length
  let y = b.length
  for (let d = trail.length - 1; d >= 0; d -= 1) {
    const reached = trail[d] ?? new Map<number, number>()
    const k = x - y
    const from = isDown(reached, k, d) ? k + 1 : k - 1
    const beginX = d === 0 ? 0 : (reached.get(from) ?? 0)
    const beginY = d === 0 ? 0 : beginX - from
    while (x > beginX && y > beginY) {
      lines.push({ was: x, is: y, text: a[x - 1] ?? '' })
      x -= 1
      y -= 1
    }
    if (d === 0) break
    if (x > beginX) lines.push({ was: x, is: null, text: a[x - 1] ?? '' })
    else lines.push({ was: null, is: y, text: b[y - 1] ?? '' })
    x = beginX
    y = beginY
  }
  return lines.reverse()
}
