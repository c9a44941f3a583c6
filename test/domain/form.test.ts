import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { parse } from 'yaml'
import { Fault } from '../../src/domain/fault.ts'
import { withChanges } from '../../src/domain/form/change.ts'
import { changesIn, controlName, markOf } from '../../src/domain/form/control.ts'
import {
  BUILD_FIELDS,
  type FieldSpec,
  fieldsOfTool,
  IMAGE_FIELDS,
  POD_FIELDS,
  PUSH_FIELDS,
  SCRIPT_FIELDS,
  SOURCE_FIELDS,
  STEP_FIELDS,
  WORKFLOW_FIELDS,
} from '../../src/domain/form/fields.ts'
import { formOf, shown, shownRef, shownVariables } from '../../src/domain/form/read.ts'
import { WISHES, withWish } from '../../src/domain/form/wish.ts'
import { type Path, valueAt } from '../../src/domain/path.ts'
import { TOOL_NAMES } from '../../src/domain/tools/tool.ts'
import { readDefinitions } from '../../src/domain/workflow.ts'
import { handwritten, type Json } from './handwriting.ts'
import { STOREFRONT, withLines } from './texts.ts'

const RUNS = 150

/** A field that was shown with `was`, and came back with `text`. */
function change(key: string, text: string, was: string) {
  return { key, text, was: markOf(was) }
}

/** A text after its fields were changed, each from what it showed. */
function filled(text: string, ...changes: readonly (readonly [string, string])[]): string {
  const before = fieldsOf(text)
  const changed = withChanges(
    text,
    changes.map(([key, text]) => change(key, text, before.get(key)?.text ?? '')),
  )
  expect(changed.refused).toEqual([])
  return changed.text
}

test('a tool comes with what it cannot do without, and stays one however empty', () => {
  let text = withWish(withLines(), 'add', 'tools.preBuild.detect-secrets').text
  text = withWish(text, 'add', 'tools.preBuild').text
  text = withWish(text, 'add', 'tools.preBuild.sonarqube').text
  text = filled(
    text,
    ['tools.preBuild[0].detect-secrets.failOn', ''],
    ['tools.preBuild[2].sonarqube.projectKey', 'shop'],
    ['tools.preBuild[2].sonarqube.retries', '2'],
  )

  expect(parse(text).tools.preBuild).toEqual([
    { 'detect-secrets': {} },
    { script: { run: '' } },
    { sonarqube: { projectKey: 'shop', server: 'sonar', retries: 2 } },
  ])
  const again = filled(text, ['tools.preBuild[0].detect-secrets.baseline', '.secrets.baseline'])
  expect(parse(again).tools.preBuild[0]).toEqual({ 'detect-secrets': { baseline: '.secrets.baseline' } })
})

test('an image is built and pushed by what the form adds and its fields are told', () => {
  let text = withWish(withLines(), 'add', 'build').text
  text = withWish(text, 'add', 'push').text
  text = filled(
    text,
    ['build.platforms', 'linux/amd64'],
    ['build.target', 'runtime'],
    ['push.registry', 'shop-registry'],
    ['push.image', 'shop/front'],
    ['push.tags', '{{execution.id}}, v{{git.tag}}'],
  )

  expect(readDefinitions(text)).toMatchObject({
    findings: [],
    documents: [
      {
        definition: {
          build: { kind: 'image', dockerfile: 'Dockerfile', target: 'runtime', platforms: ['linux/amd64'] },
          push: {
            registry: 'shop-registry',
            image: 'shop/front',
            tags: ['{{execution.id}}', 'v{{git.tag}}'],
          },
        },
      },
    ],
  })
  expect(withWish(withWish(text, 'remove', 'push').text, 'remove', 'build').text).toBe(withLines())
})

