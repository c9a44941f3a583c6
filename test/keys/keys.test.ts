import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { Fault } from '../../src/domain/fault.ts'
import { openKeys } from '../../src/keys/keys.ts'

let directory = ''
let file = ''

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'periplus-keys-'))
  file = join(directory, 'key')
})

afterEach(() => rmSync(directory, { recursive: true }))

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString()
}

function fault(work: () => unknown): Fault {
  try {
    work()
  } catch (error) {
    if (error instanceof Fault) return error
    throw error
  }
  throw new Error('it succeeded')
}

describe('a sealed value', () => {
  test('is opened by its context', () => {
    const keys = openKeys(file)

    const sealed = keys.seal('s3cr3t', 'secret:npm-token')

    expect(text(keys.open(sealed, 'secret:npm-token'))).toBe('s3cr3t')
  })

  test('may be any bytes, none included', () => {
    const keys = openKeys(file)

    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5_000 }), fc.string(), (plain, context) => {
        expect([...keys.open(keys.seal(plain, context), context)]).toEqual([...plain])
      }),
    )
  })

  test('does not show its text', () => {
    expect(Buffer.from(openKeys(file).seal('s3cr3t', 'a')).includes('s3cr3t')).toBe(false)
  })

  test('is different each time', () => {
    const keys = openKeys(file)

    expect(keys.seal('s3cr3t', 'a')).not.toEqual(keys.seal('s3cr3t', 'a'))
  })

  test('is still opened after a restart', () => {
    const sealed = openKeys(file).seal('s3cr3t', 'a')

    expect(text(openKeys(file).open(sealed, 'a'))).toBe('s3cr3t')
  })

  test('is not opened as another secret’s value', () => {
    const keys = openKeys(file)
    const sealed = keys.seal('s3cr3t', 'secret:a')

    expect(fault(() => keys.open(sealed, 'secret:b')).kind).toBe('internal')
  })

  test('is not opened where any one of its bytes was changed', () => {
    const keys = openKeys(file)
    const sealed = keys.seal('s3cr3t', 'a')

    for (let at = 0; at < sealed.length; at += 1) {
      const changed = sealed.map((byte, index) => (index === at ? byte ^ 1 : byte))
      expect(fault(() => keys.open(changed, 'a')).kind).toBe('internal')
    }
  })

  test('is not opened where its end is missing', () => {
    const keys = openKeys(file)
    const sealed = keys.seal('s3cr3t', 'a')

    for (let length = 0; length < sealed.length; length += 1) {
      expect(fault(() => keys.open(sealed.subarray(0, length), 'a')).kind).toBe('internal')
    }
  })

  test('says so where it was sealed with another key', () => {
    const sealed = openKeys(join(directory, 'other')).seal('s3cr3t', 'secret:npm-token')

    const { kind, message } = fault(() => openKeys(file).open(sealed, 'secret:npm-token'))

    expect(kind).toBe('internal')
    expect(message).toContain('secret:npm-token was encrypted with another key')
    expect(message).not.toContain('s3cr3t')
  })
})

describe('the key file', () => {
  test('is made at the first start, for its owner alone, and nothing is left beside it', () => {
    openKeys(file)

    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(readdirSync(directory)).toEqual(['key'])
  })

  test('is never written again', () => {
    openKeys(file)
    const before = readFileSync(file, 'utf8')

    openKeys(file)

    expect(readFileSync(file, 'utf8')).toBe(before)
  })

  test('is refused where others can read it', () => {
    openKeys(file)
    chmodSync(file, 0o644)

    expect(fault(() => openKeys(file)).message).toContain('Others can read the key file')
  })

  test('is refused where it holds no key, and left as it is', () => {
    writeFileSync(file, 'hello\n', { mode: 0o600 })

    expect(fault(() => openKeys(file)).message).toContain('holds no key')
    expect(readFileSync(file, 'utf8')).toBe('hello\n')
  })

  test('that cannot be made names its path', () => {
    const nowhere = join(directory, 'missing', 'key')

    expect(fault(() => openKeys(nowhere)).message).toContain(nowhere)
  })
})
