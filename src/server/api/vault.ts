import type { Handlers } from '../api.ts'
import type { ServerDeps } from '../context.ts'
import { usesOf } from '../uses.ts'
import { removeCredential, removeSecret, saveCredential, saveSecret, tryCredential } from '../vault.ts'
import { time } from '../wire.ts'

type Operations =
  | 'listSecrets'
  | 'saveSecret'
  | 'removeSecret'
  | 'listCredentials'
  | 'saveCredential'
  | 'removeCredential'
  | 'tryCredential'

/** Secrets and credentials: their names come out, what they hold does not. */
export function vaultHandlers(deps: ServerDeps): Pick<Handlers, Operations> {
  const { store } = deps
  return {
    listSecrets: () => {
      const uses = usesOf(store)
      return {
        items: store.secrets.names().map(({ name, updatedAt, updatedBy }) => ({
          ...{ name, updatedAt: time(updatedAt), updatedBy },
          usedBy: [...uses.ofSecret(name)],
        })),
      }
    },

    saveSecret: ({ params, body, visitor }) => {
      saveSecret(deps, visitor, params.name, body.value)
      return null
    },

    removeSecret: ({ params, visitor }) => {
      removeSecret(deps, visitor, params.name)
      return null
    },

    listCredentials: () => {
      const uses = usesOf(store)
      return {
        items: store.credentials.list().map(({ name, kind, updatedAt, updatedBy }) => ({
          ...{ name, kind, updatedAt: time(updatedAt), updatedBy },
          usedBy: [...uses.ofCredential(name)],
        })),
      }
    },

    saveCredential: ({ params, body, visitor }) => {
      saveCredential(deps, visitor, params.name, body)
      return null
    },

    removeCredential: ({ params, visitor }) => {
      removeCredential(deps, visitor, params.name)
      return null
    },

    tryCredential: async ({ params, body, c }) => ({
      branches: await tryCredential(deps, params.name, body.url, c.env.request.signal),
    }),
  }
}
