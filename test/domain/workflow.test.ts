import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { Environment, Workflow } from '../../src/domain/definition.ts'
import { readDefinitions } from '../../src/domain/workflow.ts'

const STOREFRONT = `# The shop.
kind: workflow
name: storefront
engine: local
source:
  git: { url: https://git.example/shop/storefront.git, branch: main }
concurrency: { group: storefront, limit: 1, onConflict: queue }
timeout: 1h
variables: { NODE_ENV: production, NPM_TOKEN: { secret: npm-token } }
tools:
  preBuild:
    - script: { name: unit tests, run: "npm ci && npm test", retries: 2, timeout: 10m, if: { branch: [main, release/*], event: push } }
  postDeploy:
    - script: { name: announce, run: ./announce.sh, continueOnFailure: true }
build: { script: { run: make dist, artifacts: [dist/**] } }
deploy:
  - environment: dev
    verify: { run: "curl -f https://dev.shop.example/health" }
  - environment: production
    manual: true
`
const PRODUCTION = `kind: environment
name: production
active: true
engine: local
deploy: { script: { run: ./deploy.sh } }
manual: true
approvers: [alice, bob]
quorum: 2
selfApproval: false
expires: 72h
allowedWorkflows: [storefront]
variables: { REGION: eu }
`

function workflowOf(text: string): Workflow {
  const { documents, findings } = readDefinitions(text)
  expect(findings).toEqual([])
  const [document] = documents
  if (document?.kind !== 'workflow') throw new Error('it is no workflow')
  return document.definition
}

function environmentOf(text: string): Environment {
  const { documents, findings } = readDefinitions(text)
  expect(findings).toEqual([])
  const [document] = documents
  if (document?.kind !== 'environment') throw new Error('it is no environment')
  return document.definition
}

/** Findings as “line:column path: sentence”. */
function findings(text: string): readonly string[] {
  return readDefinitions(text).findings.map(
    ({ line, column, path, message }) => `${line}:${column} ${path}: ${message}`,
  )
}

/** A workflow that is right but for the lines that are added. */
function withLines(...lines: readonly string[]): string {
  return [
    'kind: workflow',
    'name: shop',
    'source: { git: { url: "https://git.example/shop.git", branch: main } }',
    ...lines,
  ].join('\n')
}

describe('a workflow', () => {
  test('is read with its defaults applied and its durations in milliseconds', () => {
    const workflow = workflowOf(STOREFRONT)

    expect(workflow).toMatchObject({
      name: 'storefront',
      engine: 'local',
      source: {
        url: 'https://git.example/shop/storefront.git',
        ref: { kind: 'branch', name: 'main' },
        credential: null,
      },
      concurrency: { group: 'storefront', limit: 1, onConflict: 'queue' },
      timeoutMs: 3_600_000,
      variables: { NODE_ENV: 'production', NPM_TOKEN: { secret: 'npm-token' } },
    })
    expect(workflow.tools['pre-build']).toEqual([
      {
        name: 'unit tests',
        run: 'npm ci && npm test',
        image: null,
        env: {},
        timeoutMs: 600_000,
        retries: 2,
        continueOnFailure: false,
        asRoot: false,
        condition: { branch: ['main', 'release/*'], tag: null, event: ['push'] },
      },
    ])
    expect(workflow.tools['post-deploy'][0]?.continueOnFailure).toBe(true)
    expect(workflow.build?.artifacts).toEqual(['dist/**'])
    expect(workflow.deploy.map(({ environment, manual }) => [environment, manual])).toEqual([
      ['dev', false],
      ['production', true],
    ])
  })

  test('needs no more than a name and a source', () => {
    expect(workflowOf(withLines()).deploy).toEqual([])
  })

  test('takes a tag or a full SHA in place of a branch', () => {
    const source = (ref: string) =>
      `kind: workflow\nname: shop\nsource: { git: { url: "https://git.example/shop.git", ${ref} } }`
    const sha = 'a1'.repeat(20)

    expect(workflowOf(source('tag: v*')).source.ref).toEqual({ kind: 'tag', name: 'v*' })
    expect(workflowOf(source(`sha: "${sha}"`)).source.ref).toEqual({ kind: 'sha', sha })
    expect(findings(source('tag: v1, branch: main'))[0]).toContain('Name exactly one of branch, tag and sha.')
    expect(findings(source('sha: "abc1234"'))[0]).toContain('full SHA')
  })

  test('is read from JSON as well, with lines', () => {
    const { kind, definition } =
      readDefinitions(
        JSON.stringify({
          kind: 'workflow',
          name: 'shop',
          source: { git: { url: 'https://git.example/a.git', branch: 'main' } },
        }),
      ).documents[0] ?? {}

    expect([kind, definition?.name]).toEqual(['workflow', 'shop'])
    expect(findings('{\n\t"kind": "workflow",\n\t"name": "shop",\n\t"source": 1\n}')).toEqual([
      '4:12 source: source is a mapping, not a number.',
    ])
  })
})

