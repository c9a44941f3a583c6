import { describe, expect, test } from 'bun:test'
import { linesOf } from '../../src/engine/argo/client/lines.ts'
import { all, rejection } from './ground.ts'

async function* chunks(...texts: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield typeof text === 'string' ? Buffer.from(text) : text
}

describe('the lines of a stream', () => {
  test('are whole however they are cut', async () => {
    const text = '{"a":1}\n{"b":"παρά"}\n\n{"c":3}\n'
    for (let size = 1; size < text.length; size += 1) {
      const bytes = Buffer.from(text)
      const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) =>
        bytes.subarray(n * size, (n + 1) * size),
      )

      expect(await all(linesOf(chunks(...pieces), 100))).toEqual(['{"a":1}', '{"b":"παρά"}', '', '{"c":3}'])
    }
  })

  test('are dropped where the last one was cut off', async () => {
    expect(await all(linesOf(chunks('one\ntw'), 100))).toEqual(['one'])
  })

  test('are a Fault where one never ends', async () => {
    const error = await rejection(all(linesOf(chunks('x'.repeat(60), 'x'.repeat(60)), 100)))

    expect(error.message).toContain('more than 100 bytes')
  })
})