test('a workflow is made from nothing by the form alone', () => {
  let text = filled(
    'kind: workflow\n',
    ['name', 'shop'],
    ['source.git.url', 'https://git.example/shop.git'],
    ['source.git@ref', 'main'],
  )
  text = withWish(text, 'add', 'tools.preBuild').text
  text = filled(
    text,
    ['tools.preBuild[0].script.name', 'unit tests'],
    ['tools.preBuild[0].script.run', 'npm ci\nnpm test'],
    ['tools.preBuild[0].script.retries', '2'],
  )
  text = withWish(text, 'add', 'build.script').text
  text = filled(text, ['build.script.run', 'make dist'], ['build.script.artifacts', 'dist/**'])
  text = withWish(text, 'add', 'deploy').text
  text = filled(text, ['deploy[0].environment', 'dev'])
  text = withWish(text, 'add', 'variables').text
  text = filled(
    text,
    ['variables.VARIABLE@form', 'secret'],
    ['variables.VARIABLE', 'npm-token'],
    ['variables.VARIABLE@name', 'NPM_TOKEN'],
  )

  expect(text).toBe(`kind: workflow
name: shop
source:
  git:
    url: https://git.example/shop.git
    branch: main
variables:
  NPM_TOKEN: { secret: npm-token }
tools:
  preBuild:
    - script:
        name: unit tests
        run: |
          npm ci
          npm test
        retries: 2
build:
  script:
    run: make dist
    artifacts: [dist/**]
deploy:
  - environment: dev
`)
  expect(readDefinitions(text).findings).toEqual([])
})

describe('a field', () => {
  test('that is emptied takes its key out, and the part that only it was in', () => {
    expect(
      filled(
        STOREFRONT,
        ['concurrency.group', ''],
        ['concurrency.limit', ''],
        ['concurrency.onConflict', ''],
      ),
    ).toBe(STOREFRONT.replace('concurrency: { group: storefront, limit: 1, onConflict: queue }\n', ''))
  })

  test('of a tool leaves the tool, however empty', () => {
    const text = 'tools:\n  preBuild:\n    - script:\n        run: x\n'

    expect(filled(text, ['tools.preBuild[0].script.run', ''])).toBe('tools:\n  preBuild:\n    - script: {}\n')
  })

  test('of several words changes only those that were changed', () => {
    const text = 'deploy:\n  - environment: a\n    approvers:\n      - alice # lead\n      - carol # ops\n'
    const approvers = (words: string) => filled(text, ['deploy[0].approvers', words])

    expect(approvers('alice, bob, carol')).toBe(text.replace('      - carol', '      - bob\n      - carol'))
    expect(approvers('carol')).toBe(text.replace('      - alice # lead\n', ''))
    expect(approvers('alice, dora')).toBe(text.replace('carol', 'dora'))
  })

  test('of one word or several is written as people do', () => {
    const text = 'build: { script: { run: x } }\n'

    expect(filled(text, ['build.script.if.branch', 'main'])).toBe(
      'build: { script: { run: x, if: { branch: main } } }\n',
    )
    expect(parse(filled(text, ['build.script.if.branch', 'main, release/*']))).toEqual({
      build: { script: { run: 'x', if: { branch: ['main', 'release/*'] } } },
    })
  })

  test('of a number that is none keeps what was typed, for the checks to speak of', () => {
    expect(filled(STOREFRONT, ['concurrency.limit', 'two'])).toContain('limit: two')
    expect(filled(STOREFRONT, ['concurrency.limit', '12'])).toContain('limit: 12')
    expect(filled(STOREFRONT, ['name', '12'])).toContain('name: "12"')
  })

  test('that is written in another form is not shown, and says so', () => {
    const form = formOf('timeout: [1h]\ntools: { preBuild: [{ script: { run: { a: b } } }] }\n')
    if (form === null) throw new Error('unreadable')

    expect(shown(form, [], { key: 'timeout', kind: 'line' })).toMatchObject({ text: '', fits: false })
    expect(shown(form, ['tools', 'preBuild', 0, 'script'], { key: 'run', kind: 'script' })).toMatchObject({
      fits: false,
    })
  })
})

describe('a source', () => {
  test('that takes a tag in the place of a branch keeps all else', () => {
    expect(filled(STOREFRONT, ['source.git@kind', 'tag'], ['source.git@ref', 'v*'])).toBe(
      STOREFRONT.replace('branch: main }', 'tag: v* }'),
    )
  })
})

