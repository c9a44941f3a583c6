import { z } from 'zod'
import { ROLES } from '../domain/actor.ts'
import { CREDENTIAL_KINDS } from '../domain/credential.ts'
import { list, NextLink, Time, UsedBy } from './schemas.ts'

/** The shapes of what is administered: people, credentials, the audit log, deployments and the server itself. */

const CredentialSchema = z
  .object({
    name: z.string(),
    kind: z.enum(CREDENTIAL_KINDS),
    updatedAt: Time,
    updatedBy: z.string(),
    usedBy: UsedBy,
  })
  .meta({ id: 'Credential', description: 'A credential’s name and kind; what it holds is never given out.' })

export const TrialSchema = z
  .object({ branches: z.int().meta({ description: 'How many the repository has.' }) })
  .meta({ id: 'CredentialTrialResult', description: 'The repository could be read.' })

export const UserSchema = z
  .object({
    name: z.string(),
    role: z.enum(ROLES),
    active: z.boolean().meta({ description: 'False: has left and can do nothing.' }),
    createdAt: Time,
    deactivatedAt: Time.nullable(),
  })
  .meta({ id: 'User' })

const SessionSchema = z
  .object({
    id: z.string(),
    current: z.boolean().meta({ description: 'True of the one that asks.' }),
    agent: z.string().meta({ description: 'What the browser says it is.' }),
    address: z.string(),
    createdAt: Time,
    seenAt: Time,
    expiresAt: Time,
  })
  .meta({ id: 'Session', description: 'A browser that you are signed in with.' })

export const AuditEntrySchema = z
  .object({
    id: z.int(),
    at: Time,
    actor: z.string(),
    action: z.string().meta({ examples: ['secret.save'] }),
    object: z.string().meta({ examples: ['secret:npm-token'] }),
    outcome: z.enum(['done', 'refused']),
    detail: z.string().nullable(),
  })
  .meta({ id: 'AuditEntry', description: 'What somebody did, or was refused.' })

export const AuditPageSchema = z
  .object({ items: z.array(AuditEntrySchema), next: NextLink })
  .meta({ id: 'AuditPage', description: 'The audit log, newest first.' })

const DeploymentSchema = z
  .object({
    id: z.int(),
    environment: z.string(),
    workflow: z.string(),
    execution: z.string().meta({ description: 'Display id.' }),
    version: z.int().meta({ description: 'Of the workflow.' }),
    sha: z.string().nullable(),
    title: z.string().nullable().meta({ description: 'First line of the commit’s message.' }),
    author: z.string().nullable(),
    image: z.string().nullable().meta({ description: 'With its digest; null where none was pushed.' }),
    digest: z.string().nullable(),
    origin: z
      .string()
      .nullable()
      .meta({ description: 'Execution that ran this commit first: what is older has an older one.' }),
    deployedAt: Time,
    deployedBy: z.string(),
    current: z.boolean().meta({ description: 'Whether it is what stands there now of its workflow.' }),
  })
  .meta({ id: 'Deployment' })

export const DeploymentPageSchema = z
  .object({ items: z.array(DeploymentSchema), next: NextLink })
  .meta({ id: 'DeploymentPage', description: 'What came to an environment, newest first.' })

export const SystemSchema = z
  .object({
    version: z.string(),
    startedAt: Time,
    engines: z.array(
      z.object({
        name: z.string(),
        reachable: z.boolean(),
        reason: z.string().nullable(),
        warnings: z.array(z.string()),
        tools: z.array(z.string()),
        running: z.int().meta({ description: 'Segments that have their slots and have not ended.' }),
      }),
    ),
    disk: z.object({
      path: z.string(),
      freeBytes: z.int().nullable().meta({ description: 'Null where the file system does not say.' }),
      totalBytes: z.int().nullable(),
      neededBytes: z.int().meta({ description: 'With less nothing new starts.' }),
    }),
    databases: z.array(z.object({ name: z.string(), bytes: z.int() })),
    queue: z.object({
      waiting: z.int().meta({ description: 'Segments that wait for their slots.' }),
      due: z.int().meta({ description: 'Effects to be performed now.' }),
      retrying: z.int().meta({ description: 'Effects that failed and are tried again.' }),
      oldestAt: Time.nullable().meta({ description: 'Since when the oldest of them is due.' }),
    }),
    streams: z.int().meta({ description: 'Streams that are open.' }),
    memoryBytes: z.int().meta({ description: 'Memory of this process.' }),
    instance: z.string(),
    timezone: z.string(),
  })
  .meta({ id: 'System', description: 'How the server is.' })

export const CredentialListSchema = list(CredentialSchema, 'CredentialList')
export const SessionListSchema = list(SessionSchema, 'SessionList')
export const UserListSchema = list(UserSchema, 'UserList')
