import { describe, expect, test } from 'bun:test'
import type { Environment, Workflow } from '../../src/domain/definition.ts'
import { readDefinitions } from '../../src/domain/workflow.ts'
import { findings, PRODUCTION, STOREFRONT, withLines } from './texts.ts'

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
        resources: null,
        env: {},
        timeoutMs: 600_000,
        retries: 2,
        continueOnFailure: false,
        asRoot: false,
        reports: [],
        tool: null,
        condition: { branch: ['main', 'release/*'], tag: null, event: ['push'] },
      },
    ])
    expect(workflow.tools['post-deploy'][0]?.continueOnFailure).toBe(true)
    expect(workflow.build).toMatchObject({ kind: 'script', artifacts: ['dist/**'] })
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
      '4:12 source: source is a mapping, not 1.',
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

  test('loses no comment', () => {
    const { documents } = readDefinitions(
      `${STOREFRONT}# End of the shop.\n--- \n\n# Live.\n${PRODUCTION}# End.\n`,
    )

    expect(documents.map(({ text }) => text)).toEqual([
      `${STOREFRONT}# End of the shop.\n`,
      `\n# Live.\n${PRODUCTION}# End.\n`,
    ])
  })

  test('is its own to the letter where it has one document', () => {
    for (const text of [`---\n${PRODUCTION}`, `${PRODUCTION}\n\n`, `---\n---\n${PRODUCTION}`.slice(4)]) {
      expect(readDefinitions(text).documents.map((document) => document.text)).toEqual([text])
    }
  })

  test('counts lines from its beginning', () => {
    expect(findings(`${STOREFRONT}---\n${PRODUCTION.replace('quorum: 2', 'quorum: two')}`)).toEqual([
      '29:9 quorum: quorum is a number, not text.',
    ])
  })

  test('gives the whole ones and the problems of the others', () => {
    const { documents, findings: problems } = readDefinitions(`kind: workflow\n---\n${PRODUCTION}`)

    expect(documents.map(({ kind }) => kind)).toEqual(['environment'])
    expect(problems.length).toBeGreaterThan(0)
  })
})
