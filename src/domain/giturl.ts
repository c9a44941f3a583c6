/** Longer addresses are nobody's; git and its helpers get them on their command lines. */
const URL_LENGTH_MAX = 2_048

/**
 * `git@host:path`, as ssh writes it: a host and its first colon, without a slash before it. A host of one word needs
 * its user, so that `javascript:…` is no address.
 */
const SCP =
  /^(?:[A-Za-z0-9._~-]+@[A-Za-z0-9][A-Za-z0-9.-]*|[A-Za-z0-9][A-Za-z0-9-]*\.[A-Za-z0-9.-]+):(?!\/\/)[^\s:][^\s]*$/

const REMOTE = ['https:', 'http:', 'ssh:'] as const

export interface GitUrlOptions {
  /** Whether file:// and paths may be read: with the server's own rights, so off unless configured. */
  readonly allowFile: boolean
}

/** Why git must not be given this address, as a sentence; null where it may. */
export function gitUrlProblem(url: string, options: GitUrlOptions): string | null {
  if (url.length > URL_LENGTH_MAX) return `The address is longer than ${URL_LENGTH_MAX} characters.`
  if (/[\s\u0000-\u001f\u007f]/.test(url)) return 'The address has a blank or a control character.'
  // Git would take it for an option.
  if (url.startsWith('-')) return 'The address begins with a dash.'
  if (/^file:/i.test(url) || /^[./~]/.test(url)) return fileProblem(options)
  if (!url.includes('://')) return SCP.test(url) ? null : unknownForm(url)
  return remoteProblem(url)
}

function fileProblem(options: GitUrlOptions): string | null {
  if (options.allowFile) return null
  return 'A repository on the server’s own disk needs the option git.allowFile. Use https:// or ssh://.'
}

function remoteProblem(text: string): string | null {
  // A URL parser takes the first part of the path for a missing host; git does not.
  if (!URL.canParse(text) || /^[^:]+:\/\/\//.test(text)) return unknownForm(text)
  const url = new URL(text)
  if (!REMOTE.some((protocol) => protocol === url.protocol)) return unknownForm(text)
  if (url.hostname === '' || url.hostname.startsWith('-')) return 'The address names no host.'
  if (url.password !== '' || (url.username !== '' && url.protocol !== 'ssh:')) {
    return 'The address holds a user or a password, which everyone who may see the workflow could read. Take them out.'
  }
  return null
}

function unknownForm(url: string): string {
  const scheme = /^([A-Za-z0-9+-]+):/.exec(url)?.[1]
  const what =
    scheme === undefined ? 'That is no address of a repository.' : `Git must not use ${scheme} here.`
  return `${what} Write https://host/path.git, ssh://user@host/path.git or user@host:path.git.`
}
