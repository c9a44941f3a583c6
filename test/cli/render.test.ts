import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { parse, parseAllDocuments } from 'yaml'
import { documentsOf } from '../../src/cli/render.ts'
import { yamlOf } from '../../src/cli/yaml.ts'
import type { RenderingWire } from '../../src/contract/schemas.ts'

const kinds = (...names: readonly string[]) => names.map((kind) => ({ kind }))
const gate: NonNullable<RenderingWire['segments'][number]['gate']> = {
  kind: 'approval',
  environment: 'live',
  approvers: ['alice', 'bob'],
  quorum: 1,
  expiresMs: 259_200_000,
}
const rendering: RenderingWire = {
  workflow: 'shop',
  version: 3,
  branch: 'main',
  tag: null,
  sha: 'abc',
  segments: [
    {
      ...{ number: 0, engine: 'argo', environment: null, gate: null },
      ...{ stages: ['source', 'build'], objects: kinds('Workflow', 'Secret') },
    },
    { number: 1, engine: 'local', environment: 'dev', gate: null, stages: ['deploy.dev'], objects: [] },
    {
      ...{ number: 2, engine: 'argo', environment: 'live', gate },
      ...{ stages: ['deploy.live'], objects: kinds('Workflow') },
    },
  ],
  skipped: [{ stage: 'pre-build.lint', reason: 'if: tag v* does not match an execution without a tag' }],
}

describe('what is printed', () => {
  test('is a document an object, with all else as comments between them', () => {
    expect(documentsOf(rendering)).toBe(`# shop, version 3, at commit abc of branch main.
# Secrets stand as <secret NAME>, the execution’s ids as zeros; what segments hand on to later ones is not known yet.
# pre-build.lint is skipped: if: tag v* does not match an execution without a tag.
# Segment 1 of 3: source, build.
---
kind: Workflow
---
kind: Secret
# Segment 2 of 3: deploy.dev. It runs on local, and no cluster is given anything.
# Gate: waits for alice or bob to approve live within 3d.
# Segment 3 of 3: deploy.live.
---
kind: Workflow
`)
  })

  test('says what each kind of gate waits for', () => {
    const withGate = (change: Partial<typeof gate>) =>
      documentsOf({
        ...rendering,
        segments: rendering.segments.slice(2).map((one) => ({ ...one, gate: { ...gate, ...change } })),
      })

    expect(withGate({ quorum: 2, expiresMs: null })).toContain(
      '# Gate: waits for 2 of alice, bob to approve live.\n',
    )
    expect(withGate({ kind: 'deployment' })).toContain('# Gate: waits until a person deploys to live.\n')
  })

  test('has no empty document, which kubectl would complain of', () => {
    const documents = parseAllDocuments(documentsOf(rendering))

    expect([...documents].map((document) => document.toJS())).toEqual([
      ...kinds('Workflow', 'Secret', 'Workflow'),
    ])
  })
})

describe('YAML that every reader takes for the same', () => {
  test('leaves words plain and scripts readable', () => {
    const value = {
      apiVersion: 'argoproj.io/v1alpha1',
      image: 'node:24',
      args: ['set -e\n\nnpm ci\n  npm test\n'],
      count: 1,
      optional: false,
    }

    expect(yamlOf(value)).toBe(`apiVersion: argoproj.io/v1alpha1
image: node:24
args:
  - |
    set -e

    npm ci
      npm test
count: 1
optional: false
`)
  })

  test('quotes what some reader takes for anything but text', () => {
    const odd = [
      'yes',
      'NO',
      'y',
      'off',
      'null',
      '~',
      '',
      '0777',
      '1_000',
      '12:30',
      '1e3',
      '.inf',
      '2026-09-01',
      '=',
    ]
    for (const text of odd) expect(yamlOf([text])).toBe(`- ${JSON.stringify(text)}\n`)
  })

  test('escapes what some reader takes for the end of a line', () => {
    expect(yamlOf({ 'a\nb': 'x\u0085\u2028\ufeff\t\r\n' })).toBe(
      '"a\\nb": "x\\u0085\\u2028\\ufeff\\t\\r\\n"\n',
    )
  })

  test('comes back as it was, in YAML 1.1 and 1.2', () => {
    const pieces = fc.constantFrom(
      ...'aZ09.-_: \n\t#"\'\\|>?!&*%@`{}[],=<~e+x\r\u0007\u0085\u2028\ufeffé'.split(''),
    )
    const texts = fc.array(pieces, { maxLength: 8 }).map((parts) => parts.join(''))
    const values = fc.record({ list: fc.array(texts), map: fc.dictionary(texts, texts) })

    fc.assert(
      fc.property(values, (value) => {
        const written = yamlOf(value)
        for (const version of ['1.1', '1.2'] as const) expect(parse(written, { version })).toEqual(value)
      }),
      { numRuns: 200 },
    )
  })
})
