import { secretsUsedBy } from '../domain/uses.ts'
import type { Store } from '../store/store.ts'

/** A definition that names something. */
export interface Use {
  readonly kind: 'workflow' | 'environment'
  readonly name: string
}

/** Whose newest definitions name each secret and each credential. */
export function usesOf({ workflows, environments }: Pick<Store, 'workflows' | 'environments'>) {
  const secrets = new Map<string, Use[]>()
  const credentials = new Map<string, Use[]>()
  const add = (to: Map<string, Use[]>, name: string, use: Use) => to.set(name, [...(to.get(name) ?? []), use])
  for (const { slug, definition } of workflows.newest()) {
    const use = { kind: 'workflow', name: slug } as const
    for (const name of secretsUsedBy(definition)) add(secrets, name, use)
    if (definition.source.credential !== null) add(credentials, definition.source.credential, use)
    if (definition.push !== null) add(credentials, definition.push.registry, use)
  }
  for (const { slug, definition } of environments.list())
    for (const name of secretsUsedBy(definition)) add(secrets, name, { kind: 'environment', name: slug })
  return {
    ofSecret: (name: string): readonly Use[] => secrets.get(name) ?? [],
    ofCredential: (name: string): readonly Use[] => credentials.get(name) ?? [],
  }
}
