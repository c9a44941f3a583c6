import type { CredentialKind } from '../../src/domain/credential.ts'
import type { Finding } from '../../src/domain/fault.ts'
import type { Frame } from '../model.ts'
import { Area, Field, FormCard, Told } from './field.tsx'
import { settingsPage } from './frame.tsx'
import { NamedTable, type SecretLine, SetWords, UsedBy } from './secrets.tsx'

export interface CredentialLine extends SecretLine {
  readonly kind: CredentialKind
}

const KIND_WORDS: Readonly<Record<CredentialKind, string>> = {
  https: 'HTTPS password',
  ssh: 'SSH key',
  registry: 'Registry',
}

/** What was typed and may be shown again: never a password or a key. */
export interface CredentialDraft {
  readonly kind: CredentialKind
  readonly name: string
  readonly username: string
  readonly knownHosts: string
  readonly address: string
  readonly plainHttp: boolean
}

interface CredentialsProps {
  readonly credentials: readonly CredentialLine[]
  readonly draft: CredentialDraft | null
  readonly findings: readonly Finding[]
  readonly refusal: string | null
}

/** The credentials by name, and a form for each kind. */
export function credentialsPage(frame: Frame, p: CredentialsProps): string {
  return settingsPage(
    frame,
    {
      title: 'Credentials',
      name: 'credentials',
      sub: (
        <>
          A workflow’s source takes one by name, <code>{'credential: shop-git'}</code>, and so does its push,{' '}
          <code>{'registry: shop-registry'}</code>. What it holds is never shown.
        </>
      ),
    },
    <>
      <section class="pan" aria-label="Credentials">
        {p.credentials.length === 0 ? (
          <p class="none q2">There is no credential yet. A public repository needs none.</p>
        ) : (
          <NamedTable
            frame={frame}
            rows={p.credentials.map((one) => ({ ...one, kind: KIND_WORDS[one.kind] }))}
            base="/settings/credentials/"
            caption="Credentials"
          />
        )}
      </section>
      {p.refusal === null ? (
        <div class="duo flush">
          <PasswordForm frame={frame} action="/settings/credentials" {...formOf(p, 'https')} />
          <KeyForm frame={frame} action="/settings/credentials" {...formOf(p, 'ssh')} />
          <RegistryForm frame={frame} action="/settings/credentials" {...formOf(p, 'registry')} />
        </div>
      ) : (
        <p class="hint">{p.refusal}</p>
      )}
    </>,
  )
}

interface FormProps {
  readonly draft: CredentialDraft | null
  readonly findings: readonly Finding[]
  /** Null asks for one. */
  readonly name?: string
}

/** Each form shows what was typed into it alone. */
function formOf({ draft, findings }: FormProps, kind: CredentialKind): FormProps {
  return draft?.kind === kind ? { draft, findings } : { draft: null, findings: [] }
}

/** Several forms on one page: their fields need names of their own. */
function PasswordForm(p: { frame: Frame; action: string } & FormProps) {
  const { frame, draft, findings, name } = p
  return (
    <FormCard
      frame={frame}
      title={name === undefined ? 'User name and password' : 'Replace the password'}
      action={p.action}
      button={name === undefined ? 'Save the password' : 'Replace the password'}
    >
      <input type="hidden" name="kind" value="https" />
      {name === undefined ? (
        <NameField frame={frame} id="https-name" draft={draft} findings={findings} />
      ) : null}
      <Field
        frame={frame}
        name="username"
        word="User name"
        value={draft?.username ?? ''}
        placeholder="ci"
        required="required"
        hint="With a token some hosts want a certain word here, others take any."
        findings={findings}
      />
      <Field
        frame={frame}
        name="password"
        word="Password or token"
        type="password"
        autocomplete="new-password"
        required="required"
        findings={findings}
      />
    </FormCard>
  )
}

function KeyForm(p: { frame: Frame; action: string } & FormProps) {
  const { frame, draft, findings, name } = p
  return (
    <FormCard
      frame={frame}
      title={name === undefined ? 'SSH key' : 'Replace the key'}
      action={p.action}
      button={name === undefined ? 'Save the key' : 'Replace the key'}
    >
      <input type="hidden" name="kind" value="ssh" />
      {name === undefined ? (
        <NameField frame={frame} id="ssh-name" draft={draft} findings={findings} />
      ) : null}
      <Area
        frame={frame}
        name="privateKey"
        word="Private key"
        rows={4}
        placeholder="-----BEGIN OPENSSH PRIVATE KEY-----"
        hint="Without a passphrase: nobody is there to type it."
        findings={findings}
      />
      <Area
        frame={frame}
        name="knownHosts"
        word="Known hosts"
        rows={2}
        value={draft?.knownHosts ?? ''}
        placeholder="git.example ssh-ed25519 AAAA…"
        hint={
          <>
            As <code>ssh-keyscan git.example</code> prints them. Any other host is refused.
          </>
        }
        findings={findings}
      />
    </FormCard>
  )
}

