import { createPrivateKey, X509Certificate } from 'node:crypto'
import { Fault } from '../../../domain/fault.ts'
import type { Credentials, TlsFiles } from './access.ts'
import type { Place } from './kubeconfig.ts'

/** Says where and of which cluster: `https://10.0.0.1:6443 (context prod)`. */
type Sentence = (where: string, place: Place, host: string, tls: TlsFiles) => string

const UNSIGNED: Sentence = (where, { source }, _, { ca }) =>
  ca === undefined
    ? `The certificate of ${where} is signed by no authority that is trusted here, and ${source} names none: set its certificate-authority.`
    : `The certificate of ${where} is not signed by the authority that ${source} names. Is its certificate-authority that cluster’s own?`
const CLOSED: Sentence = (where) =>
  `${where} closed the connection. Its API server may be starting anew, or something between cuts connections.`
const SILENT: Sentence = (where) =>
  `${where} does not answer. Is the machine up, and does a firewall let this one through?`

/** What Bun’s fetch calls each failure, and what it means. */
const SENTENCES: Readonly<Record<string, Sentence>> = {
  ECONNREFUSED: (where) =>
    `Nothing listens at ${where}. Is the API server up, and is that still its address?`,
  ENOTFOUND: (where, _, host) => `The name service does not know ${host}, of ${where}. Is the address right?`,
  EAI_AGAIN: (where, _, host) => `The name service cannot say just now where ${host} is, of ${where}.`,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNSIGNED,
  UNABLE_TO_GET_ISSUER_CERT: UNSIGNED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNSIGNED,
  SELF_SIGNED_CERT_IN_CHAIN: UNSIGNED,
  DEPTH_ZERO_SELF_SIGNED_CERT: UNSIGNED,
  CERT_SIGNATURE_FAILURE: UNSIGNED,
  CERT_HAS_EXPIRED: (where) =>
    `The certificate of ${where} has expired, or that of its authority. Who runs the cluster must renew it.`,
  CERT_NOT_YET_VALID: (where) =>
    `The certificate of ${where} is not valid yet. Are this machine’s clock and the cluster’s right?`,
  ERR_TLS_CERT_ALTNAME_INVALID: (where, { source }, host) =>
    `The certificate of ${where} is made out to other names than ${host}. Use one of its names in ${source}, or set tls-server-name there.`,
  EPROTO: (where) => `${where} does not speak TLS, or wants a client certificate that it was not shown.`,
  ECONNRESET: CLOSED,
  ECONNABORTED: CLOSED,
  EPIPE: CLOSED,
  ETIMEDOUT: SILENT,
  EHOSTUNREACH: SILENT,
  ENETUNREACH: SILENT,
}

/** Nothing was heard for so long that nobody waits for it any more. */
export class Silent extends Error {
  readonly code = 'ETIMEDOUT'
}

/** Nobody answered a call: why, where, and what would help. */
export function unreached(error: unknown, { place, tls, proxy }: Credentials): Fault {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const through = proxy === null ? '' : `, through the proxy ${URL.parse(proxy)?.host}`
  const where = `${place.server} (${place.context === null ? place.source : `context ${place.context}`}${through})`
  const host = new URL(place.server).hostname
  const sentence =
    SENTENCES[code]?.(where, place, host, tls) ??
    materialProblem(tls, place) ??
    `${where} cannot be reached: ${code || (error instanceof Error ? error.name : String(error))}.`
  return new Fault('engine_unreachable', sentence, { cause: error })
}

/** Bun does not say that it could not read a certificate or a key. */
function materialProblem({ ca, cert, key }: TlsFiles, { source, user }: Place): string | null {
  try {
    if (ca !== undefined) new X509Certificate(ca)
  } catch {
    return `The certificate-authority in ${source} is no certificate in PEM.`
  }
  try {
    const certificate = cert === undefined ? null : new X509Certificate(cert)
    const own = key === undefined ? null : createPrivateKey(key)
    if (certificate === null && own === null) return null
    if (certificate !== null && own !== null && certificate.checkPrivateKey(own)) return null
  } catch {
    // Said below: whatever is wrong with one of them, the pair is of no use.
  }
  return `The client certificate and the key of ${user} in ${source} are no pair in PEM.`
}
