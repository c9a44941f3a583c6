import { fileText, passwordVariables, sshCommand } from '../../domain/credential.ts'
import type { SegmentOrder } from '../engine.ts'
import {
  BARE_REFUSED,
  CERTAIN_NO,
  FALLBACK_DEPTH,
  LOW_SPEED_BYTES,
  LOW_SPEED_S,
  refspec,
  shown,
  TRIES_MAX,
} from '../remote.ts'
import text from './checkout.sh' with { type: 'text' }
import { bare, HOME } from './wrapper.ts'

export interface CheckoutOptions {
  readonly allowFile: boolean
  /** Whether its lines stand in a fold, at the head of a stage that has lines of its own to come. */
  readonly folded: boolean
}

/** The script of a checkout, whole. It holds no credential: `accessOf` says how Git gets that. */
export function checkoutScript(
  source: SegmentOrder['source'],
  { allowFile, folded }: CheckoutOptions,
): string {
  const values = {
    url: source.url,
    shown: shown(source.url),
    sha: source.sha,
    branch: source.branch ?? '',
    ref: refspec(source) ?? '',
    fold: folded ? '1' : '',
    protocols: allowFile ? 'https:http:ssh:file' : 'https:http:ssh',
    low_bytes: String(LOW_SPEED_BYTES),
    low_seconds: String(LOW_SPEED_S),
    depth: String(FALLBACK_DEPTH),
    tries_max: String(TRIES_MAX),
    bare_refused: BARE_REFUSED.source,
    certain_no: CERTAIN_NO.source,
  }
  const lines = Object.entries(values).map(([name, value]) => `${name}=${quoted(value)}`)
  return `${lines.join('\n')}\n${bare(text)}\n`
}

function quoted(value: string): string {
  return `'${value.replaceAll("'", `'\\''`)}'`
}

/** How Git gets a credential: variables, of which some are secret, and files, which all are. */
export interface Access {
  readonly env: Readonly<Record<string, string>>
  readonly secrets: readonly string[]
  /** By name, below `KEYS`. */
  readonly files: Readonly<Record<string, string>>
}

/** Where the files of a credential are mounted. */
export const KEYS = '/etc/periplus/git'
/** OpenSSH runs for no user without a name, so that a pod's user gets one where its image has none. */
export const PASSWD = 'passwd'

export function accessOf(source: SegmentOrder['source'], user: number, group: number): Access {
  const { credential, url } = source
  if (credential === null) return { env: {}, secrets: [], files: {} }
  switch (credential.kind) {
    case 'https':
      return {
        env: passwordVariables(url, credential),
        secrets: ['PERIPLUS_USERNAME', 'PERIPLUS_PASSWORD'],
        files: {},
      }
    case 'ssh':
      return {
        env: { GIT_SSH_COMMAND: sshCommand({ key: `${KEYS}/key`, knownHosts: `${KEYS}/known_hosts` }) },
        secrets: [],
        files: {
          key: fileText(credential.privateKey),
          known_hosts: fileText(credential.knownHosts),
          [PASSWD]: `root:x:0:0:root:/root:/bin/sh\nperiplus:x:${user}:${group}::${HOME}:/bin/sh\n`,
        },
      }
    default:
      return credential satisfies never
  }
}
