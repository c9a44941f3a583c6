import { describe, expect, test } from 'bun:test'
import { type EngineName, NO_ARGO_SETTINGS } from '../../../src/domain/definition.ts'
import type { Facts } from '../../../src/domain/facts.ts'
import { plan } from '../../../src/domain/plan.ts'
import { TOOL_NAMES } from '../../../src/domain/tools/tool.ts'
import { TOOLS } from '../../../src/domain/tools/tools.ts'
import { secretsUsedBy } from '../../../src/domain/uses.ts'
import { check } from '../../../src/domain/validate.ts'
import { readDefinitions } from '../../../src/domain/workflow.ts'
import { findings, withLines } from '../texts.ts'

const ALL = withLines(
  'tools:',
  '  preBuild:',
  '    - detect-secrets: { failOn: any }',
  '    - trivy: { name: licences, scan: config, image: example/trivy:1, retries: 2, env: { TRIVY_DEBUG: "true" } }',
  '  postBuild:',
  '    - trivy: { severity: [HIGH, CRITICAL], failOn: CRITICAL, offline: true }',
  '    - sonarqube: { projectKey: storefront, server: sonar, failOnGate: true }',
)

function workflowOf(text: string) {
  const [document] = readDefinitions(text).documents
  if (document?.kind !== 'workflow') throw new Error(`It is not whole: ${findings(text).join('\n')}`)
  return document.definition
}

function facts(part: Partial<Facts> = {}): Facts {
  return {
    environments: new Map(),
    secrets: new Set(),
    credentials: new Map(),
    engines: new Map<EngineName, readonly string[]>([
      ['local', ['git', 'sh']],
      ['argo', ['git', 'sh', 'image']],
    ]),
    defaultEngine: 'local',
    argo: NO_ARGO_SETTINGS,
    allowFile: false,
    ...part,
  }
}

const problems = (text: string, known: Facts) =>
  check(text, known).findings.map(({ line, path, message }) => `${line} ${path}: ${message}`)

