import type { AuditAction } from '../domain/audit.ts'
import type { ServerDeps } from './context.ts'

/** Writes down what somebody did: in the transaction that does it, so that neither stands without the other. */
export function audited(
  { store, world }: Pick<ServerDeps, 'store' | 'world'>,
  actor: string,
  action: AuditAction,
  subject: string,
  detail: string | null = null,
): void {
  store.audit.append({ at: world.now(), actor, action, subject, outcome: 'done', detail })
}
