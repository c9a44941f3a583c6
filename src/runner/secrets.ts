import type { Credential, GitCredential, RegistryCredential } from '../domain/credential.ts'
import { type Masker, masker } from '../domain/mask.ts'
import { Refused } from '../engine/engine.ts'
import type { ExecutionRow } from '../store/tables.ts'
import type { Parts } from './parts.ts'

type Named = Pick<ExecutionRow, 'id' | 'uid'>

/** The present value of a secret; Refused where it is gone, for then the segment can never be begun as it was planned. */
export function secretValue({ store, keys }: Pick<Parts, 'store' | 'keys'>, name: string): string {
  const sealed = store.secrets.sealed(name)
  if (sealed === null) throw new Refused(`The secret ${name} does not exist any more.`)
  return new TextDecoder().decode(keys.open(sealed, `secret:${name}`))
}

/** A repository's credential, likewise; null where none is named. */
export function credentialOf(
  parts: Pick<Parts, 'store' | 'keys'>,
  name: string | null,
): GitCredential | null {
  if (name === null) return null
  const credential = opened(parts, name)
  if (credential.kind === 'registry') throw new Refused(`The credential ${name} is of a registry by now.`)
  return credential
}

/** A registry's credential, likewise. */
export function registryOf(parts: Pick<Parts, 'store' | 'keys'>, name: string): RegistryCredential {
  const credential = opened(parts, name)
  if (credential.kind !== 'registry') throw new Refused(`The credential ${name} is of repositories by now.`)
  return credential
}

function opened({ store, keys }: Pick<Parts, 'store' | 'keys'>, name: string): Credential {
  const sealed = store.credentials.sealed(name)
  if (sealed === null) throw new Refused(`The credential ${name} does not exist any more.`)
  // Sealed as it was checked when it was saved.
  return JSON.parse(new TextDecoder().decode(keys.open(sealed, `credential:${name}`))) as Credential
}

/** All values an execution has run with so far. */
export function secretsPinned({ store, keys }: Parts, row: Named): readonly string[] {
  const sealed = store.pins.get(row.id)
  return sealed === null ? [] : JSON.parse(new TextDecoder().decode(keys.open(sealed, `pins:${row.uid}`)))
}

/** The pins of an execution with these values added, sealed; null where it has none to keep. */
export function withPins(parts: Parts, row: Named, values: readonly string[]): Uint8Array | null {
  const all = new Set([...secretsPinned(parts, row), ...values])
  return all.size === 0 ? null : parts.keys.seal(JSON.stringify([...all]), `pins:${row.uid}`)
}

/** Hides in lines and reasons every secret value that an execution runs with. */
export function maskerOf(parts: Parts, row: Named): Masker {
  return masker(secretsPinned(parts, row))
}
