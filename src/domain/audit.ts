/** What the audit log keeps of people and the server, done or refused: each with its words before the object, “save storefront”. */
export const AUDIT_WORDS = {
  trigger: 'start',
  rerun: 're-run',
  redeploy: 'deploy again',
  terminate: 'terminate',
  'terminate-leftover': 'end what was left of',
  approve: 'approve the deployment of',
  reject: 'reject the deployment of',
  deploy: 'trigger the deployment of',
  'workflow.save': 'save',
  'environment.save': 'save',
  'secret.save': 'set',
  'secret.remove': 'remove',
  'credential.save': 'set',
  'credential.remove': 'remove',
  'token.create': 'make a token for',
  'token.remove': 'withdraw a token of',
  'view.save': 'save',
  'view.remove': 'remove',
  'finding.ignore': 'ignore a finding of',
  'finding.unignore': 'count again a finding of',
  setup: 'set the server up as',
  'user.create': 'add',
  'user.role': 'change the role of',
  'user.deactivate': 'deactivate',
  'user.reactivate': 'reactivate',
  'user.password': 'set the password of',
  'sign-in-link.create': 'make a sign-in link for',
  'sign-in': 'sign in as',
  'sign-out': 'sign out as',
  'session.end': 'end a session of',
} as const satisfies Record<string, string>

export type AuditAction = keyof typeof AUDIT_WORDS

// The table's own keys.
export const AUDIT_ACTIONS = Object.keys(AUDIT_WORDS) as [AuditAction, ...AuditAction[]]

/** What a question to the audit log asks for; what is absent leaves nothing out. */
export interface AuditFilter {
  readonly actor?: string | undefined
  readonly action?: AuditAction | undefined
  /** As it stands in the log: `storefront-12`, `secret:npm-token`. */
  readonly subject?: string | undefined
  readonly outcome?: 'done' | 'refused' | undefined
  /** Milliseconds: the first, and the one after the last. */
  readonly from?: number | undefined
  readonly until?: number | undefined
}
