import { afterAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { parseOutputs } from '../../src/engine/outputs.ts'
import { POOR, SHELLS } from './argo/shells.ts'

const dir = mkdtempSync(join(tmpdir(), 'periplus-outputs-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const parse = (text: string) => parseOutputs(Buffer.from(text))

test('outputs are lines of key=value, and of key<<END with the lines up to END', () => {
  expect(parse('a=1\n\n b.c-d = x = y \nempty=\n')).toEqual({ a: '1', 'b.c-d': ' x = y ', empty: '' })
  expect(parse('text << END\none\n\n END\nEND\nlast=ü')).toEqual({ text: 'one\n\n END', last: 'ü' })
  expect(parse('none<<E\nE\na=1\na=2')).toEqual({ none: '', a: '2' })
})

test('lines may end as on Windows, and NUL bytes are left out as a shell leaves them out', () => {
  expect(parse('a=1\r\nb<<END\r\none\r\nEND\r\n')).toEqual({ a: '1', b: 'one\r' })
  expect(parse('a\0=b\0c\n')).toEqual({ a: 'bc' })
})

test('the first line that is neither is named', () => {
  for (const [text, line] of [
    ['a=1\nnonsense\n', 2],
    ['1a=1', 1],
    ['=1', 1],
    ['a b=1', 1],
    ['a<b', 1],
    ['a<<', 1],
    ['a<<\n\n', 1],
    ['ok=1\na<<END\nb=2\n', 2],
    ['\ufeffa=1', 1],
    ['a\u00a0=1', 1],
  ] as const)
    expect(() => parse(text), text).toThrow(
      `Line ${line} of PERIPLUS_OUTPUT is neither key=value nor key<<END with an END of its own.`,
    )
})

describe.each([...SHELLS, ...POOR])('the wrapper in $name', (shell) => {
  test('finds the same lines wrong', () => {
    const word = fc.constantFrom(
      'a',
      'b9',
      '_',
      '-',
      'END',
      '<<',
      '<',
      '=',
      ' ',
      '\t',
      '\r',
      '\0',
      '\\',
      '$x',
      '*',
      'é',
      '\v',
    )
    const line = fc.array(word, { maxLength: 6 }).map((words) => words.join(''))
    const text = fc.array(line, { maxLength: 8 }).map((lines) => Buffer.from(lines.join('\n')))
    const bytes = fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array))
    const samples = fc.sample(fc.oneof({ weight: 5, arbitrary: text }, bytes), { numRuns: 400, seed: 1 })

    for (const [index, sample] of samples.entries()) writeFileSync(join(dir, `${index}`), sample)
    const script = `${MALFORMED}\ni=0; while [ $i -lt ${samples.length} ]; do echo "$(malformed <"${dir}/$i")"; i=$((i + 1)); done`
    const { stdout } = Bun.spawnSync(['sh', '-c', script], { env: { PATH: shell.path, LC_ALL: 'C.UTF-8' } })

    const found = stdout.toString().split('\n').slice(0, -1)
    expect(found.length).toBe(samples.length)
    for (const [index, sample] of samples.entries())
      expect({ sample: sample.toString('latin1'), line: found[index] }).toEqual({
        sample: sample.toString('latin1'),
        line: wrongLine(sample),
      })
  })
})

/** The wrapper's own check. */
const MALFORMED =
  /^malformed\(\) \{[\s\S]*?^\}/m.exec(
    readFileSync(join(import.meta.dir, '../../src/engine/argo/wrapper.sh'), 'utf8'),
  )?.[0] ?? ''

function wrongLine(bytes: Buffer): string {
  try {
    parseOutputs(bytes)
    return ''
  } catch (error) {
    return /^Line (\d+) /.exec(error instanceof Error ? error.message : '')?.[1] ?? 'thrown'
  }
}
