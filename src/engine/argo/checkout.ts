import type { GitCredential, SegmentOrder } from '../engine.ts'
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
      return passwordAccess(url, credential)
    case 'ssh':
      return {
        env: { GIT_SSH_COMMAND: SSH_COMMAND },
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

/**
 * Not as a header: Git sends those on to whatever host it is redirected to. A helper is asked, and answers for this very
 * origin alone.
 */
function passwordAccess(
  url: string,
  { username, password }: Extract<GitCredential, { kind: 'https' }>,
): Access {
  return {
    env: {
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: `credential.${new URL(url).origin}.helper`,
      GIT_CONFIG_VALUE_0:
        '!answer() { test "$1" != get || printf \'username=%s\\npassword=%s\\n\' "$PERIPLUS_USERNAME" "$PERIPLUS_PASSWORD"; }; answer',
      PERIPLUS_USERNAME: username,
      PERIPLUS_PASSWORD: password,
    },
    secrets: ['PERIPLUS_USERNAME', 'PERIPLUS_PASSWORD'],
    files: {},
  }
}

/** This key and no other, to hosts that were written down. */
const SSH_COMMAND = [
  'ssh -F /dev/null',
  ...[
    'BatchMode=yes',
    'IdentitiesOnly=yes',
    'IdentityAgent=none',
    'PreferredAuthentications=publickey',
    `IdentityFile=${KEYS}/key`,
    'StrictHostKeyChecking=yes',
    `UserKnownHostsFile=${KEYS}/known_hosts`,
    'GlobalKnownHostsFile=/dev/null',
    'UpdateHostKeys=no',
    'ConnectTimeout=15',
    'ServerAliveInterval=10',
  ],
].join(' -o ')

/** How files of a key must end to be read, whatever system they were copied from. */
function fileText(text: string): string {
  return `${text.replaceAll('\r\n', '\n').trimEnd()}\n`
}
