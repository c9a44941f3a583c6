import { SQLiteError } from 'bun:sqlite'
import { Fault } from '../domain/fault.ts'

/** What SQLite and the disk say when they cannot go on, and what that means for the person who asked. */
const TROUBLES: readonly (readonly [codes: RegExp, sentence: (file: string) => string])[] = [
  [
    /^(SQLITE_FULL|ENOSPC|EDQUOT)/,
    (file) =>
      `The disk that holds ${file} is full, so this change was not stored; everything stored before stands. Free some space and try again.`,
  ],
  [
    /^(SQLITE_BUSY|SQLITE_LOCKED)/,
    (file) =>
      `Another program holds ${file} locked, so this change was not stored; everything stored before stands. End that program (a copy or a shell opened on the file) and try again.`,
  ],
  [
    /^(SQLITE_READONLY|SQLITE_PERM|SQLITE_CANTOPEN|SQLITE_AUTH|EACCES|EPERM|EROFS|EISDIR|ENOTDIR|EEXIST)/,
    (file) =>
      `${file} cannot be opened for writing; nothing was changed. See that the server's user owns it and its directory.`,
  ],
  [
    /^(SQLITE_CORRUPT|SQLITE_NOTADB)/,
    (file) =>
      `${file} is damaged: SQLite cannot read it. Nothing was changed; keep the file, and restore the latest backup.`,
  ],
  [
    /^SQLITE_IOERR/,
    (file) =>
      `Reading or writing ${file} failed, so this change was not stored; everything stored before stands. Look for disk errors in the system's log.`,
  ],
]

/** A Fault with a sentence for what the disk or the lock refused; any other error as it was. */
export function storeFault(error: unknown, file: string): unknown {
  const code = codeOf(error)
  const trouble = code === null ? undefined : TROUBLES.find(([codes]) => codes.test(code))
  if (trouble === undefined) return error
  return new Fault('internal', trouble[1](file), { cause: error })
}

/** The same functions, whose trouble with the disk, a lock or a damaged file is a Fault with a sentence. */
export function withFaults<Part extends object>(part: Part, file: string): Part {
  const guarded = Object.entries(part).map(([name, member]) => {
    if (typeof member === 'function') return [name, guard(member, file)]
    return [name, typeof member === 'object' && member !== null ? withFaults(member, file) : member]
  })
  // Each name has a member of the type it had.
  return Object.fromEntries(guarded) as Part
}

function guard(work: (...given: unknown[]) => unknown, file: string) {
  const told = (error: unknown): never => {
    throw storeFault(error, file)
  }
  return (...given: unknown[]) => {
    try {
      const result = work(...given)
      return result instanceof Promise ? result.catch(told) : result
    } catch (error) {
      return told(error)
    }
  }
}

function codeOf(error: unknown): string | null {
  if (error instanceof SQLiteError) return error.code ?? null
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code
  return null
}
