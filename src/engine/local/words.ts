const KNOWN: Readonly<Record<string, string>> = {
  ENOSPC: 'The disk is full.',
  EDQUOT: 'The disk quota is used up.',
  EROFS: 'The file system is read-only.',
  EMFILE: 'Too many files are open.',
  ENOMEM: 'The machine is out of memory.',
  EAGAIN: 'The machine takes no more processes.',
}

/** An error as a sentence for a person; the operating system's commonest in plain words. */
export function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return KNOWN[code] ?? error.message
}
