import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import { Fault } from '../domain/fault.ts'
import { keyFrom } from './file.ts'

/** Encryption of secrets at rest. Sealing the same value twice gives different bytes. */
export interface Keys {
  /** `context` says what is sealed and for whom, `secret:npm-token`; only the same context opens it again. */
  seal(plain: Uint8Array | string, context: string): Uint8Array
  /** Throws a Fault `internal` where the bytes were changed, belong to another context or to another key. */
  open(sealed: Uint8Array, context: string): Uint8Array
}

/*
 * version, 1 byte · key id, 4 · nonce, 12 · ciphertext · tag, 16.
 * The key id tells a wrong key, which has a remedy, from bytes that were changed, which have none.
 */
const VERSION = 1
const KEY_ID_BYTES = 4
/** 96 bits, as AES-GCM wants. Random, which is safe for 2³² values of one key. */
const NONCE_BYTES = 12
const TAG_BYTES = 16
const HEADER_BYTES = 1 + KEY_ID_BYTES
const LEAST_BYTES = HEADER_BYTES + NONCE_BYTES + TAG_BYTES

/** Takes the key out of a file that only its owner can read; makes both at the first start. */
export function openKeys(file: string): Keys {
  const key = keyFrom(file)
  const header = Buffer.concat([
    Buffer.of(VERSION),
    createHash('sha256').update(key).digest().subarray(0, KEY_ID_BYTES),
  ])
  return {
    seal(plain, context) {
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES }).setAAD(
        bound(header, context),
      )
      return Buffer.concat([header, nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
    },
    open(sealed, context) {
      const bytes = Buffer.from(sealed)
      check(bytes, header, context, file)
      const body = bytes.subarray(HEADER_BYTES + NONCE_BYTES, -TAG_BYTES)
      const decipher = createDecipheriv(
        'aes-256-gcm',
        key,
        bytes.subarray(HEADER_BYTES, HEADER_BYTES + NONCE_BYTES),
        { authTagLength: TAG_BYTES },
      )
      decipher.setAAD(bound(header, context)).setAuthTag(bytes.subarray(-TAG_BYTES))
      try {
        return Buffer.concat([decipher.update(body), decipher.final()])
      } catch (cause) {
        throw new Fault(
          'internal',
          `What is stored as ${context} was changed since it was encrypted. Set it anew.`,
          { cause },
        )
      }
    },
  }
}

function bound(header: Uint8Array, context: string): Uint8Array {
  return Buffer.concat([header, Buffer.from(context)])
}

function check(bytes: Buffer, header: Uint8Array, context: string, file: string): void {
  if (bytes.length < LEAST_BYTES || bytes[0] !== VERSION) {
    throw new Fault(
      'internal',
      `What is stored as ${context} is not in a form that this version can decrypt.`,
    )
  }
  if (!bytes.subarray(0, HEADER_BYTES).equals(header)) {
    throw new Fault(
      'internal',
      `What is stored as ${context} was encrypted with another key than that of ${file}. Bring that key file back, or set it anew.`,
    )
  }
}