describe('an environment', () => {
  test('is read with its rules', () => {
    expect(environmentOf(PRODUCTION)).toMatchObject({
      name: 'production',
      active: true,
      manual: true,
      approvers: ['alice', 'bob'],
      quorum: 2,
      selfApproval: false,
      expiresMs: 259_200_000,
      allowedWorkflows: ['storefront'],
      variables: { REGION: 'eu' },
    })
  })

  test('is active, automatic and open to every workflow unless it says otherwise', () => {
    const environment = environmentOf(
      'kind: environment\nname: dev\ndeploy: { script: { run: ./deploy.sh } }',
    )

    expect(environment).toMatchObject({
      active: true,
      manual: false,
      quorum: 1,
      selfApproval: true,
      allowedWorkflows: null,
    })
  })

  test('with approvers is manual', () => {
    expect(
      environmentOf('kind: environment\nname: dev\ndeploy: { script: { run: x } }\napprovers: [alice]')
        .manual,
    ).toBe(true)
  })
})

describe('a text of many documents', () => {
  test('gives each with its own part of the text', () => {
    const { documents } = readDefinitions(`${STOREFRONT}---\n${PRODUCTION}`)

    expect(documents.map(({ kind }) => kind)).toEqual(['workflow', 'environment'])
    expect(documents[1]?.text).toBe(PRODUCTION)
    expect(workflowOf(documents[0]?.text ?? '').name).toBe('storefront')
  })

  test('counts lines from its beginning', () => {
    expect(findings(`${PRODUCTION}---\n${PRODUCTION.replace('quorum: 2', 'quorum: two')}`)).toEqual([
      '21:9 quorum: quorum is a number, not text.',
    ])
  })

  test('gives the whole ones and the problems of the others', () => {
    const { documents, findings: problems } = readDefinitions(`kind: workflow\n---\n${PRODUCTION}`)

    expect(documents.map(({ kind }) => kind)).toEqual(['environment'])
    expect(problems.length).toBeGreaterThan(0)
  })
})

