import type { Environment, Workflow } from './definition.ts'

/** Names of the secrets that a definition names, wherever in it they stand. */
export function secretsUsedBy(definition: Workflow | Environment): ReadonlySet<string> {
  const found = new Set<string>()
  const open: unknown[] = [definition]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (typeof next !== 'object' || next === null) continue
    if ('secret' in next && typeof next.secret === 'string') found.add(next.secret)
    open.push(...Object.values(next).filter((value) => typeof value === 'object'))
  }
  return found
}
