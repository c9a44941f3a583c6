import { environmentsPage } from '../../views/environment/list.tsx'
import { environmentPage, newEnvironmentPage } from '../../views/environment/page.tsx'
import { accountPage } from '../../views/settings/account.tsx'
import { auditPage } from '../../views/settings/audit.tsx'
import { credentialPage, credentialsPage } from '../../views/settings/credentials.tsx'
import { settingsIndex } from '../../views/settings/frame.tsx'
import { questionPage } from '../../views/settings/question.tsx'
import { secretPage, secretsPage } from '../../views/settings/secrets.tsx'
import { systemPage } from '../../views/settings/system.tsx'
import { tokensPage } from '../../views/settings/tokens.tsx'
import { userPage, usersPage } from '../../views/settings/users.tsx'
import { anEnvironment } from '../domain/definitions.ts'
import { FRAME, HOSTILE } from './fixtures.ts'

/** Settings and environments, with something hostile wherever people write. */

const { now } = FRAME
const findings = [
  'name',
  'value',
  'username',
  'knownHosts',
  'url',
  'role',
  'current',
  'password',
  'days',
].map((path) => ({ path, line: null, column: null, message: HOSTILE }))
const definition = anEnvironment({ name: 'production', approvers: [HOSTILE], variables: { A: HOSTILE } })
const deployed = { id: 'storefront-12', sha: 'a1b2c3d4', at: now - 60_000, by: HOSTILE }
const line = {
  ...deployed,
  ...{ version: 3, title: HOSTILE, digest: HOSTILE, is: 'standing' as const, redeploy: 'offered' as const },
} as const
const named = {
  name: HOSTILE,
  updatedAt: now,
  updatedBy: HOSTILE,
  usedBy: [{ kind: 'workflow', name: HOSTILE }],
} as const
const user = { name: HOSTILE, role: 'viewer', createdAt: 0, deactivatedAt: null, seenAt: null } as const
const draft = {
  kind: 'ssh',
  ...{ name: HOSTILE, username: HOSTILE, knownHosts: HOSTILE },
  ...{ address: HOSTILE, plainHttp: true },
} as const
const query = { actor: HOSTILE, action: '', object: HOSTILE, outcome: '', from: HOSTILE, to: HOSTILE }

export const SETTINGS: Readonly<Record<string, string>> = {
  settings: settingsIndex(FRAME),
  account: accountPage(FRAME, {
    sessions: [
      { id: 'a', current: 'this', agent: HOSTILE, address: HOSTILE, seenAt: now, createdAt: 0 },
      { id: 'b', current: 'other', agent: HOSTILE, address: HOSTILE, seenAt: now, createdAt: 0 },
    ],
    ...{ password: 'set', told: 'password changed', findings },
  }),
  tokens: tokensPage(FRAME, {
    tokens: [{ id: 1, name: HOSTILE, role: 'viewer', createdAt: 0, expiresAt: now - 1, usedAt: null }],
    ...{ made: HOSTILE, draft: { name: HOSTILE, role: HOSTILE, days: HOSTILE }, findings },
  }),
  users: usersPage(FRAME, { users: [user], draft: { name: HOSTILE, role: HOSTILE }, findings }),
  'a user': userPage(FRAME, {
    ...{ user, link: { address: HOSTILE, expiresAt: now }, approves: [HOSTILE], findings },
  }),
  secrets: secretsPage(FRAME, { secrets: [named], draft: { name: HOSTILE }, findings, refusal: null }),
  'secrets of an editor': secretsPage(FRAME, {
    ...{ secrets: [named], draft: { name: '' }, findings: [], refusal: HOSTILE },
  }),
  'a secret': secretPage(FRAME, { secret: named, findings, refusal: null }),
  credentials: credentialsPage(FRAME, {
    ...{ credentials: [{ ...named, kind: 'https' }], draft, findings, refusal: null },
  }),
  'a credential': credentialPage(FRAME, {
    credential: { ...named, kind: 'ssh' },
    ...{ url: HOSTILE, tried: { ok: 'no', sentence: HOSTILE }, draft, findings, refusal: null },
  }),
  'a registry': credentialPage(FRAME, {
    credential: { ...named, kind: 'registry' },
    ...{ url: HOSTILE, tried: null, draft: { ...draft, kind: 'registry' }, findings, refusal: null },
  }),
  'a question': questionPage(FRAME, {
    ...{ title: HOSTILE, consequence: HOSTILE, lasting: 'for good', action: HOSTILE, button: HOSTILE },
    back: { path: HOSTILE, word: HOSTILE },
  }),
  'the audit log': auditPage(FRAME, {
    entries: [
      {
        id: 2,
        at: now,
        actor: HOSTILE,
        action: HOSTILE,
        object: HOSTILE,
        outcome: 'refused',
        detail: HOSTILE,
      },
    ],
    ...{ query, place: 'older', before: 2, problem: HOSTILE },
  }),
  'system health': systemPage(FRAME, {
    ...{ version: HOSTILE, startedAt: 0, streams: 1, memoryBytes: 1, instance: HOSTILE },
    engines: [
      { name: HOSTILE, reachable: false, reason: HOSTILE, warnings: [HOSTILE], tools: [HOSTILE], running: 1 },
    ],
    disk: { path: HOSTILE, freeBytes: 1, totalBytes: 2, neededBytes: 3 },
    databases: [{ name: HOSTILE, bytes: 5 }],
    queue: { waiting: 1, due: 1, retrying: 1, oldestAt: 0 },
  }),
  environments: environmentsPage(FRAME, {
    columns: [definition],
    rows: [
      { workflow: 'a', cells: [{ deployed, remark: { kind: 'behind', by: '5', environment: HOSTILE } }] },
      { workflow: 'b', cells: [{ deployed, remark: { kind: 'waits', id: 'b-2', gate: 'approval' } }] },
      { workflow: 'c', cells: [{ deployed: null, remark: null }] },
      { workflow: 'd', cells: [null] },
    ],
    others: [{ definition, updatedAt: 0, updatedBy: HOSTILE, workflows: 1 }],
    recent: [{ id: 'a-1', environment: HOSTILE, at: 0 }],
    ...{ more: 3, active: 1, inactive: 1, query: HOSTILE, mayCreate: 'yes', since: 0 },
  }),
  'an environment': environmentPage(FRAME, {
    line: {
      ...{ definition, updatedAt: 0, updatedBy: HOSTILE, standing: [line], history: [line] },
      ...{ waiting: [], place: 'older', before: 3 },
    },
    ...{ text: `</textarea>${HOSTILE}`, findings, refusal: HOSTILE },
  }),
  'a new environment': newEnvironmentPage(FRAME, { text: HOSTILE, findings, refusal: null }),
}
