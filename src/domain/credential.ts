/** What a repository asks for before it is read. Never put on a command line, never written to `.git/config`. */
export type GitCredential =
  | { readonly kind: 'https'; readonly username: string; readonly password: string }
  /** `knownHosts` as in OpenSSH's file of that name; a host that is not in it is refused. */
  | { readonly kind: 'ssh'; readonly privateKey: string; readonly knownHosts: string }

/** Where images are kept, and what it asks for before one is pushed. */
export interface RegistryCredential {
  readonly kind: 'registry'
  /** `registry.example:5000`. */
  readonly address: string
  /** Empty, as the password is then, where it is open to everybody. */
  readonly username: string
  readonly password: string
  /** Without TLS: whoever is on the way can read the password. */
  readonly plainHttp: boolean
}

export type Credential = GitCredential | RegistryCredential

export const CREDENTIAL_KINDS = ['https', 'ssh', 'registry'] as const satisfies readonly Credential['kind'][]
export type CredentialKind = (typeof CREDENTIAL_KINDS)[number]

/** The parts of a credential that logs must hide. */
export function secretsOf(credential: Credential | null): readonly string[] {
  if (credential === null) return []
  switch (credential.kind) {
    case 'https':
      return [credential.password]
    case 'ssh':
      return [credential.privateKey]
    case 'registry':
      return credential.password === '' ? [] : [credential.password, basic(credential)]
    default:
      return credential satisfies never
  }
}

/** A registry's user name and password as programs write them down, and send them. */
function basic({ username, password }: RegistryCredential): string {
  return Buffer.from(`${username}:${password}`).toString('base64')
}

/** Docker's own file has the first hub under a name of its own: https://docs.docker.com/reference/cli/docker/login/ */
const HUB = { address: 'docker.io', dockers: 'https://index.docker.io/v1/' }

/** The file by which buildah, podman, skopeo and docker are let into a registry. */
export function registryFile(credential: RegistryCredential): string {
  const { address, password } = credential
  if (password === '') return '{"auths":{}}'
  const names = address === HUB.address ? [address, HUB.dockers] : [address]
  return JSON.stringify({
    auths: Object.fromEntries(names.map((name) => [name, { auth: basic(credential) }])),
  })
}

/** What is wrong with a registry's address, as a sentence; null where nothing is. */
export function registryAddressProblem(text: string): string | null {
  if (/^[a-z]+:\/\//i.test(text))
    return 'The address of a registry has no https:// before it: registry.example or registry.example:5000.'
  return /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*|\[[0-9a-fA-F:]+\])(?::\d{1,5})?$/.test(
    text,
  )
    ? null
    : 'The address of a registry is a host, and a port where it is not the usual one: registry.example:5000.'
}

/** Why an address must not be read with a credential of this kind, as a sentence; null where it may. */
export function credentialProblem(name: string, kind: CredentialKind, url: string): string | null {
  if (kind === 'registry') return `Credential ${name} is of a registry. Name one of kind https or ssh.`
  const scheme = /^(https?|ssh):\/\//i.exec(url)?.[1]?.toLowerCase()
  if (kind === 'ssh') {
    const isSsh = scheme === 'ssh' || (scheme === undefined && /^[^/]+:/.test(url))
    return isSsh
      ? null
      : `Credential ${name} is an SSH key. Write the address as ssh://user@host/path.git, or name one of kind https.`
  }
  if (scheme === 'https') return null
  if (scheme !== 'http')
    return `Credential ${name} is a password for HTTPS. Write the address as https://host/path.git, or name one of kind ssh.`
  return isLoopback(url)
    ? null
    : `Credential ${name} would cross the network in the clear. Write the address with https://.`
}

function isLoopback(url: string): boolean {
  if (!URL.canParse(url)) return false
  return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(new URL(url).hostname)
}

/** What is wrong with a private key before anybody has tried it, as a sentence; null where nothing is. */
export function privateKeyProblem(text: string): string | null {
  const body = /-----BEGIN ([A-Z ]*)PRIVATE KEY-----([\s\S]+?)-----END \1PRIVATE KEY-----/.exec(text)
  if (body === null)
    return 'That is no private key: it begins with “-----BEGIN … PRIVATE KEY-----”. The file without .pub holds it.'
  const [, kind = '', inside = ''] = body
  const isLocked = kind.includes('ENCRYPTED') || inside.includes('ENCRYPTED') || hasCipher(inside)
  return isLocked
    ? 'The key asks for a passphrase, which nobody is there to type. Take it off with “ssh-keygen -p”.'
    : null
}

/** OpenSSH's own format says by name how the key is encrypted: `openssh-key-v1`, a NUL, and a length before the name. */
function hasCipher(base64: string): boolean {
  const bytes = Buffer.from(base64, 'base64')
  const magic = 'openssh-key-v1\0'
  if (bytes.subarray(0, magic.length).toString('latin1') !== magic) return false
  const from = magic.length + 4
  const length = bytes.length < from ? 0 : bytes.readUInt32BE(magic.length)
  return bytes.subarray(from, from + length).toString('latin1') !== 'none'
}

/** What is wrong with a list of known hosts, as a sentence; null where nothing is. */
export function knownHostsProblem(text: string): string | null {
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'))
  if (lines.length === 0) return 'Name the host: “ssh-keyscan git.example” prints the lines that stand here.'
  const wrong = lines.find((line) => line.trim().split(/\s+/).length < 3)
  return wrong === undefined
    ? null
    : `“${wrong.slice(0, 60)}” is no line of known_hosts: it has a host, a kind of key and the key.`
}

/** Files with an SSH credential's parts; only their owner can read them. */
export interface KeyFiles {
  readonly key: string
  readonly knownHosts: string
}

/** How files of a key must end to be read, whatever system they were copied from. */
export function fileText(text: string): string {
  return `${text.replaceAll('\r\n', '\n').trimEnd()}\n`
}

/**
 * Variables by which git, and what git starts, get a credential. Not as a header: git sends those on to whatever host
 * it is redirected to. A helper is asked, and answers for this very origin alone. Its text holds no secret.
 */
export function passwordVariables(
  url: string,
  { username, password }: Extract<GitCredential, { kind: 'https' }>,
): Readonly<Record<string, string>> {
  return {
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: `credential.${new URL(url).origin}.helper`,
    GIT_CONFIG_VALUE_0:
      '!answer() { test "$1" != get || printf \'username=%s\\npassword=%s\\n\' "$PERIPLUS_USERNAME" "$PERIPLUS_PASSWORD"; }; answer',
    PERIPLUS_USERNAME: username,
    PERIPLUS_PASSWORD: password,
  }
}

/** The command by which git reaches a host with a key: this key and no other, to hosts that were written down. */
export function sshCommand({ key, knownHosts }: KeyFiles): string {
  const settings = [
    'BatchMode=yes',
    'IdentitiesOnly=yes',
    'IdentityAgent=none',
    'PreferredAuthentications=publickey',
    `IdentityFile=${quoted(key)}`,
    'StrictHostKeyChecking=yes',
    `UserKnownHostsFile=${quoted(knownHosts)}`,
    'GlobalKnownHostsFile=/dev/null',
    'UpdateHostKeys=no',
    'ConnectTimeout=15',
    'ServerAliveInterval=10',
  ]
  return ['ssh', '-F', '/dev/null', ...settings.map((one) => `-o '${one}'`)].join(' ')
}

/** For ssh, which splits at blanks and expands percent signs, inside single quotes of a shell. */
function quoted(path: string): string {
  return `"${path.replaceAll('%', '%%').replaceAll("'", `'\\''`)}"`
}
