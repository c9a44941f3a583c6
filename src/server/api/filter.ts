import type { z } from 'zod'
import type { ExecutionsQuery } from '../../contract/inputs.ts'
import type { HistoryFilter } from '../../domain/filter.ts'

/** What a request narrows a list by. */
export function filterOf(given: Omit<z.output<typeof ExecutionsQuery>, 'limit'>): HistoryFilter {
  return {
    statuses: given.status ?? [],
    workflow: given.workflow ?? null,
    branch: given.branch ?? null,
    trigger: given.trigger ?? null,
    by: given.by ?? null,
    environment: given.environment ?? null,
    from: given.from ?? null,
    to: given.to ?? null,
    q: given.q ?? null,
  }
}
