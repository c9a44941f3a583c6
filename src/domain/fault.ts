/** The kinds of expected failure, each with its HTTP status, its title and the exit code of the command line. */
export const FAULTS = {
  invalid: { status: 422, title: 'Invalid input', exit: 2 },
  unauthenticated: { status: 401, title: 'Not signed in', exit: 4 },
  forbidden: { status: 403, title: 'Not allowed', exit: 4 },
  not_found: { status: 404, title: 'Not found', exit: 3 },
  conflict: { status: 409, title: 'Conflict', exit: 5 },
  too_large: { status: 413, title: 'Too large', exit: 2 },
  limited: { status: 429, title: 'Too many requests', exit: 6 },
  engine_refused: { status: 422, title: 'The engine refused', exit: 7 },
  server_unreachable: { status: 503, title: 'The server is unreachable', exit: 7 },
  repository_unreachable: { status: 503, title: 'The repository is unreachable', exit: 7 },
  engine_unreachable: { status: 503, title: 'The engine is unreachable', exit: 7 },
  internal: { status: 500, title: 'Internal error', exit: 1 },
} as const satisfies Record<string, { status: number; title: string; exit: number }>

export type FaultKind = keyof typeof FAULTS

/** One thing that is wrong with a document, where it stands and what would mend it. */
export interface Finding {
  /** Dotted path in the definition, `deploy[1].environment`; empty for the document as a whole. */
  readonly path: string
  /** One-based; null where the text is not at hand (JSON through the API). */
  readonly line: number | null
  readonly column: number | null
  readonly message: string
}

/** An expected failure: thrown where it is known, answered in one place. Its message is a sentence for a person. */
export class Fault extends Error {
  readonly kind: FaultKind
  readonly findings: readonly Finding[]

  constructor(
    kind: FaultKind,
    message: string,
    options: { findings?: readonly Finding[]; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'Fault'
    this.kind = kind
    this.findings = options.findings ?? []
  }
}
