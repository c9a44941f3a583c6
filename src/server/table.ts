import { setImmediate } from 'node:timers/promises'

/** Forms in which a long list is handed out as a file. */
export type TableFormat = 'csv' | 'ndjson'

const TYPES: Readonly<Record<TableFormat, string>> = {
  csv: 'text/csv; charset=utf-8',
  ndjson: 'application/x-ndjson',
}

interface Table<T> {
  readonly format: TableFormat
  /** Of the CSV, in order; JSON has every field anyway. */
  readonly columns: readonly (keyof T & string)[]
  /** The next rows; null where there are no more. */
  readonly next: () => readonly T[] | null
}

/** A list as a file, read as fast as it is taken: a long one costs no memory. */
export function tableFile<T extends object>(name: string, { format, columns, next }: Table<T>): Response {
  const encoder = new TextEncoder()
  const lineOf = (row: T): string =>
    format === 'csv' ? csvLine(columns.map((column) => row[column])) : `${JSON.stringify(row)}\n`
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      if (format === 'csv') controller.enqueue(encoder.encode(csvLine(columns)))
    },
    async pull(controller) {
      // A reader who is always ready would have all of it at once, and everybody else would wait.
      await setImmediate()
      const rows = next()
      if (rows === null) controller.close()
      else controller.enqueue(encoder.encode(rows.map(lineOf).join('')))
    },
  })
  return new Response(stream, {
    headers: {
      'content-type': TYPES[format],
      'content-disposition': `attachment; filename="${name}.${format}"`,
    },
  })
}

/** A row as RFC 4180 has it. */
export function csvLine(values: readonly unknown[]): string {
  return `${values.map(cell).join(',')}\r\n`
}

/** A spreadsheet takes what begins with = or its like for a formula: an apostrophe keeps it a text. */
function cell(value: unknown): string {
  const text = String(value ?? '')
  const safe = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
