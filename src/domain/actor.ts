import type { EngineName } from './definition.ts'

export const ROLES = ['viewer', 'executor', 'editor', 'admin'] as const
export type Role = (typeof ROLES)[number]

/** True where `role` may do what `least` may: viewer < executor < editor < admin. */
export function reaches(role: Role, least: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(least)
}

/** A signed-in person, or `local-admin`: whoever may open the server's unix socket. */
export interface Person {
  readonly kind: 'person'
  readonly name: string
  readonly role: Role
  /** local-admin may do everything but approve or reject. */
  readonly local: boolean
}

/** Whoever makes something happen to an execution. */
export type Actor =
  | Person
  | { readonly kind: 'engine'; readonly name: EngineName }
  | { readonly kind: 'system'; readonly name: string }
