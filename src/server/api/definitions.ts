import { openApi } from '../../contract/openapi.ts'
import type { Facts } from '../../domain/facts.ts'
import { Fault } from '../../domain/fault.ts'
import { check } from '../../domain/validate.ts'
import { readDefinitions } from '../../domain/workflow.ts'
import type { Handlers } from '../api.ts'
import type { ServerDeps } from '../context.ts'
import { cookieName } from '../session.ts'
import { saveDefinition } from './save.ts'

type Operations = 'validateDefinitions' | 'applyDefinitions' | 'getOpenApi'

/** Definitions as texts, and this interface's own description. */
export function definitionHandlers(deps: ServerDeps): Pick<Handlers, Operations> {
  const { store, settings } = deps
  // Made when it is first asked for: a start need not wait for it.
  let description: ReturnType<typeof openApi> | null = null

  return {
    validateDefinitions: ({ body }) => {
      const { documents, findings } = check(body.text, factsOf(deps))
      return {
        valid: findings.length === 0,
        documents: documents.map(({ kind, definition }) => ({ kind, name: definition.name })),
        findings: [...findings],
      }
    },

    // Saving asks only whether a definition is whole: what it names may come later, and Validation tells at each run.
    applyDefinitions: ({ body, visitor }) => {
      const { documents, findings } = readDefinitions(body.text)
      if (findings.length > 0)
        throw new Fault('invalid', 'The definitions are not valid; nothing was saved.', { findings })
      if (documents.length === 0) throw new Fault('invalid', 'The text holds no definition.')
      const items = store.transaction(() =>
        documents.map((document) => ({
          kind: document.kind,
          name: document.definition.name,
          ...saveDefinition(deps, document, visitor),
        })),
      )
      return { items }
    },

    getOpenApi: () => {
      description ??= openApi(settings.version, cookieName(deps))
      return { openapi: '3.1.0', ...description }
    },
  }
}

/** What there is on this server, for definitions to name. */
export function factsOf({ store, settings, tools }: Pick<ServerDeps, 'store' | 'settings' | 'tools'>): Facts {
  return {
    environments: store.environments.definitions(),
    secrets: new Set(store.secrets.names().map(({ name }) => name)),
    credentials: store.credentials.kinds(),
    engines: tools(),
    defaultEngine: settings.defaultEngine,
    argo: settings.argo,
    allowFile: settings.allowFile,
  }
}
