import { FAULTS, Fault, type FaultKind, type Finding } from '../domain/fault.ts'
import { ProblemSchema, type ProblemWire } from './schemas.ts'

const TYPE = 'urn:periplus:problem:'

/** A Fault as RFC 9457 has it. `request` is the number by which the server's log knows the request. */
export function problem(
  fault: Fault,
  request: string,
  status: number = FAULTS[fault.kind].status,
): ProblemWire {
  return {
    type: TYPE + fault.kind,
    title: FAULTS[fault.kind].title,
    status,
    detail: fault.message,
    instance: `urn:periplus:request:${request}`,
    findings: [...fault.findings],
  }
}

/** The Fault that a server answered with. What is no problem document becomes one that quotes the status. */
export function faultOf(status: number, body: unknown): Fault {
  const parsed = ProblemSchema.safeParse(body)
  if (!parsed.success) return new Fault(kindOf(status), `The server answered ${status} without saying why.`)
  const findings: readonly Finding[] = parsed.data.findings
  const named = parsed.data.type.slice(TYPE.length)
  return new Fault(isKind(named) ? named : kindOf(status), parsed.data.detail, { findings })
}

function isKind(name: string): name is FaultKind {
  return Object.hasOwn(FAULTS, name)
}

/** What a proxy says in the place of a server that is not there; a server that speaks names the fault itself. */
const PROXY_STATUSES = new Set([502, 503, 504])

function kindOf(status: number): FaultKind {
  if (PROXY_STATUSES.has(status)) return 'server_unreachable'
  for (const [kind, row] of Object.entries(FAULTS)) if (row.status === status && isKind(kind)) return kind
  return status < 500 ? 'invalid' : 'internal'
}
