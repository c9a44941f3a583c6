import { type GitCredential, secretsOf } from '../domain/credential.ts'
import { Fault } from '../domain/fault.ts'
import { masker } from '../domain/mask.ts'

/** Nobody can tell just now: it is waited for, with this reason shown, and asked again. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable'
}

type Reading = { readonly said: RegExp } /** `known`: where a credential was shown. */ & (
  | { readonly kind: 'invalid'; readonly sentence: string; readonly known?: string }
  | { readonly kind: 'unreachable'; readonly sentence: string }
)

/** What git and its helpers say in English, first match first, and what that means. Its own words may name paths and addresses. */
const READINGS: readonly Reading[] = [
  {
    kind: 'unreachable',
    said: /could not resolve (?:host|proxy)|name or service not known|temporary failure in name/i,
    sentence: 'The repository’s host is not known to the name service.',
  },
  {
    kind: 'unreachable',
    said: /connection refused|couldn'?t connect|failed to connect/i,
    sentence: 'The repository’s host takes no connection.',
  },
  {
    kind: 'unreachable',
    said: /timed out|operation too slow|no route to host|network is unreachable/i,
    sentence: 'The repository’s host does not answer.',
  },
  {
    kind: 'unreachable',
    said: /host key verification failed/i,
    sentence:
      'The repository’s host shows a key that known_hosts does not have. Add it there, or to the credential’s known hosts.',
  },
  {
    kind: 'unreachable',
    said: /certificate|ssl|tls/i,
    sentence: 'No secure connection to the repository’s host can be made.',
  },
  {
    kind: 'unreachable',
    said: /returned error: (?:5\d\d|429|408)/i,
    sentence: 'The repository’s host has trouble of its own.',
  },
  {
    kind: 'invalid',
    said: /authentication failed|could not read (?:username|password)|terminal prompts disabled|returned error: 40[13]|permission denied/i,
    sentence: 'The repository does not exist or wants to know who asks. Name a credential that may read it.',
    known: 'The repository does not exist, or the credential may not read it.',
  },
  {
    kind: 'invalid',
    said: /transport '.*' not allowed/i,
    sentence: 'The repository sends git to a protocol that is not allowed.',
  },
  {
    kind: 'invalid',
    said: /HTTP 30\d|returned error: 30\d/i,
    sentence: 'The repository’s address leads elsewhere. Write the address that it leads to.',
  },
  {
    kind: 'invalid',
    said: /not found|does not exist|does not appear to be a git repository|not valid: is this a git repository|no such file/i,
    sentence: 'There is no repository at this address.',
  },
]

/** What a failed call of git means. Whatever is not known for sure is unreachable: only a certain no ends an execution. */
export function faultOf(error: unknown, credential: GitCredential | null): Fault | Unreachable {
  const said = error instanceof Error ? error.message : String(error)
  const reading = READINGS.find((candidate) => candidate.said.test(said))
  if (reading?.kind === 'invalid')
    return new Fault('invalid', (credential === null ? null : reading.known) ?? reading.sentence)
  // A host may say back what it was sent.
  const [words = ''] = masker(secretsOf(credential))([lastLine(said)])
  return new Unreachable(reading?.sentence ?? `Git could not ask the repository: ${words}`)
}

/** Git's last words are the ones that matter; cut, for they are shown as a reason. */
function lastLine(text: string): string {
  const line = text.trim().split('\n').at(-1) ?? ''
  return line.length > 300 ? `${line.slice(0, 300)}…` : line
}
