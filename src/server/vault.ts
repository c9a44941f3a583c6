import { type Credential, credentialProblem } from '../domain/credential.ts'
import { Fault } from '../domain/fault.ts'
import { Unreachable } from '../outside/giterror.ts'
import { audited } from './audited.ts'
import type { ServerDeps, Visitor } from './context.ts'

/** Saving and removing what is kept sealed, audited. What it holds goes in here and never out. */

export function saveSecret(deps: ServerDeps, visitor: Visitor, name: string, value: string): void {
  const { store, keys, world } = deps
  // Kept to the letter: a key file may need its last newline.
  const sealed = keys.seal(value, `secret:${name}`)
  store.transaction(() => {
    store.secrets.put(name, sealed, visitor.person.name, world.now())
    audited(deps, visitor.person.name, 'secret.save', `secret:${name}`)
  })
}

export function removeSecret(deps: ServerDeps, visitor: Visitor, name: string): void {
  deps.store.transaction(() => {
    if (!deps.store.secrets.remove(name)) throw missing('secret', name)
    audited(deps, visitor.person.name, 'secret.remove', `secret:${name}`)
  })
}

export function saveCredential(
  deps: ServerDeps,
  visitor: Visitor,
  name: string,
  credential: Credential,
): void {
  const { store, keys, world } = deps
  const sealed = keys.seal(JSON.stringify(credential), `credential:${name}`)
  const { kind } = credential
  store.transaction(() => {
    store.credentials.put({ name, kind, sealed, by: visitor.person.name, now: world.now() })
    audited(deps, visitor.person.name, 'credential.save', `credential:${name}`, kind)
  })
}

export function removeCredential(deps: ServerDeps, visitor: Visitor, name: string): void {
  deps.store.transaction(() => {
    if (!deps.store.credentials.remove(name)) throw missing('credential', name)
    audited(deps, visitor.person.name, 'credential.remove', `credential:${name}`)
  })
}

/** How many branches a repository shows to a credential; a Fault says why it shows none. */
export async function tryCredential(
  { store, keys, git }: Pick<ServerDeps, 'store' | 'keys' | 'git'>,
  name: string,
  url: string,
  signal: AbortSignal,
): Promise<number> {
  const sealed = store.credentials.sealed(name)
  if (sealed === null) throw missing('credential', name)
  // Sealed as it was checked when it was saved.
  const text = new TextDecoder().decode(keys.open(sealed, `credential:${name}`))
  const credential = JSON.parse(text) as Credential
  const problem = credentialProblem(name, credential.kind, url)
  if (problem !== null || credential.kind === 'registry') throw new Fault('invalid', problem ?? '')
  try {
    return (await git.branches({ url, credential }, signal)).length
  } catch (error) {
    if (error instanceof Unreachable)
      throw new Fault('repository_unreachable', error.message, { cause: error })
    throw error
  }
}

function missing(what: string, name: string): Fault {
  return new Fault('not_found', `There is no ${what} ${name.slice(0, 60)}.`)
}
