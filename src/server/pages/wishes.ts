import { Fault } from '../../domain/fault.ts'
import type { Confirmation } from '../../ledger/older.ts'
import type { ServerDeps } from '../context.ts'
import { refuseNarrowed } from '../session.ts'
import { type Visit, wanted } from './visit.ts'

/** What the forms of an execution's page ask for; each ends on that page again. */
export function wishPages({ ledger, store, ...rest }: ServerDeps) {
  const deps = { ledger, store, ...rest }
  const act = (wish: (visit: Visit, id: number, form: Form) => void) => async (visit: Visit) => {
    const row = wanted(deps, visit.c)
    wish(visit, row.id, await readForm(visit))
    return visit.c.redirect(`/executions/${store.executions.displayId(row.id)}`, 303)
  }
  return {
    /** Leads to the new execution. */
    rerun: async (visit: Visit) => {
      const row = wanted(deps, visit.c)
      const from = (await readForm(visit)).optional('from') === 'failed' ? 'failed' : 'start'
      const made = ledger.rerun(row.id, from, visit.visitor.person)
      return visit.c.redirect(`/executions/${store.executions.displayId(made.id)}`, 303)
    },
    /** Leads to the new execution. */
    redeploy: async (visit: Visit) => {
      const row = wanted(deps, visit.c)
      const form = await readForm(visit)
      const made = ledger.redeploy(row.id, form.environment(), visit.visitor.person, form.confirmation())
      return visit.c.redirect(`/executions/${store.executions.displayId(made.id)}`, 303)
    },
    approve: act(({ visitor }, id, form) => {
      refuseNarrowed(visitor)
      ledger.approve(id, form.environment(), visitor.person, form.optional('comment'), form.confirmation())
    }),
    deploy: act(({ visitor }, id, form) =>
      ledger.deploy(id, form.environment(), visitor.person, form.optional('comment'), form.confirmation()),
    ),
    reject: act(({ visitor }, id, form) => {
      refuseNarrowed(visitor)
      const comment = form.optional('comment')
      if (comment === null)
        throw new Fault(
          'invalid',
          'A rejection needs a comment: it tells the others why. Go back and write one; nothing was decided.',
        )
      ledger.reject(id, form.environment(), visitor.person, comment)
    }),
    terminate: act(({ visitor }, id, form) => ledger.terminate(id, visitor.person, form.optional('reason'))),
  }
}

interface Form {
  environment(): string
  /** Trimmed; null where nothing was written. */
  optional(name: string): string | null
  /** Whether it was ticked that what is newer shall be replaced. */
  confirmation(): Confirmation
}

async function readForm({ c }: Visit): Promise<Form> {
  const fields = await c.req.parseBody()
  const optional = (name: string): string | null => {
    const value = fields[name]
    return typeof value === 'string' && value.trim() !== '' ? value.trim() : null
  }
  return {
    optional,
    confirmation: () => (optional('confirm') === null ? 'unconfirmed' : 'confirmed'),
    environment() {
      const environment = optional('environment')
      if (environment !== null) return environment
      throw new Fault(
        'invalid',
        'The form does not say which environment. Load the page again and repeat it.',
      )
    },
  }
}
