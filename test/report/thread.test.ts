import { describe, expect, test } from 'bun:test'
import { Fault } from '../../src/domain/fault.ts'
import { parseReport } from '../../src/report/parse.ts'
import { parseOnThread } from '../../src/report/thread.ts'
import { bytesOf, fixture } from './read.ts'

const ENTRY = new URL('../../src/report/worker.ts', import.meta.url)
const never = new AbortController().signal

describe('the thread of a report', () => {
  test('says what the parser says', async () => {
    const bytes = fixture('bandit.sarif')

    expect(await parseOnThread(ENTRY, { format: 'sarif', bytes }, never)).toEqual(parseReport('sarif', bytes))
  })

  test('answers a fault with its words', async () => {
    const read = parseOnThread(ENTRY, { format: 'junit', bytes: bytesOf('<a/>') }, never)

    await expect(read).rejects.toThrow(Fault)
    await expect(read).rejects.toThrow('Its root is <a>')
  })

  test('reads 50,000 findings', async () => {
    const results = Array.from({ length: 50_000 }, (_, at) => ({
      ruleId: `rule-${at % 100}`,
      message: { text: `A finding, number ${at}, that says what is wrong here` },
      locations: [{ physicalLocation: { artifactLocation: { uri: `src/${at % 1_000}.ts` } } }],
    }))
    const document = { version: '2.1.0', runs: [{ tool: { driver: { name: 'Big' } }, results }] }

    const { findings } = await parseOnThread(
      ENTRY,
      { format: 'sarif', bytes: bytesOf(JSON.stringify(document)) },
      never,
    )

    expect(new Set(findings.map(({ fingerprint }) => fingerprint)).size).toBe(50_000)
  })

  test('is stopped when nobody waits any more', async () => {
    const stop = new AbortController()
    const read = parseOnThread(ENTRY, { format: 'sarif', bytes: fixture('bandit.sarif') }, stop.signal)

    stop.abort(new Error('The server stops.'))

    await expect(read).rejects.toThrow('The server stops.')
  })
})