function RegistryForm(p: { frame: Frame; action: string } & FormProps) {
  const { frame, draft, findings, name } = p
  return (
    <FormCard
      frame={frame}
      title={name === undefined ? 'Registry of images' : 'Replace the registry'}
      action={p.action}
      button={name === undefined ? 'Save the registry' : 'Replace the registry'}
    >
      <input type="hidden" name="kind" value="registry" />
      {name === undefined ? (
        <NameField
          frame={frame}
          id="registry-name"
          draft={draft}
          findings={findings}
          placeholder="shop-registry"
        />
      ) : null}
      <Field
        frame={frame}
        name="address"
        word="Address"
        value={draft?.address ?? ''}
        placeholder="registry.example:5000"
        required="required"
        hint="A host, and a port where it is not the usual one."
        findings={findings}
      />
      <Field
        frame={frame}
        id="registry-username"
        name="username"
        word="User name"
        value={draft?.username ?? ''}
        hint="Empty where the registry is open to everybody."
        findings={findings}
      />
      <Field
        frame={frame}
        id="registry-password"
        name="password"
        word="Password or token"
        type="password"
        autocomplete="new-password"
        findings={findings}
      />
      <label class="tick">
        <input type="checkbox" name="plainHttp" value="yes" checked={draft?.plainHttp === true} />
        Speaks HTTP without TLS: whoever is on the way can read the password.
      </label>
    </FormCard>
  )
}

function NameField(p: {
  frame: Frame
  id: string
  draft: CredentialDraft | null
  findings: readonly Finding[]
  placeholder?: string
}) {
  return (
    <Field
      frame={p.frame}
      id={p.id}
      name="name"
      word="Name"
      value={p.draft?.name ?? ''}
      placeholder={p.placeholder ?? 'shop-git'}
      required="required"
      hint="One that exists is replaced."
      findings={p.findings}
    />
  )
}

const FORMS = { https: PasswordForm, ssh: KeyForm, registry: RegistryForm } as const

interface CredentialProps {
  readonly credential: CredentialLine
  /** The repository that is tried: the first that a workflow reads with it, or what was typed. */
  readonly url: string
  /** What a try just found. */
  readonly tried: { readonly ok: 'yes' | 'no'; readonly sentence: string } | null
  readonly draft: CredentialDraft | null
  readonly findings: readonly Finding[]
  readonly refusal: string | null
}

/** One credential: who needs it, whether it lets one in, a new value, and its end. */
export function credentialPage(frame: Frame, p: CredentialProps): string {
  const { credential, refusal } = p
  const path = `/settings/credentials/${credential.name}`
  const Form = FORMS[credential.kind]
  return settingsPage(
    frame,
    {
      title: credential.name,
      name: 'credential',
      sub: (
        <>
          {KIND_WORDS[credential.kind]}. <SetWords frame={frame} line={credential} />
        </>
      ),
      above: { path: '/settings/credentials', word: 'Credentials' },
      ...(refusal === null
        ? {
            actions: (
              <a class="btn bad" href={`${path}/remove`}>
                Remove
              </a>
            ),
          }
        : {}),
    },
    <>
      {p.tried === null ? null : (
        <Told frame={frame} icon={p.tried.ok === 'yes' ? 'st-succeeded' : 'st-failed'}>
          <p>{p.tried.sentence}</p>
        </Told>
      )}
      <div class="duo flush">
        <UsedBy uses={credential.usedBy} />
        {credential.kind === 'registry' ? null : <TrialForm frame={frame} p={p} />}
      </div>
      {refusal === null ? (
        <Form frame={frame} action={path} name={credential.name} draft={p.draft} findings={p.findings} />
      ) : (
        <p class="hint">{refusal}</p>
      )}
    </>,
  )
}

function TrialForm({ frame, p }: { frame: Frame; p: CredentialProps }) {
  return (
    <FormCard
      frame={frame}
      title="Try it"
      action={`/settings/credentials/${p.credential.name}/trial`}
      button="Read the repository"
    >
      <Field
        frame={frame}
        name="url"
        word="Repository"
        value={p.url}
        placeholder={
          p.credential.kind === 'https' ? 'https://git.example/shop.git' : 'ssh://git@git.example/shop.git'
        }
        required="required"
        findings={p.findings}
      />
    </FormCard>
  )
}