describe('a variable', () => {
  test('becomes a secret, is renamed and becomes plain again', () => {
    const secret = filled(
      STOREFRONT,
      ['variables.NODE_ENV@form', 'secret'],
      ['variables.NODE_ENV', 'npm-token'],
      ['variables.NODE_ENV@name', 'TOKEN'],
    )

    expect(parse(secret).variables).toEqual({
      TOKEN: { secret: 'npm-token' },
      NPM_TOKEN: { secret: 'npm-token' },
    })
    expect(parse(filled(secret, ['variables.TOKEN@form', 'text'])).variables.TOKEN).toBe('npm-token')
  })

  test('cannot take another’s name, nor one that no shell would know', () => {
    for (const name of ['NPM_TOKEN', 'a b', '1X', '__proto__'])
      expect(
        withChanges(STOREFRONT, [change('variables.NODE_ENV@name', name, 'NODE_ENV')]).refused,
      ).toHaveLength(1)
  })
})

/** Every field that a form shows of a text, by its key, with the kind of what may be typed. */
function fieldsOf(text: string): ReadonlyMap<string, { readonly text: string; readonly kind: string }> {
  const form = formOf(text)
  if (form === null) throw new Error('unreadable')
  const found = new Map<string, { text: string; kind: string }>()
  const scripts: Path[] = []
  const add = (part: Path, specs: readonly FieldSpec[]) => {
    for (const spec of specs) {
      const field = shown(form, part, spec)
      if (field.fits) found.set(field.key, { text: field.text, kind: spec.kind })
    }
  }
  const each = (list: Path, visit: (path: Path) => void) => {
    const entries = valueAt(form.value, list)
    if (Array.isArray(entries)) for (const at of entries.keys()) visit([...list, at])
  }
  add([], WORKFLOW_FIELDS)
  add(['source', 'git'], SOURCE_FIELDS)
  add(['argo'], POD_FIELDS)
  add(['build', 'script'], BUILD_FIELDS)
  add(['build'], IMAGE_FIELDS)
  add(['push'], PUSH_FIELDS)
  for (const phase of ['preBuild', 'postBuild', 'postPush', 'postDeploy'])
    each(['tools', phase], (path) => {
      scripts.push([...path, 'script'])
      for (const tool of TOOL_NAMES) add([...path, tool], fieldsOfTool(tool))
    })
  each(['deploy'], (path) => {
    add(path, STEP_FIELDS)
    scripts.push([...path, 'verify'])
  })
  for (const script of [['build', 'script'], ...scripts]) add(script, SCRIPT_FIELDS)
  for (const part of [['variables'], ...[['build', 'script'], ...scripts].map((path) => [...path, 'env'])]) {
    for (const { name, value, form: of } of shownVariables(form, part).variables) {
      if (value.fits) found.set(value.key, { text: value.text, kind: 'variable' })
      found.set(of.key, { text: of.text, kind: 'form' })
      found.set(name.key, { text: name.text, kind: 'name' })
    }
  }
  const { kind, ref } = shownRef(form, ['source', 'git'])
  found.set(kind.key, { text: kind.text, kind: 'ref kind' })
  found.set(ref.key, { text: ref.text, kind: 'line' })
  return found
}

/** What may be typed into a field of a kind, as it is shown once it is written. */
const TYPED: Readonly<Record<string, readonly string[]>> = {
  line: ['x', 'true', '1', 'a: b # c', '"q"', ''],
  choice: ['local', 'dev', ''],
  number: ['2', 'many', '500m', '0.5', ''],
  flag: ['true', ''],
  script: ['make', 'make\nmake test', 'a\n\n  b', '# c', ''],
  words: ['main', 'main, release/*', 'a, b, c, d', ''],
  variable: ['x', '', 'a: b', '2'],
  form: ['text', 'secret'],
}

