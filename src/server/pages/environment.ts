import { type EnvironmentLine, environmentPage, environmentsPage } from '../../../views/environment.tsx'
import { reaches } from '../../domain/actor.ts'
import { Fault, type Finding } from '../../domain/fault.ts'
import type { StoredEnvironment } from '../../store/environments.ts'
import { saveDefinition } from '../api/save.ts'
import type { ServerDeps } from '../context.ts'
import { parseDefinition, readText } from './text.ts'
import type { Visit } from './visit.ts'

const EXAMPLE = `kind: environment
name: production
active: true
deploy:
  script: { run: ./deploy.sh }
manual: true
approvers: []
`

/** Environments: what is deployed where, one with its rules as text, and saving them. */
export function environmentPages(deps: ServerDeps) {
  const { store } = deps

  return {
    list: ({ c, frame }: Visit) =>
      c.html(
        environmentsPage(frame, {
          environments: store.environments.list().map(line),
          since: store.events.last(),
        }),
      ),

    blank: (visit: Visit) => visit.c.html(shown(visit, null, { text: EXAMPLE, findings: [] })),

    show: (visit: Visit) => {
      const row = wanted(visit)
      return visit.c.html(shown(visit, row, { text: row.text, findings: [] }))
    },

    save: async (visit: Visit) => {
      const { c, visitor } = visit
      const row = c.req.path === '/environments/new' ? null : wanted(visit)
      const text = await readText(c)
      const { document, findings } = parseDefinition(text, 'environment', row?.slug ?? null)
      if (document === null) return c.html(shown(visit, row, { text, findings }), 422)
      if (row === null && store.environments.bySlug(document.definition.name) !== null) {
        const taken = `There is an environment ${document.definition.name} already.`
        return c.html(
          shown(visit, row, { text, findings: [{ path: 'name', line: null, column: null, message: taken }] }),
          422,
        )
      }
      store.transaction(() => saveDefinition(deps, document, visitor))
      return c.redirect(`/environments/${document.definition.name}`, 303)
    },
  }

  function wanted({ c }: Visit): StoredEnvironment {
    const slug = c.req.param('slug') ?? ''
    const row = store.environments.bySlug(slug)
    if (row === null) throw new Fault('not_found', `There is no environment ${slug.slice(0, 60)}.`)
    return row
  }

  function line(row: StoredEnvironment): EnvironmentLine {
    const present = store.deployments.latest(row.slug)
    return {
      definition: row.definition,
      deployed:
        present === null
          ? null
          : {
              id: store.executions.displayId(present.executionId),
              sha: present.sha,
              at: present.deployedAt,
              by: present.deployedBy,
            },
      updatedAt: row.updatedAt,
      updatedBy: row.updatedBy,
    }
  }

  function shown(
    { frame, visitor }: Visit,
    row: StoredEnvironment | null,
    draft: { text: string; findings: readonly Finding[] },
  ): string {
    return environmentPage(frame, {
      line: row === null ? null : line(row),
      ...draft,
      refusal: reaches(visitor.person.role, 'admin')
        ? null
        : `An environment binds every workflow, so only an admin may change it; ${visitor.person.name} is a ${visitor.person.role}.`,
    })
  }
}
