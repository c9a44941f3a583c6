import { type EnvironmentLine, environmentPage, environmentsPage } from '../../../views/environment.tsx'
import { reaches } from '../../domain/actor.ts'
import { Fault, type Finding } from '../../domain/fault.ts'
import type { StoredEnvironment } from '../../store/environments.ts'
import { saveDefinition } from '../api/save.ts'
import type { ServerDeps } from '../context.ts'
import { parseDefinition, readText } from './text.ts'
import type { Visit } from './visit.ts'

const EXAMPLE = `kind: environment
name: staging
active: true
deploy:
  script: { run: ./deploy.sh }
manual: true
`

/** Environments: what is deployed where, one with its rules as text, and saving them. */
export function environmentPages(deps: ServerDeps) {
  const { store } = deps
  return {
    list: ({ c, frame }: Visit) => {
      const environments = store.environments.list().map((row) => lineOf(deps, row))
      return c.html(environmentsPage(frame, { environments, since: store.events.last() }))
    },
    blank: (visit: Visit) => visit.c.html(shown(deps, visit, null, { text: EXAMPLE, findings: [] })),
    show: (visit: Visit) => {
      const row = wanted(deps, visit)
      return visit.c.html(shown(deps, visit, row, { text: row.text, findings: [] }))
    },
    create: (visit: Visit) => save(deps, visit, null),
    save: (visit: Visit) => save(deps, visit, wanted(deps, visit)),
  }
}

/** Null makes a new one. */
async function save(deps: ServerDeps, visit: Visit, row: StoredEnvironment | null): Promise<Response> {
  const { store } = deps
  const text = await readText(visit.c)
  const { document, findings } = parseDefinition(text, 'environment', row?.slug ?? null)
  const name = document?.definition.name ?? ''
  const taken = row === null && document !== null && store.environments.bySlug(name) !== null
  const all = taken
    ? [{ path: 'name', line: null, column: null, message: `There is an environment ${name} already.` }]
    : findings
  if (document === null || all.length > 0)
    return visit.c.html(shown(deps, visit, row, { text, findings: all }), 422)
  store.transaction(() => saveDefinition(deps, document, visit.visitor))
  return visit.c.redirect(`/environments/${name}`, 303)
}

function wanted({ store }: ServerDeps, { c }: Visit): StoredEnvironment {
  const slug = c.req.param('slug') ?? ''
  const row = store.environments.bySlug(slug)
  if (row === null) throw new Fault('not_found', `There is no environment ${slug.slice(0, 60)}.`)
  return row
}

function lineOf({ store }: ServerDeps, row: StoredEnvironment): EnvironmentLine {
  const present = store.deployments.latest(row.slug)
  const deployed =
    present === null
      ? null
      : {
          id: store.executions.displayId(present.executionId),
          sha: present.sha,
          at: present.deployedAt,
          by: present.deployedBy,
        }
  return { definition: row.definition, deployed, updatedAt: row.updatedAt, updatedBy: row.updatedBy }
}

function shown(
  deps: ServerDeps,
  { frame, visitor }: Visit,
  row: StoredEnvironment | null,
  draft: { readonly text: string; readonly findings: readonly Finding[] },
): string {
  const { name, role } = visitor.person
  return environmentPage(frame, {
    line: row === null ? null : lineOf(deps, row),
    ...draft,
    refusal: reaches(role, 'admin')
      ? null
      : `An environment binds every workflow, so only an admin may change it; ${name} is a ${role}.`,
  })
}
