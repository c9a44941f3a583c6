import { expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Fault } from '../../src/domain/fault.ts'
import { withFaults } from '../../src/store/faults.ts'
import { openTestStore } from './fixture.ts'

test('whatever part of the store meets a full disk says so, and what stood stands', () => {
  const dir = mkdtempSync(join(tmpdir(), 'periplus-faults-'))
  const store = openTestStore(dir)
  store.secrets.put('first', new Uint8Array(10), 'alice', 1)
  // SQLite answers a page it may not have as it answers a disk that has none.
  store.state.sqlite.run('PRAGMA max_page_count = 1')

  expect(() => store.secrets.put('second', new Uint8Array(1_000_000), 'alice', 1)).toThrow(
    'The disk that holds',
  )

  expect(store.secrets.names().map(({ name }) => name)).toEqual(['first'])
  store.close()
  rmSync(dir, { recursive: true })
})

test('parts of parts and promises are told alike, and other errors stay what they are', async () => {
  const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
  const other = new Error('a broken assumption')
  const part = withFaults(
    { inner: { sync: () => fail(full), later: async () => fail(full) }, other: () => fail(other), size: 3 },
    'x.db',
  )

  expect(() => part.inner.sync()).toThrow(Fault)
  await expect(part.inner.later()).rejects.toThrow('The disk that holds x.db is full')
  expect(() => part.other()).toThrow(other)
  expect(part.size).toBe(3)
})

function fail(error: Error): never {
  throw error
}
