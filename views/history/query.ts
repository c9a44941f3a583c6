import type { HistoryFilter } from '../../src/domain/filter.ts'

export type FilterKey =
  | 'status'
  | 'workflow'
  | 'branch'
  | 'trigger'
  | 'by'
  | 'environment'
  | 'range'
  | 'from'
  | 'to'
  | 'q'

/** The query of a list narrowed so, without a cursor: who changes a filter begins at the newest. */
export function queryOf(filter: HistoryFilter, except: readonly FilterKey[] = []): URLSearchParams {
  const query = new URLSearchParams()
  const values: Readonly<Record<FilterKey, string | null>> = {
    status: filter.statuses.length === 0 ? null : filter.statuses.join(','),
    workflow: filter.workflow,
    branch: filter.branch,
    trigger: filter.trigger,
    by: filter.by,
    environment: filter.environment,
    range: filter.range,
    // The first day of a range is another one tomorrow.
    from: filter.range === null ? filter.from : null,
    to: filter.to,
    q: filter.q,
  }
  for (const [key, value] of Object.entries(values))
    if (value !== null && value !== '' && !except.some((one) => one === key)) query.set(key, value)
  return query
}

/** The address of the list narrowed so. */
export function listAddress(
  filter: HistoryFilter,
  except: readonly FilterKey[] = [],
  more: Readonly<Record<string, string>> = {},
): string {
  const query = queryOf(filter, except)
  for (const [key, value] of Object.entries(more)) query.set(key, value)
  const text = query.toString()
  return text === '' ? '/executions' : `/executions?${text}`
}