describe('a tool', () => {
  test('becomes a stage with its reports, and knows what every script knows', () => {
    const stages = plan(workflowOf(ALL), new Map(), {
      ...{ defaultEngine: 'local', branch: 'main', tag: null, events: ['manual'] },
    }).stages.slice(2)

    expect(
      stages.map(({ id, image, retries, reports }) => [
        id,
        image,
        retries,
        reports.map(({ name, format }) => `${name} ${format}`),
      ]),
    ).toEqual([
      ['pre-build.detect-secrets', null, 0, ['pre-build.detect-secrets detect-secrets']],
      ['pre-build.licences', 'example/trivy:1', 2, ['pre-build.licences trivy']],
      ['post-build.trivy', null, 0, ['post-build.trivy trivy']],
      [
        'post-build.sonarqube',
        ...[null, 0],
        [
          'post-build.sonarqube sonarqube',
          'post-build.sonarqube.periplus-reports-sonarqube-issues-json sonarqube',
        ],
      ],
    ])
    expect(stages[1]?.env).toMatchObject({ TRIVY_DEBUG: 'true', TRIVY_NO_PROGRESS: 'true' })
    expect(stages[3]?.env).toMatchObject({ SONAR_TOKEN: { secret: 'sonar-token' } })
  })

  test('has an image of its own where there is no host, but not over one that is named', () => {
    const onArgo = plan(workflowOf(ALL.replace('source:', 'engine: argo\nsource:')), new Map(), {
      ...{ defaultEngine: 'local', branch: 'main', tag: null, events: ['manual'] },
    }).stages.slice(2)

    expect(onArgo.map(({ image }) => image)).toEqual([
      TOOLS['detect-secrets'].image,
      'example/trivy:1',
      TOOLS.trivy.image,
      TOOLS.sonarqube.image,
    ])
  })

  test('needs its programs on the host, its secrets anywhere, and no image where it has one', () => {
    const trivy = 'trivy needs trivy, and engine local does not have it. Install it where the server runs.'

    expect(problems(ALL, facts())).toEqual([
      '6 tools.preBuild[0].detect-secrets: detect-secrets needs detect-secrets and python3, and engine local does not have them. Install them where the server runs.',
      '7 tools.preBuild[1].trivy.image: Engine local runs no images on this server. Leave image out, or choose another engine.',
      `9 tools.postBuild[0].trivy: ${trivy}`,
      '10 tools.postBuild[1].sonarqube: No secret sonar-url. sonarqube asks for it: “periplus secret set” makes it.',
      '10 tools.postBuild[1].sonarqube: No secret sonar-token. sonarqube asks for it: “periplus secret set” makes it.',
      '10 tools.postBuild[1].sonarqube: sonarqube needs sonar-scanner and curl, and engine local does not have them. Install them where the server runs.',
    ])
    expect(
      problems(ALL, facts({ defaultEngine: 'argo', secrets: new Set(['sonar-url', 'sonar-token']) })),
    ).toEqual([])
    expect([...secretsUsedBy(workflowOf(ALL))].sort()).toEqual(['sonar-token', 'sonar-url'])
  })

  const wrong: readonly (readonly [string, string, string])[] = [
    [
      'whose name is misspelt',
      'trivvy: {}',
      'tools.preBuild[0].trivvy: Unknown key trivvy in tools.preBuild[0]. Did you mean trivy?',
    ],
    [
      'with an option that it has not',
      'trivy: { failon: HIGH }',
      'tools.preBuild[0].trivy.failon: Unknown key failon in tools.preBuild[0].trivy. Did you mean failOn?',
    ],
    [
      'with a word that it does not know',
      'trivy: { failOn: CRITICL }',
      'tools.preBuild[0].trivy.failOn: No failOn CRITICL. Did you mean CRITICAL?',
    ],
    [
      'that lacks what it cannot do without',
      'sonarqube: { projectKey: a }',
      'tools.preBuild[0].sonarqube.server: server is missing.',
    ],
    [
      'that is two',
      'trivy: {}, script: { run: x }',
      'tools.preBuild[0]: An entry is exactly one of script, detect-secrets, trivy, sonarqube.',
    ],
    [
      'with a key that a shell would read',
      'sonarqube: { projectKey: "a $(x)", server: s }',
      'tools.preBuild[0].sonarqube.projectKey: A project’s key has letters, digits, dashes, underscores, dots and colons, and not only digits.',
    ],
    [
      'that leaves the workspace',
      'detect-secrets: { baseline: ../x }',
      'tools.preBuild[0].detect-secrets.baseline: A baseline’s path stays inside the workspace: .. is not allowed.',
    ],
  ]
  for (const [what, entry, expected] of wrong) {
    test(`${what} is told so`, () => {
      const [found = ''] = findings(withLines(`tools: { preBuild: [{ ${entry} }] }`))

      expect(found.replace(/^\d+:\d+ /, '')).toBe(expected)
    })
  }

  test('scans the image where one was built, and else files', () => {
    const scans = (text: string) =>
      (['pre-build', 'post-build', 'post-push', 'post-deploy'] as const).flatMap((phase) =>
        workflowOf(text).tools[phase].map(({ run }) => / --input /.test(run)),
      )
    const everywhere = withLines(
      'tools: { preBuild: [{ trivy: {} }], postBuild: [{ trivy: {} }], postPush: [{ trivy: {} }], postDeploy: [{ trivy: {} }] }',
    )

    expect(scans(everywhere)).toEqual([false, false, false, false])
    expect(scans(`${everywhere}\nbuild: { dockerfile: Dockerfile }`)).toEqual([false, true, true, false])
  })

  test('that is to scan an image where there is none is told so', () => {
    const scanning = (phase: string, build: string) =>
      findings(withLines(`tools: { ${phase}: [{ trivy: { scan: image } }] }`, `build: { ${build} }`))
    const told = expect.stringContaining('There is no image to scan here.')

    expect(scanning('postBuild', 'dockerfile: Dockerfile')).toEqual([])
    expect(scanning('preBuild', 'dockerfile: Dockerfile')).toEqual([told])
    expect(scanning('postBuild', 'script: { run: make }')).toEqual([told])
  })

  test('twice in one phase has two names', () => {
    const twice = (name: string) => withLines(`tools: { postBuild: [{ trivy: {} }, { trivy: { ${name} } }] }`)

    expect(findings(twice('scan: config'))).toEqual([
      expect.stringContaining('Two stages are named post-build.trivy. Give one of them another name.'),
    ])
    expect(findings(twice('scan: config, name: settings'))).toEqual([])
  })

  test('with a slip elsewhere is still asked for its programs', () => {
    const text = withLines('tools: { preBuild: [{ trivy: { failOn: CRITICL } }, { trivy: {} }] }')

    expect(problems(text, facts())).toEqual([
      expect.stringContaining('tools.preBuild[0].trivy: trivy needs trivy'),
      expect.stringContaining('tools.preBuild[0].trivy.failOn: '),
      expect.stringContaining('tools.preBuild[1].trivy.name: Two stages'),
      expect.stringContaining('tools.preBuild[1].trivy: trivy needs trivy'),
    ])
  })

  test('stands in the table under its own name', () => {
    expect(TOOL_NAMES.map((name) => TOOLS[name].name)).toEqual([...TOOL_NAMES])
  })
})