describe('what is wrong is said with its place and its mend', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['an unknown key', withLines('tols: {}'), '4:1 tols: Unknown key tols. Did you mean “tools”?'],
    ['an unknown kind', 'kind: workflw', '1:7 kind: No kind workflw. Did you mean “workflow”?'],
    ['a missing kind', 'name: shop', '1:1 : kind is missing. Write kind: workflow or kind: environment.'],
    [
      'a number where a text is meant',
      withLines('variables: { VERSION: 1.0 }'),
      '4:23 variables.VERSION: VERSION is text, and 1.0 is a number. Write it in quotes: "1.0".',
    ],
    [
      'true where a text is meant',
      withLines('variables: { DEBUG: true }'),
      '4:21 variables.DEBUG: DEBUG is text, and true is true or false. Write it in quotes: "true".',
    ],
    [
      'a text where true is meant',
      withLines('deploy: [{ environment: dev, manual: "yes" }]'),
      '4:38 deploy[0].manual: manual is true or false, not text.',
    ],
    ['a key without a value', withLines('timeout:'), '4:9 timeout: timeout has no value.'],
    [
      'a duration',
      withLines('timeout: 5 minutes'),
      '4:10 timeout: That is no duration. Write 90s, 10m, 1h or 3d.',
    ],
    ['a duration of years', withLines('timeout: 999d'), '4:10 timeout: A duration is at most 365d.'],
    ['an engine', withLines('engine: lokal'), '4:9 engine: No engine lokal. Did you mean “local”?'],
    [
      'a reserved name',
      withLines().replace('shop', 'new'),
      '2:7 name: “new” is reserved. Choose another name.',
    ],
    [
      'a name',
      withLines().replace('name: shop', 'name: Shop'),
      '2:7 name: A name has small letters, digits and dashes only: a–z, 0–9, -.',
    ],
    [
      'an empty script',
      withLines('build: { script: { run: " " } }'),
      '4:25 build.script.run: There is nothing to run.',
    ],
    ['a list entry', withLines('deploy: [dev]'), '4:10 deploy[0]: Entry 1 of deploy is a mapping, not text.'],
    [
      'a variable’s name',
      withLines('variables: { 9A: x }'),
      '4:18 variables.9A: A variable’s name has letters, digits and underscores only and begins with no digit.',
    ],
    [
      'a variable of ours',
      withLines('variables: { PERIPLUS_X: x }'),
      '4:26 variables.PERIPLUS_X: Names that begin with PERIPLUS_ are set by Periplus itself. Choose another.',
    ],
    [
      'too many retries',
      withLines('build: { script: { run: x, retries: 11 } }'),
      '4:37 build.script.retries: retries is at most 10.',
    ],
    [
      'a branch',
      withLines().replace('branch: main', 'branch: a..b'),
      '3:63 source.git.branch: “a..b” can be no branch: it has .., @{ or //.',
    ],
    [
      'an artifact outside of the workspace',
      withLines('build: { script: { run: x, artifacts: [a/../../etc] } }'),
      '4:40 build.script.artifacts[0]: An artifact’s path stays inside the workspace: .. is not allowed.',
    ],
    [
      'an absolute artifact',
      withLines('build: { script: { run: x, artifacts: [/etc/passwd] } }'),
      '4:40 build.script.artifacts[0]: An artifact’s path is relative to the workspace, with / between its parts.',
    ],
    [
      'two stages of one name',
      withLines(
        'tools: { preBuild: [{ script: { name: Unit tests, run: x } }, { script: { name: unit-tests, run: y } }] }',
      ),
      '4:81 tools.preBuild[1].script.name: “unit-tests” and “Unit tests” both become the stage pre-build.unit-tests. Rename one of them.',
    ],
    [
      'a name without a letter',
      withLines('tools: { preBuild: [{ script: { name: 試験, run: x } }] }'),
      '4:39 tools.preBuild[0].script.name: A name has at least one letter a–z or digit.',
    ],
    [
      'an environment twice',
      withLines('deploy: [{ environment: dev }, { environment: dev }]'),
      '4:47 deploy[1].environment: dev is deployed to a second time. Keep one of the two.',
    ],
    [
      'a quorum that nobody can reach',
      PRODUCTION.replace('quorum: 2', 'quorum: 3'),
      '8:9 quorum: A quorum of 3 can never be reached by 2 approvers. Lower it or name more.',
    ],
    [
      'approvers without a gate',
      PRODUCTION.replace('manual: true', 'manual: false'),
      '6:9 manual: Approvers without a gate decide nothing. Leave out manual: false, or the approvers.',
    ],
    [
      'a team',
      PRODUCTION.replace('alice', 'team:release'),
      '7:13 approvers[0]: Teams are not available in this version. Name people.',
    ],
    ['an approver twice', PRODUCTION.replace('bob', 'alice'), '7:12 approvers: An approver is named twice.'],
    ['broken YAML', 'kind: workflow\nname: "shop\n', '3:1 : That is not valid YAML: Missing closing "quote.'],
    ['a tab', 'kind: workflow\nsource:\n\tgit: {}', '3:1 : YAML is indented with blanks, not with tabs.'],
    ['a key twice', withLines('name: shop'), '4:1 : This key stands here a second time. Keep one of them.'],
    ['an empty text', '# nothing\n', 'null:null : The text is empty.'],
    [
      'a text that is no mapping',
      '- a\n',
      '1:1 : kind is missing. Write kind: workflow or kind: environment.',
    ],
  ]
  for (const [what, text, expected] of cases) {
    test(what, () => expect(findings(text)).toEqual([expected]))
  }

  test('all of it at once, in the order of the lines', () => {
    const text = withLines(
      'engine: lokal',
      'timeout: soon',
      'variables: { PORT: 8080 }',
      'deploy: [{ environmnt: dev }]',
    )

    const lines = readDefinitions(text).findings.map(({ line }) => line)
    expect(lines).toEqual([4, 5, 6, 7])
  })
})

