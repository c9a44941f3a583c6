import type { LogGroup } from '../../log/model.ts'

/** Which lines are folded away: what stands between two numbers, and where a line is among those that are seen. */
export class Folds {
  private groups: readonly LogGroup[] = []
  private readonly folded = new Set<number>()

  /** Takes the groups of a log; at first those are folded that have ended, but for the one that holds `open`. */
  take(groups: readonly LogGroup[], open: number): void {
    const first = this.groups.length === 0
    this.groups = groups
    if (!first) return
    for (const group of groups)
      if (group.until !== null && !(group.from <= open && open <= group.until)) this.folded.add(group.from)
  }

  /** The group that a line names; null where it names none. */
  named(line: number): LogGroup | null {
    const group = this.around(line)
    return group?.from === line ? group : null
  }

  isFolded(line: number): boolean {
    return this.folded.has(line)
  }

  hides(line: number): boolean {
    const group = this.around(line)
    return group !== null && group.from < line && this.folded.has(group.from)
  }

  toggle(line: number): void {
    if (!this.folded.delete(line)) this.folded.add(line)
  }

  /** Opens whatever hides a line; answers whether anything did. */
  reveal(line: number): boolean {
    const group = this.around(line)
    return group !== null && group.from < line && this.folded.delete(group.from)
  }

  /** The next line that is seen after one, and the last before one; 0 is before the first. */
  next(line: number): number {
    const group = this.around(line + 1)
    return group !== null && this.hides(line + 1) ? this.next(endOf(group)) : line + 1
  }

  previous(line: number): number {
    const group = this.around(line - 1)
    return group !== null && this.hides(line - 1) ? group.from : line - 1
  }

  /** How many lines before one are seen. */
  before(line: number): number {
    let seen = line - 1
    for (const group of this.shut()) {
      if (group.from >= line) break
      seen -= Math.max(0, Math.min(endOf(group), line - 1) - group.from)
    }
    return seen
  }

  /** The line that so many seen ones stand before. */
  after(seen: number): number {
    let line = seen + 1
    for (const group of this.shut()) {
      if (group.from >= line) break
      line += endOf(group) - group.from
    }
    return line
  }

  private *shut(): Iterable<LogGroup> {
    for (const group of this.groups) if (this.folded.has(group.from)) yield group
  }

  /** The group that a line is of; they stand in order and do not overlap. */
  private around(line: number): LogGroup | null {
    let low = 0
    let high = this.groups.length - 1
    while (low <= high) {
      const middle = (low + high) >> 1
      const group = this.groups[middle]
      if (group === undefined || group.from > line) high = middle - 1
      else if (endOf(group) < line) low = middle + 1
      else return group
    }
    return null
  }
}

function endOf(group: LogGroup): number {
  return group.until ?? Number.MAX_SAFE_INTEGER
}
