import { afterAll, describe, expect, test } from 'bun:test'
import { gzipSync } from 'node:zlib'
import { Fault } from '../../src/domain/fault.ts'
import { parseReport } from '../../src/report/parse.ts'
import { startReportThread } from '../../src/report/thread.ts'
import { bytesOf, fixture } from './read.ts'

const reader = startReportThread(new URL('../../src/report/worker.ts', import.meta.url))
afterAll(() => reader.close())

const keep = (text: string, secrets: readonly string[] = []) =>
  reader.keep({ body: bytesOf(text), packing: 'none' }, secrets)
const textOf = (packed: Uint8Array) =>
  new TextDecoder().decode(Bun.zstdDecompressSync(Uint8Array.from(packed)))

describe('the thread for reports', () => {
  test('says what the parser says, the worst first', async () => {
    const { packed } = await reader.keep({ body: fixture('bandit.sarif'), packing: 'none' }, [])
    const parsed = parseReport('sarif', fixture('bandit.sarif'))

    const { findings, summary } = await reader.open(packed, 'sarif')

    expect(summary).toEqual({ producer: parsed.producer, gate: null, tested: false })
    const told = await reader.findings(0, findings)
    expect(told.map(({ fingerprint }) => fingerprint).toSorted()).toEqual(
      parsed.findings.map(({ fingerprint }) => fingerprint).toSorted(),
    )
    expect(told[0]?.severity).toBe('high')
  })

  test('keeps a document as it is, from gzip, too', async () => {
    const body = fixture('pytest.xml')
    const plain = await reader.keep({ body, packing: 'none' }, ['not-in-there'])
    const zipped = await reader.keep({ body: gzipSync(body), packing: 'gzip' }, [])

    expect(plain.hash).toBe(new Bun.CryptoHasher('sha256').update(body).digest('hex'))
    expect(zipped).toEqual(plain)
    expect(textOf(plain.packed)).toBe(new TextDecoder().decode(body))
  })

  test('hides secrets as JSON and XML write them', async () => {
    const secret = `s3cr"et<&'x`
    const written = [
      JSON.stringify(secret),
      '<a b="s3cr&quot;et&lt;&amp;&apos;x"/>',
      `<a>s3cr"et&lt;&amp;'x</a>`,
      Buffer.from(secret).toString('base64'),
    ]

    const { packed, bytes } = await keep(written.join('\n'), [secret])

    expect(textOf(packed)).toBe('"***"\n<a b="***"/>\n<a>***</a>\n***g=')
    expect(bytes).toBe(textOf(packed).length)
  })

  test('answers a fault with its words', async () => {
    const { packed } = await keep('<a/>')

    const fault = await reader.open(packed, 'junit').catch((error: unknown) => error)

    expect(fault).toBeInstanceOf(Fault)
    expect(String(fault)).toContain('Its root is <a>')
  })

  test('takes neither what is torn nor what would be gigabytes', async () => {
    const torn = gzipSync(fixture('bandit.sarif')).subarray(0, 500)
    const bomb = gzipSync(new Uint8Array(100 * 1024 * 1024))

    for (const body of [torn, bomb, bytesOf('no gzip')]) {
      const fault = await reader.keep({ body, packing: 'gzip' }, []).catch((error: unknown) => error)
      expect(String(fault)).toContain('did not come through whole')
    }
  })

  test('reads 50,000 findings', async () => {
    const results = Array.from({ length: 50_000 }, (_, at) => ({
      ruleId: `rule-${at % 100}`,
      message: { text: `A finding, number ${at}, that says what is wrong here` },
      locations: [{ physicalLocation: { artifactLocation: { uri: `src/${at % 1_000}.ts` } } }],
    }))
    const document = { version: '2.1.0', runs: [{ tool: { driver: { name: 'Big' } }, results }] }
    const { packed } = await keep(JSON.stringify(document))

    const { findings } = await reader.open(packed, 'sarif')
    const all = await reader.findings(0, findings)

    expect(new Set(all.map(({ fingerprint }) => fingerprint)).size).toBe(50_000)
    expect(await reader.findings(49_999, 500)).toEqual(all.slice(-1))
  }, 60_000)

  test('is started anew after it was closed', async () => {
    await reader.close()

    expect((await keep('x')).bytes).toBe(1)
  })
})
