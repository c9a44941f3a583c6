import { questionPage } from '../../../views/settings/question.tsx'
import { missWords, type SecretLine, secretPage, secretsPage } from '../../../views/settings/secrets.tsx'
import { NameParams, SecretBody } from '../../contract/inputs.ts'
import { type Role, reaches } from '../../domain/actor.ts'
import { Fault, type Finding } from '../../domain/fault.ts'
import type { ServerDeps, Visitor } from '../context.ts'
import { parseFields } from '../request.ts'
import { usesOf } from '../uses.ts'
import { removeSecret, saveSecret } from '../vault.ts'
import { readFields } from './text.ts'
import { reaching, type Visit } from './visit.ts'

/** Secrets by name. Editors see the names, for they write them into workflows; admins set them. */
export function secretPages(deps: ServerDeps) {
  return {
    list: reaching('editor', (visit) => visit.c.html(list(deps, visit, '', []))),
    set: reaching('admin', (visit) => set(deps, visit)),
    show: reaching('editor', (visit) => visit.c.html(one(deps, visit, []))),
    replace: reaching('admin', (visit) => replace(deps, visit)),
    askRemoval: reaching('admin', (visit) => {
      const { name, usedBy } = wanted(deps, visit)
      const path = `/settings/secrets/${name}`
      const page = questionPage(visit.frame, {
        title: `Remove the secret ${name}?`,
        consequence: missWords(usedBy),
        lasting: 'for good',
        action: `${path}/removal`,
        button: `Remove ${name}`,
        back: { path, word: `Keep ${name}` },
      })
      return visit.c.html(page)
    }),
    remove: reaching('admin', ({ c, visitor }) => {
      removeSecret(deps, visitor, c.req.param('name') ?? '')
      return c.redirect('/settings/secrets', 303)
    }),
  }
}

async function set(deps: ServerDeps, visit: Visit): Promise<Response> {
  const { c, visitor } = visit
  const field = await readFields(c)
  const name = field('name').trim()
  const value = { value: field('value') }
  const findings = [...parseFields(NameParams, { name }).findings, ...parseFields(SecretBody, value).findings]
  if (findings.length > 0) return c.html(list(deps, visit, name, findings), 422)
  saveSecret(deps, visitor, name, value.value)
  return c.redirect(`/settings/secrets/${name}`, 303)
}

async function replace(deps: ServerDeps, visit: Visit): Promise<Response> {
  const { c, visitor } = visit
  const { name } = wanted(deps, visit)
  const field = await readFields(c)
  const { value, findings } = parseFields(SecretBody, { value: field('value') })
  if (value === null) return c.html(one(deps, visit, findings), 422)
  saveSecret(deps, visitor, name, value.value)
  return c.redirect(`/settings/secrets/${name}`, 303)
}

function list(
  deps: ServerDeps,
  { frame, visitor }: Visit,
  name: string,
  findings: readonly Finding[],
): string {
  return secretsPage(frame, {
    secrets: linesOf(deps),
    draft: { name },
    findings,
    refusal: refusalOf(visitor),
  })
}

function one(deps: ServerDeps, visit: Visit, findings: readonly Finding[]): string {
  const secret = wanted(deps, visit)
  return secretPage(visit.frame, { secret, findings, refusal: refusalOf(visit.visitor) })
}

function wanted(deps: ServerDeps, { c }: Visit): SecretLine {
  const name = c.req.param('name') ?? ''
  const found = linesOf(deps).find((line) => line.name === name)
  if (found === undefined) throw new Fault('not_found', `There is no secret ${name.slice(0, 60)}.`)
  return found
}

function linesOf({ store }: ServerDeps): readonly SecretLine[] {
  const uses = usesOf(store)
  return store.secrets.names().map((row) => ({ ...row, usedBy: uses.ofSecret(row.name) }))
}

const LEAST: Role = 'admin'

/** Why somebody may look and not touch; null where they may. */
export function refusalOf({ person }: Visitor): string | null {
  if (reaches(person.role, LEAST)) return null
  return `Only an ${LEAST} may set or remove them; ${person.name} is ${person.role}.`
}
