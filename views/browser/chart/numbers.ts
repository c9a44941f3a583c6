import { LINES, type Line } from '../../analytics/lines.ts'

export type Status = Line['status']

/** What is drawn: the numbers of the table beside it, oldest first. */
export interface Numbers {
  readonly periods: readonly Period[]
  readonly counts: ReadonlyMap<Status, readonly number[]>
}

export interface Period {
  /** “17 Nov”, “Tue 17 Nov”. */
  readonly short: string
  readonly long: string
  /** All its executions; null where there are none. */
  readonly href: string | null
}

/** The table is the truth, and the chart its picture: nothing is sent twice, and the two cannot differ. */
export function readNumbers(table: HTMLTableElement): Numbers {
  const statuses = [...(table.tHead?.rows[0]?.cells ?? [])].map((cell) => cell.dataset['status'])
  const rows = [...(table.tBodies[0]?.rows ?? [])].reverse()
  const counts = new Map<Status, number[]>()
  for (const { status } of LINES) {
    const column = statuses.indexOf(status)
    if (column >= 0)
      counts.set(
        status,
        rows.map((row) => numberOf(row.cells[column])),
      )
  }
  return { periods: rows.map(periodOf), counts }
}

function periodOf({ cells }: HTMLTableRowElement): Period {
  const short = cells[0]?.textContent ?? ''
  return { short, long: cells[0]?.title || short, href: cells[1]?.querySelector('a')?.href ?? null }
}

function numberOf(cell: HTMLTableCellElement | undefined): number {
  return Number(cell?.textContent?.replaceAll(',', '') ?? 0)
}

/** The executions of one period in these statuses. */
export function addressOf({ href }: Period, statuses: readonly Status[]): string | null {
  if (href === null) return null
  const url = new URL(href)
  url.searchParams.set('status', statuses.join(','))
  return url.pathname + url.search
}