describe('what later versions will carry out is refused by name', () => {
  const script = (key: string) => withLines(`tools: { preBuild: [{ script: { run: x, ${key}: y } }] }`)
  const cases: readonly (readonly [string, string])[] = [
    ['on', withLines('on: { push: { branches: [main] } }')],
    ['push', withLines('push: { registry: shop, image: shop }')],
    ['dockerfile', withLines('build: { dockerfile: Dockerfile }')],
    ['trivy', withLines('tools: { postBuild: [{ trivy: { failOn: CRITICAL } }] }')],
    ['detect-secrets', withLines('tools: { preBuild: [{ detect-secrets: { failOn: any } }] }')],
    ['sonarqube', withLines('tools: { postBuild: [{ sonarqube: {} }] }')],
    ['image', script('image')],
    ['reports', script('reports')],
    ['resources', script('resources')],
    ['credential', withLines().replace('branch: main', 'branch: main, credential: shop-git')],
    ['registry', 'kind: workflow\nname: shop\nsource: { registry: { image: x } }'],
    ['compose', PRODUCTION.replace('script: { run: ./deploy.sh }', 'compose: {}')],
    ['kubernetes', PRODUCTION.replace('script: { run: ./deploy.sh }', 'kubernetes: {}')],
  ]
  for (const [key, text] of cases) {
    test(key, () => {
      expect(readDefinitions(text).findings.map(({ message }) => message)).toEqual([
        `${key} is not available in this version.`,
      ])
    })
  }
})

describe('a hostile text is refused in good time', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    [
      'a bomb of aliases',
      `a: &a [x, x]\n${[...'bcdefghijk'].map((name, at) => `${name}: &${name} [*${'abcdefghij'[at]}, *${'abcdefghij'[at]}]`).join('\n')}`,
      'Anchors (&) and aliases (*) are not allowed.',
    ],
    ['a merge', 'kind: workflow\n<<: *base', 'Anchors (&) and aliases (*) are not allowed.'],
    ['a quarter of a megabyte and more', `# ${'x'.repeat(256 * 1024)}`, 'larger than 256 KiB'],
    ['a hundred thousand brackets', '['.repeat(100_000), 'nested more than 16 levels'],
    ['a hundred thousand dashes', '- '.repeat(100_000), 'nested more than 16 levels'],
    [
      'deep mappings',
      Array.from({ length: 200 }, (_, depth) => `${' '.repeat(depth)}a:\n`).join(''),
      'nested more than 16 levels',
    ],
    [
      'ten thousand keys',
      Array.from({ length: 10_000 }, (_, at) => `k${at}: 1\n`).join(''),
      'more than 5000 keys and values',
    ],
    ['a thousand documents', '---\na: 1\n'.repeat(1_000), 'more than 100 documents'],
    [
      'a name of the language',
      'kind: workflow\n__proto__: { polluted: true }',
      'No key can be named __proto__.',
    ],
    ['a tag', 'kind: !!js/function "x"', 'Tags (!) are not known here.'],
  ]
  for (const [what, text, expected] of cases) {
    test(what, () => {
      const { documents, findings: problems } = readDefinitions(text)

      expect(documents).toEqual([])
      expect(problems[0]?.message).toContain(expected)
    })
  }

  test('a list of problems has a bound, and so has each', () => {
    const { findings: problems } = readDefinitions(
      withLines(
        'variables:',
        ...Array.from({ length: 500 }, (_, at) => `  V${at}: ${at}`),
        `${'k'.repeat(1_000)}: 1`,
      ),
    )

    expect(problems).toHaveLength(101)
    expect(problems.at(-1)?.message).toMatch(/^There are \d+ more problems\.$/)
    expect(Math.max(...problems.map(({ message }) => message.length))).toBeLessThan(500)
  })

  test('no text at all makes it throw', () => {
    const pieces = fc.constantFrom(
      'kind: workflow',
      '\n',
      ' ',
      '  ',
      '- ',
      '{',
      '}',
      '[',
      ']',
      ':',
      ': ',
      ',',
      '"',
      "'",
      '|',
      '&a',
      '*a',
      '!!',
      '#',
      '---\n',
      'name: x',
      'source:',
      'git:',
      'deploy:',
      '\t',
      '1.0',
      'null',
      '<<',
      '? ',
      '%YAML 1.1',
      '\u0000',
      'é',
    )

    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => {
        const { documents, findings: problems } = readDefinitions(parts.join(''))
        expect(documents.length + problems.length).toBeGreaterThan(0)
      }),
      { numRuns: 2_000 },
    )
  })
})