describe('form to text and back', () => {
  const shop: Json = parse(STOREFRONT)

  test('shows what was typed, and every other field as it was', () => {
    fc.assert(
      fc.property(handwritten(shop), fc.nat(), fc.nat(), (text, which, what) => {
        const before = fieldsOf(text)
        const typable = [...before].filter(([, { kind }]) => TYPED[kind] !== undefined)
        const [key, field] = typable[which % typable.length] ?? []
        if (key === undefined || field === undefined) throw new Error('no field')
        const choices = TYPED[field.kind] ?? []
        const typed = choices[what % choices.length] ?? ''

        const after = fieldsOf(filled(text, [key, typed]))

        for (const [other, { text: was }] of before)
          expect([other, after.get(other)?.text]).toEqual([other, other === key ? typed : was])
      }),
      { numRuns: RUNS },
    )
  }, 60_000)

  test('what is shown, written again, means the same', () => {
    fc.assert(
      fc.property(handwritten(shop), (text) => {
        const values = [...fieldsOf(text)].filter(([, { kind }]) => kind !== 'name')

        const again = filled(text, ...values.map(([key, field]) => [key, field.text] as const))

        expect(parse(again)).toEqual(parse(text))
      }),
      { numRuns: RUNS / 10 },
    )
  }, 60_000)
})

describe('a form that comes back', () => {
  const sent = (fields: readonly (readonly [string, string, string])[]) =>
    changesIn(fields.map(([key, was, text]) => [controlName({ key, text: was }), text] as const))

  test('says by itself what was changed in it', () => {
    expect(
      sent([
        ['timeout', '1h', '1h'],
        ['name', '', ''],
        ['engine', 'local', 'argo'],
      ]),
    ).toEqual([change('engine', 'argo', 'local')])
    expect(
      changesIn([
        ['text', 'x'],
        ['f.', 'x'],
        ['f.x', 'x'],
        ['csrf', ''],
      ]),
    ).toEqual([])
  })

  test('leaves a text alone where somebody changed that as well, and says what was typed', () => {
    const later = STOREFRONT.replace('timeout: 1h', 'timeout: 3h')

    expect(withChanges(later, [change('timeout', '2h', '1h'), change('engine', 'argo', 'local')])).toEqual({
      text: later.replace('engine: local', 'engine: argo'),
      refused: [
        {
          path: 'timeout',
          line: null,
          column: null,
          message: 'The text was changed here too, and it stands. You wrote “2h”.',
        },
      ],
    })
  })
})

describe('a slip', () => {
  test('in a key or in a value is mended where it stands', () => {
    const key = STOREFRONT.replace('retries: 2', 'retires: 2')
    const value = STOREFRONT.replace('environment: production', 'environment: prodution')

    expect(withWish(key, 'mend', 'retries tools.preBuild[0].script.retires').text).toBe(STOREFRONT)
    expect(withWish(value, 'mend', 'production deploy[1].environment').text).toBe(STOREFRONT)
  })

  test('is left to its author where the right word is there as well', () => {
    const both = STOREFRONT.replace('retries: 2', 'retries: 2, retires: 3')

    expect(() => withWish(both, 'mend', 'retries tools.preBuild[0].script.retires')).toThrow(
      'There is retries already.',
    )
  })
})

describe('rubbish in the place of a field, a value or a wish', () => {
  const keys = fc.oneof(
    fc.string({ maxLength: 30 }),
    fc.constantFrom(
      '',
      '@',
      'name@name',
      'tools',
      'tools.preBuild[99999].script.run',
      'deploy[0]',
      '__proto__.x',
      'variables.__proto__',
      'source.git@kind',
      'build.script.env.A@form',
      'x'.repeat(500),
      'a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t',
    ),
  )
  const texts = fc.oneof(
    fc.constantFrom(STOREFRONT, '', 'kind: workflow\n', 'a: [', '- x\n', '{}', 'tools: 5\n'),
    fc.string({ maxLength: 50 }),
  )

  test('is refused or harmless, and the text stays one that can be read', () => {
    fc.assert(
      fc.property(texts, keys, fc.string({ unit: 'binary', maxLength: 30 }), (text, key, typed) => {
        const before = formOf(text)
        const changed = withChanges(text, [change(key, typed, '')])
        if (before === null) expect(changed).toMatchObject({ text, refused: [{}] })
        else expect(formOf(changed.text)).not.toBeNull()
      }),
      { numRuns: RUNS * 5 },
    )
    fc.assert(
      fc.property(texts, fc.constantFrom(...WISHES), keys, (text, wish, target) => {
        try {
          expect(formOf(withWish(text, wish, target).text)).not.toBeNull()
        } catch (error) {
          expect(error).toBeInstanceOf(Fault)
        }
      }),
      { numRuns: RUNS * 5 },
    )
  })
})
