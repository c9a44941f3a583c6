import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { z } from 'zod'
import { tokensFile } from '../config/settings.ts'
import { environment } from '../config.ts'
import { Fault } from '../domain/fault.ts'

const Tokens = z.record(z.string(), z.string())

/** The token that `login` kept for a server; null where there is none. */
export function storedToken(server: string): string | null {
  return read()[server] ?? null
}

/** Keeps a token in a file that only its owner may read. */
export function storeToken(server: string, token: string): string {
  const file = tokensFile(environment())
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  writeFileSync(`${file}.new`, `${JSON.stringify({ ...read(), [server]: token }, null, 2)}\n`, {
    mode: 0o600,
  })
  chmodSync(`${file}.new`, 0o600)
  renameSync(`${file}.new`, file)
  return file
}

function read(): Readonly<Record<string, string>> {
  const file = tokensFile(environment())
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {}
    throw new Fault(
      'invalid',
      `The stored tokens in ${file} cannot be read. Mend its rights, or remove it and log in again.`,
      { cause: error },
    )
  }
  try {
    return Tokens.parse(JSON.parse(text))
  } catch (error) {
    throw new Fault('invalid', `${file} does not hold tokens. Remove it and log in again.`, { cause: error })
  }
}
