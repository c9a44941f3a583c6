import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** 256 bits of chance: nobody guesses it, so a plain hash of it is safe to store. */
const SECRET_BYTES = 32

/** A new secret for a cookie, a token or a link. */
export function newSecret(): string {
  return randomBytes(SECRET_BYTES).toString('base64url')
}

/** What is stored of a secret. */
export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}

/** Compares without telling by its time how much is alike. */
export function sameText(a: string, b: string): boolean {
  return timingSafeEqual(createHash('sha256').update(a).digest(), createHash('sha256').update(b).digest())
}
