import { X509Certificate } from 'node:crypto'
import { z } from 'zod'
import { Fault } from '../../../domain/fault.ts'
import { ApiError, type Status } from '../kube.ts'
import type { Credentials } from './access.ts'
import { type Ask, wordsOfAsk } from './ask.ts'
import type { Place } from './kubeconfig.ts'

/** An answer that is no success, read. */
export interface Refusal {
  readonly code: number
  readonly body: string
  readonly retryAfter: string | null
}

/** A server that asks for more is asked again anyway: whoever waits must see that it came back. */
const RETRY_AFTER_MS_MAX = 300_000

/** Enough of a server’s own words to act on them; a schema’s complaint may list a page of fields. */
const WORDS_LENGTH_MAX = 1_000

/** Codes that end a submission or mean that something is gone: never believed of anything but an API server. */
const FINAL_CODES = new Set([400, 404, 405, 409, 410, 415, 422])

const text = z.string().optional().catch(undefined)
const whole = z.number().int().optional().catch(undefined)
const StatusSchema = z.object({
  kind: z.literal('Status'),
  code: whole,
  reason: text,
  message: text,
  details: z
    .object({
      name: text,
      group: text,
      kind: text,
      retryAfterSeconds: whole,
      causes: z
        .array(z.object({ reason: text, message: text, field: text }))
        .optional()
        .catch(undefined),
    })
    .optional()
    .catch(undefined),
})

/**
 * What a refusal means. A proxy’s page is no answer of a cluster: what it would mean for good (“there is none”, “it is
 * invalid”) becomes a Fault `engine_unreachable`; what passes stays an `ApiError`.
 */
export function refusalOf(refusal: Refusal, ask: Ask, credentials: Credentials, now: number): Error {
  const { code } = refusal
  const status = readStatus(refusal.body)
  const who = clusterWords(credentials.place)
  if (status === null && (code < 400 || FINAL_CODES.has(code))) {
    return new Fault('engine_unreachable', strangerSentence(code, ask, who))
  }
  const found: Status = status ?? { code }
  const sentence = sentenceOf(code, found, ask, credentials, now)
  return new ApiError(code, found, sentence, retryAfterMs(refusal, found, now))
}

/** The Status that an API server answers with; null where it is anything else. */
function readStatus(body: string): Status | null {
  try {
    const { data } = StatusSchema.safeParse(JSON.parse(body))
    // Without its undefined: absent is absent.
    return data === undefined ? null : JSON.parse(JSON.stringify(data))
  } catch {
    // Not JSON: a proxy speaks.
    return null
  }
}

/** `The cluster at https://10.0.0.1:6443 (context prod)`. */
export function clusterWords({ server, context, source }: Place): string {
  return `The cluster at ${server} (${context === null ? source : `context ${context}`})`
}

function strangerSentence(code: number, ask: Ask, who: string): string {
  if (code === 404 && (ask.group === 'argoproj.io' || ask.resource.includes('/argoproj.io/'))) {
    return `${who} does not know Argo Workflows (404 to ${wordsOfAsk(ask)}). Install it, or mend the address in the kubeconfig.`
  }
  return `${who} answered ${code} to ${wordsOfAsk(ask)}, and not as Kubernetes would. Does a proxy stand between, or is the address another server’s?`
}

function sentenceOf(code: number, status: Status, ask: Ask, credentials: Credentials, now: number): string {
  const who = clusterWords(credentials.place)
  const said = wordsOfServer(status)
  if (code === 401)
    return `${who} does not accept the credential of ${credentials.place.user}${expiry(credentials, now)}.`
  if (code === 403 && / cannot \w+ /.test(said)) {
    return `${who} does not let ${credentials.place.user} ${wordsOfAsk(ask)}. Bind a role with that right to it; periplus doctor prints one.`
  }
  const { kind, name } = status.details ?? {}
  if (code === 404 && kind === 'namespaces') {
    return `${who} has no namespace ${name}. Make it (kubectl create namespace ${name}), or name another with argo.namespace.`
  }
  const refused = code === 429 || code >= 500 ? 'cannot take this now' : 'refused'
  const why = said === '' ? `it answered ${code}` : `${said} (${code})`
  return `${who} ${refused}: ${wordsOfAsk(ask)}: ${why}.`
}

/** Why a credential may be refused, and what would help, as far as it can be seen from here. */
function expiry({ tls, headers, place }: Credentials, now: number): string {
  const mend =
    place.plugin === null
      ? `renew it in ${place.source}`
      : `sign in anew, so that the plugin ${place.plugin} gives another`
  for (const [what, until] of [
    ['its client certificate', certificateEnd(tls.cert)],
    ['its token', tokenEnd(headers['Authorization'])],
  ] as const) {
    if (until !== null && until < now) return `: ${what} expired on ${new Date(until).toISOString()}; ${mend}`
  }
  if (place.context === null) return ': is the service account still there?'
  return `; if it was withdrawn or has expired, ${mend}`
}

function certificateEnd(pem: string | undefined): number | null {
  try {
    return pem === undefined ? null : new X509Certificate(pem).validToDate.getTime()
  } catch {
    // It was no certificate of this form: then nothing can be said of its end.
    return null
  }
}

/** The end of a JSON Web Token, such as those of service accounts. https://www.rfc-editor.org/rfc/rfc7519#section-4.1.4 */
function tokenEnd(header: string | undefined): number | null {
  const [, claims] = /^Bearer [^.]+\.([^.]+)\.[^.]+$/.exec(header ?? '') ?? []
  if (claims === undefined) return null
  try {
    const { data } = z
      .object({ exp: z.number() })
      .safeParse(JSON.parse(Buffer.from(claims, 'base64url').toString()))
    return data === undefined ? null : data.exp * 1_000
  } catch {
    // An opaque token with two dots.
    return null
  }
}

/** What a server says is shown to people: on one line, and never as long as it likes. */
function wordsOfServer({ message = '', reason = '' }: Status): string {
  const words = (message || reason)
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .replace(/\.$/, '')
  return words.length > WORDS_LENGTH_MAX ? `${words.slice(0, WORDS_LENGTH_MAX)}…` : words
}

function retryAfterMs({ retryAfter }: Refusal, status: Status, now: number): number | null {
  const seconds = /^\d+$/.test(retryAfter ?? '') ? Number(retryAfter) : status.details?.retryAfterSeconds
  const ms = seconds === undefined ? Date.parse(retryAfter ?? '') - now : seconds * 1_000
  return Number.isNaN(ms) ? null : Math.min(Math.max(ms, 0), RETRY_AFTER_MS_MAX)
}
