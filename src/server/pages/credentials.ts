import {
  type CredentialDraft,
  type CredentialLine,
  credentialPage,
  credentialsPage,
} from '../../../views/settings/credentials.tsx'
import { questionPage } from '../../../views/settings/question.tsx'
import { missWords } from '../../../views/settings/secrets.tsx'
import { CredentialBody, NameParams, TrialBody } from '../../contract/inputs.ts'
import { CREDENTIAL_KINDS, type CredentialKind } from '../../domain/credential.ts'
import { Fault, type Finding } from '../../domain/fault.ts'
import type { ServerDeps } from '../context.ts'
import { parseFields } from '../request.ts'
import { usesOf } from '../uses.ts'
import { removeCredential, saveCredential, tryCredential } from '../vault.ts'
import { refusalOf } from './secrets.ts'
import { readFields } from './text.ts'
import { reaching, type Visit } from './visit.ts'

/** Credentials of repositories and registries. Editors see the names and may try them; admins set them. */
export function credentialPages(deps: ServerDeps) {
  return {
    list: reaching('editor', (visit) => visit.c.html(list(deps, visit, null, []))),
    set: reaching('admin', (visit) => set(deps, visit)),
    show: reaching('editor', (visit) => visit.c.html(one(deps, visit, {}))),
    replace: reaching('admin', (visit) => replace(deps, visit)),
    attempt: reaching('editor', (visit) => attempt(deps, visit)),
    askRemoval: reaching('admin', (visit) => {
      const { name, usedBy } = wanted(deps, visit)
      const path = `/settings/credentials/${name}`
      const page = questionPage(visit.frame, {
        title: `Remove the credential ${name}?`,
        consequence: missWords(usedBy),
        lasting: 'for good',
        action: `${path}/removal`,
        button: `Remove ${name}`,
        back: { path, word: `Keep ${name}` },
      })
      return visit.c.html(page)
    }),
    remove: reaching('admin', ({ c, visitor }) => {
      removeCredential(deps, visitor, c.req.param('name') ?? '')
      return c.redirect('/settings/credentials', 303)
    }),
  }
}

async function set(deps: ServerDeps, visit: Visit): Promise<Response> {
  const { c, visitor } = visit
  const sent = await readCredential(visit, kindOf)
  const findings = [...parseFields(NameParams, { name: sent.draft.name }).findings, ...sent.findings]
  if (sent.value === null || findings.length > 0) return c.html(list(deps, visit, sent.draft, findings), 422)
  saveCredential(deps, visitor, sent.draft.name, sent.value)
  return c.redirect(`/settings/credentials/${sent.draft.name}`, 303)
}

/** Of the same kind: workflows that name it read their repositories that way. */
async function replace(deps: ServerDeps, visit: Visit): Promise<Response> {
  const { name, kind } = wanted(deps, visit)
  const { value, findings, draft } = await readCredential(visit, () => kind)
  if (value === null) return visit.c.html(one(deps, visit, { draft, findings }), 422)
  saveCredential(deps, visit.visitor, name, value)
  return visit.c.redirect(`/settings/credentials/${name}`, 303)
}

async function attempt(deps: ServerDeps, visit: Visit): Promise<Response> {
  const { c } = visit
  const { name } = wanted(deps, visit)
  const field = await readFields(c)
  const url = field('url').trim()
  const { findings } = parseFields(TrialBody, { url })
  if (findings.length > 0) return c.html(one(deps, visit, { url, findings }), 422)
  try {
    const branches = await tryCredential(deps, name, url, c.env.request.signal)
    const sentence = `${url} can be read with ${name}: it has ${branches} ${branches === 1 ? 'branch' : 'branches'}.`
    return c.html(one(deps, visit, { url, tried: { ok: 'yes', sentence } }))
  } catch (error) {
    if (!(error instanceof Fault) || error.kind === 'internal') throw error
    return c.html(one(deps, visit, { url, tried: { ok: 'no', sentence: error.message } }), 422)
  }
}

async function readCredential({ c }: Visit, kindOf: (field: (name: string) => string) => CredentialKind) {
  const field = await readFields(c)
  const kind = kindOf(field)
  const draft: CredentialDraft = {
    ...{ kind, name: field('name').trim() },
    username: field('username').trim(),
    knownHosts: field('knownHosts'),
    address: field('address').trim(),
    plainHttp: field('plainHttp') !== '',
  }
  return { ...parseFields(CredentialBody, fieldsOf(draft, field)), draft }
}

function kindOf(field: (name: string) => string): CredentialKind {
  return CREDENTIAL_KINDS.find((kind) => kind === field('kind')) ?? 'https'
}

function fieldsOf(draft: CredentialDraft, field: (name: string) => string) {
  const { kind, username, knownHosts, address, plainHttp } = draft
  switch (kind) {
    case 'https':
      return { kind, username, password: field('password') }
    case 'ssh':
      return { kind, privateKey: field('privateKey'), knownHosts }
    case 'registry':
      return { kind, address, username, password: field('password'), plainHttp }
    default:
      return kind satisfies never
  }
}

function list(
  deps: ServerDeps,
  { frame, visitor }: Visit,
  draft: CredentialDraft | null,
  findings: readonly Finding[],
): string {
  return credentialsPage(frame, { credentials: linesOf(deps), draft, findings, refusal: refusalOf(visitor) })
}

interface Said {
  readonly url?: string
  readonly tried?: { readonly ok: 'yes' | 'no'; readonly sentence: string }
  readonly draft?: CredentialDraft
  readonly findings?: readonly Finding[]
}

function one(deps: ServerDeps, visit: Visit, said: Said): string {
  const credential = wanted(deps, visit)
  const first = deps.store.workflows
    .newest()
    .find(({ definition }) => definition.source.credential === credential.name)
  return credentialPage(visit.frame, {
    credential,
    url: said.url ?? first?.definition.source.url ?? '',
    tried: said.tried ?? null,
    draft: said.draft ?? null,
    findings: said.findings ?? [],
    refusal: refusalOf(visit.visitor),
  })
}

function wanted(deps: ServerDeps, { c }: Visit): CredentialLine {
  const name = c.req.param('name') ?? ''
  const found = linesOf(deps).find((line) => line.name === name)
  if (found === undefined) throw new Fault('not_found', `There is no credential ${name.slice(0, 60)}.`)
  return found
}

function linesOf({ store }: ServerDeps): readonly CredentialLine[] {
  const uses = usesOf(store)
  return store.credentials.list().map((row) => ({ ...row, usedBy: uses.ofCredential(row.name) }))
}
