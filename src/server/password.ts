import { Fault } from '../domain/fault.ts'

/** OWASP's first choice for argon2id; about 40 ms on a small server. */
const ARGON2 = { algorithm: 'argon2id', memoryCost: 19_456, timeCost: 2 } as const
const PASSWORD_CHARS_MIN = 12
/** Beyond it a password is no safer, only slower to hash. */
const PASSWORD_CHARS_MAX = 200
/** Each takes 19 MiB and a core for a moment; more at once than this is nobody signing in. */
const AT_ONCE_MAX = 8

let atOnce = 0

/** What is wrong with a new password, as a sentence; null where nothing is. */
export function passwordTrouble(password: string): string | null {
  if (password.length < PASSWORD_CHARS_MIN)
    return `The password needs at least ${PASSWORD_CHARS_MIN} characters.`
  return password.length > PASSWORD_CHARS_MAX
    ? `The password may have ${PASSWORD_CHARS_MAX} characters at most.`
    : null
}

export function hashPassword(password: string): Promise<string> {
  return limited(() => Bun.password.hash(password, ARGON2))
}

/** True where the password is this person's. Takes as long for somebody who has none, or does not exist. */
export async function verifyPassword(password: string, hash: string | null): Promise<boolean> {
  if (password === '' || password.length > PASSWORD_CHARS_MAX) return false
  return limited(async () => {
    if (hash !== null) return Bun.password.verify(password, hash)
    await Bun.password.hash(password, ARGON2)
    return false
  })
}

async function limited<T>(work: () => Promise<T>): Promise<T> {
  if (atOnce >= AT_ONCE_MAX)
    throw new Fault('limited', 'Many people are signing in just now. Try again in a few seconds.')
  atOnce += 1
  try {
    return await work()
  } finally {
    atOnce -= 1
  }
}
