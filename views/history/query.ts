import type { TriggerKind } from '../../src/domain/definition.ts'
import type { Status } from '../../src/domain/status.ts'

/** What the list is narrowed to; all of it stands in the address. */
export interface Filter {
  readonly statuses: readonly Status[]
  readonly workflow: string | null
  readonly branch: string | null
  readonly trigger: TriggerKind | null
  readonly by: string | null
  readonly environment: string | null
  /** Days in the instance's time zone, both included. */
  readonly from: string | null
  readonly to: string | null
  readonly q: string | null
}

export type FilterKey =
  | 'status'
  | 'workflow'
  | 'branch'
  | 'trigger'
  | 'by'
  | 'environment'
  | 'from'
  | 'to'
  | 'q'

/** The query of a list narrowed so, without a cursor: who changes a filter begins at the newest. */
export function queryOf(filter: Filter, except: readonly FilterKey[] = []): URLSearchParams {
  const query = new URLSearchParams()
  const values: Readonly<Record<FilterKey, string | null>> = {
    status: filter.statuses.length === 0 ? null : filter.statuses.join(','),
    workflow: filter.workflow,
    branch: filter.branch,
    trigger: filter.trigger,
    by: filter.by,
    environment: filter.environment,
    from: filter.from,
    to: filter.to,
    q: filter.q,
  }
  for (const [key, value] of Object.entries(values))
    if (value !== null && value !== '' && !except.some((one) => one === key)) query.set(key, value)
  return query
}

/** The address of the list narrowed so. */
export function listAddress(
  filter: Filter,
  except: readonly FilterKey[] = [],
  more: Readonly<Record<string, string>> = {},
): string {
  const query = queryOf(filter, except)
  for (const [key, value] of Object.entries(more)) query.set(key, value)
  const text = query.toString()
  return text === '' ? '/executions' : `/executions?${text}`
}
