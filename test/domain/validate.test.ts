import { describe, expect, test } from 'bun:test'
import { type EngineName, type Environment, NO_ARGO_SETTINGS } from '../../src/domain/definition.ts'
import type { Facts } from '../../src/domain/facts.ts'
import { check, validate } from '../../src/domain/validate.ts'
import { anEnvironment, aScript, aStep, aWorkflow } from './definitions.ts'
import { withLines } from './texts.ts'

function facts(
  part: Partial<Omit<Facts, 'environments'>> & { readonly environments?: readonly Environment[] } = {},
): Facts {
  const { environments = [anEnvironment(), anEnvironment({ name: 'production' })], ...rest } = part
  return {
    secrets: new Set(['npm-token']),
    credentials: new Map([
      ['shop-git', 'https'],
      ['shop-key', 'ssh'],
    ]),
    engines: engines('git', 'sh'),
    defaultEngine: 'local',
    argo: NO_ARGO_SETTINGS,
    allowFile: false,
    ...rest,
    environments: new Map(environments.map((environment) => [environment.name, environment])),
  }
}

function engines(...tools: readonly string[]): Facts['engines'] {
  return new Map<EngineName, readonly string[]>([['local', tools]])
}

function problems(workflow: Parameters<typeof aWorkflow>[0], known: Facts = facts()): readonly string[] {
  return validate(aWorkflow(workflow), known).map(({ path, message }) => `${path}: ${message}`)
}

const toProduction = { deploy: [aStep({ environment: 'production' })] }

describe('a workflow', () => {
  test('that names only what exists is valid', () => {
    expect(problems({ ...toProduction, variables: { TOKEN: { secret: 'npm-token' } } })).toEqual([])
  })

  test('names a credential that exists and fits its address', () => {
    const ref = { kind: 'branch', name: 'main' } as const
    const source = (url: string, credential: string) => ({ source: { url, ref, credential } })
    const none = facts({ credentials: new Map() })

    expect(problems(source('https://git.example/shop.git', 'shop-git'))).toEqual([])
    expect(problems(source('git@git.example:shop.git', 'shop-key'))).toEqual([])
    expect(problems(source('https://git.example/shop.git', 'shop-gti'))).toEqual([
      'source.git.credential: No credential shop-gti. Did you mean shop-git?',
    ])
    expect(problems(source('https://git.example/shop.git', 'any'), none)).toEqual([
      'source.git.credential: No credential any. There is none yet.',
    ])
    expect(problems(source('https://git.example/shop.git', 'shop-key'))).toEqual([
      'source.git.credential: Credential shop-key is an SSH key. Write the address as ssh://user@host/path.git, or name one of kind https.',
    ])
  })

  test('pushes to a registry that exists', () => {
    const build = { ...aScript(), kind: 'script', artifacts: [] } as const
    const to = (registry: string) => ({
      build,
      push: { registry, image: 'shop', tags: ['1'], timeoutMs: null, retries: 0 },
    })
    const one = facts({
      credentials: new Map([
        ['shop-git', 'https'],
        ['shop-registry', 'registry'],
      ]),
      engines: engines('git', 'sh', 'skopeo'),
    })

    expect(problems(to('shop-registry'), one)).toEqual([])
    expect(problems(to('shop-registri'), one)).toEqual([
      'push.registry: No registry shop-registri. Did you mean shop-registry?',
    ])
    expect(problems(to('shop-git'), one)).toEqual([
      'push.registry: Credential shop-git is of repositories. Name one of kind registry. There are: shop-registry.',
    ])
    expect(problems(to('any'), facts({ credentials: new Map() }))).toEqual([
      'push.registry: No registry any. There is none yet.',
      'push: Engine local has nothing that pushes images. Install skopeo, buildah or podman where it runs.',
    ])
  })

  test('builds an image where something builds one, with secrets that exist', () => {
    const build = {
      kind: 'image',
      ...{ dockerfile: 'Dockerfile', context: '.', target: null, platforms: [], args: {} },
      ...{ secrets: { npm: { secret: 'npm-tokn' } }, timeoutMs: null, retries: 0 },
    } as const
    const cluster = new Map<EngineName, readonly string[]>([['argo', ['git', 'sh', 'image']]])

    expect(problems({ build }, facts({ engines: engines('git', 'sh', 'podman') }))).toEqual([
      'build.secrets.npm.secret: No secret npm-tokn. Did you mean npm-token?',
    ])
    expect(problems({ build: { ...build, secrets: {} } })).toEqual([
      'build.dockerfile: Engine local has nothing that builds images. Install buildah, podman, or docker with buildx where the engine runs.',
    ])
    expect(
      problems({ build: { ...build, secrets: {} } }, facts({ engines: cluster, defaultEngine: 'argo' })),
    ).toEqual([
      'build.dockerfile: Engine argo has nothing that builds images. Name a BuildKit daemon in the server’s option argo.buildkit, or choose engine local.',
    ])
  })

  test('names an environment that exists', () => {
    expect(problems({ deploy: [aStep({ environment: 'prodution' })] })).toEqual([
      'deploy[0].environment: No environment prodution. Did you mean production?',
    ])
  })

  test('is told which environments there are, where none is near', () => {
    const deploy = [aStep({ environment: 'somewhere' })]

    expect(problems({ deploy })).toEqual([
      'deploy[0].environment: No environment somewhere. There are: dev, production.',
    ])
    expect(problems({ deploy }, facts({ environments: [] }))).toEqual([
      'deploy[0].environment: No environment somewhere. There is none yet.',
    ])
  })

  test('names an environment that is active', () => {
    const environments = [anEnvironment({ name: 'production', active: false })]

    expect(problems(toProduction, facts({ environments }))).toEqual([
      'deploy[0].environment: Environment production is inactive. Activate it or take it out.',
    ])
  })

  test('names an environment that allows it', () => {
    const environments = [anEnvironment({ name: 'production', allowedWorkflows: ['website'] })]

    expect(problems(toProduction, facts({ environments }))).toEqual([
      'deploy[0].environment: Environment production does not allow workflow storefront. Add it to allowedWorkflows.',
    ])
  })

  test('leaves approvers to an environment that has some', () => {
    const environments = [anEnvironment({ name: 'production', manual: true, approvers: ['alice'] })]
    const step = aStep({ environment: 'production', manual: true, approvers: ['bob'] })

    expect(problems({ deploy: [step] }, facts({ environments }))).toEqual([
      'deploy[0].approvers: Environment production names its own approvers. Leave these out.',
    ])
  })

  test('asks for no quorum that its environment’s approvers cannot reach', () => {
    const environments = [anEnvironment({ name: 'production', manual: true, approvers: ['alice'] })]
    const step = aStep({ environment: 'production', quorum: 2 })

    expect(problems({ deploy: [step] }, facts({ environments }))).toEqual([
      'deploy[0].quorum: A quorum of 2 can never be reached by 1 approver.',
    ])
  })

  test('names secrets that exist, in all its scripts', () => {
    const env = { TOKEN: { secret: 'npm-tokem' } }
    const workflow = {
      variables: env,
      tools: { ...aWorkflow().tools, 'post-push': [aScript({ env })] },
      build: { ...aScript({ env }), kind: 'script' as const, artifacts: [] },
      deploy: [aStep({ verify: aScript({ env }) })],
    }

    expect(problems(workflow)).toEqual(
      ['variables', 'tools.postPush[0].script.env', 'build.script.env', 'deploy[0].verify.env'].map(
        (path) => `${path}.TOKEN.secret: No secret npm-tokem. Did you mean npm-token?`,
      ),
    )
  })

  test('is told of secrets that its environment lacks', () => {
    const environments = [anEnvironment({ name: 'production', variables: { KEY: { secret: 'deploy-key' } } })]

    expect(problems(toProduction, facts({ environments }))).toEqual([
      'deploy[0].environment: Environment production, variables.KEY.secret: No secret deploy-key.',
    ])
  })

  test('runs on an engine that this server has', () => {
    expect(problems({ engine: 'argo' })).toEqual([
      'engine: This server has no engine argo. It has local. The option argo.namespace sets it up.',
    ])
  })

  test('runs where there is git and a shell', () => {
    expect(problems({}, facts({ engines: engines('sh') }))).toEqual([
      'engine: Engine local has no git. Install it where the engine runs.',
    ])
  })

  test('asks for a quorum only where there are approvers', () => {
    const step = aStep({ environment: 'production', manual: true, quorum: 1 })

    expect(problems({ deploy: [step] })).toEqual([
      'deploy[0].quorum: quorum has no effect without approvers. Name some, or leave it out.',
    ])
  })

  test('is root only where its engine can be, its environments’ scripts included', () => {
    const script = aScript({ asRoot: true })
    const environments = [anEnvironment({ name: 'production', deploy: script })]
    const workflow = {
      build: { ...script, kind: 'script' as const, artifacts: [] },
      deploy: [aStep({ environment: 'production', verify: script })],
    }

    const refusal = 'Engine local runs nothing as root on this server. Leave asRoot out.'
    expect(problems(workflow, facts({ environments }))).toEqual([
      `build.script.asRoot: ${refusal}`,
      `deploy[0].environment: Environment production, deploy.script.asRoot: ${refusal}`,
      `deploy[0].verify.asRoot: ${refusal}`,
    ])
    expect(problems(workflow, facts({ environments, engines: engines('git', 'sh', 'root') }))).toEqual([])
  })

  test('reads no repository of the server’s disk, unless that is allowed', () => {
    const source = { ...aWorkflow().source, url: '/srv/shop.git' }

    expect(problems({ source })[0]).toContain('git.allowFile')
    expect(problems({ source }, facts({ allowFile: true }))).toEqual([])
  })
})

describe('a text', () => {
  const text = `kind: workflow
name: shop
source: { git: { url: "https://git.example/shop.git", branch: main } }
deploy:
  - environment: dev
  - environment: prodution
---
kind: environment
name: staging
deploy: { script: { run: ./deploy.sh, env: { KEY: { secret: deploy-key } } } }
`

  test('has every problem at its line, those of what it names included', () => {
    const { findings } = check(text, facts())

    expect(findings.map(({ line, column, path }) => [line, column, path])).toEqual([
      [6, 18, 'deploy[1].environment'],
      [10, 61, 'deploy.script.env.KEY.secret'],
    ])
  })

  test('may name an environment that stands in it', () => {
    const { findings } = check(
      text.replace('prodution', 'staging').replace('deploy-key', 'npm-token'),
      facts(),
    )

    expect(findings).toEqual([])
  })

  test('tells of an environment’s own problems once, where the environment stands', () => {
    const { findings } = check(text.replace('prodution', 'staging'), facts())

    expect(findings.map(({ path }) => path)).toEqual(['deploy.script.env.KEY.secret'])
  })

  test('that is no definition has the problems of reading alone', () => {
    expect(check('kind: [', facts()).findings.length).toBeGreaterThan(0)
  })
})

describe('a slip in the form hides nothing of what else is wrong', () => {
  function found(...lines: readonly string[]): readonly string[] {
    const environments = [anEnvironment(), anEnvironment({ name: 'old', active: false })]
    return check(withLines(...lines), facts({ environments })).findings.map(
      ({ line, path, message }) => `${line} ${path}: ${message}`,
    )
  }

  test('with an unknown environment, an inactive one, or one that stands there twice', () => {
    expect(
      found(
        'engine: lokal',
        'deploy:',
        '  - { environment: dve, manual: "yes" }',
        '  - { environment: old, expires: soon }',
        '  - { environment: dev, manuel: true }',
        '  - { environment: dev }',
      ),
    ).toEqual([
      '4 engine: No engine lokal. Did you mean local?',
      '6 deploy[0].environment: No environment dve. Did you mean dev?',
      '6 deploy[0].manual: manual is true or false, not text.',
      '7 deploy[1].environment: Environment old is inactive. Activate it or take it out.',
      '7 deploy[1].expires: That is no duration. Write 90s, 10m, 1h or 3d.',
      '8 deploy[2].manuel: Unknown key manuel in deploy[2]. Did you mean manual?',
      '9 deploy[3].environment: dev is deployed to a second time. Keep one of the two.',
    ])
  })

  test('with secrets, wherever they are named', () => {
    expect(
      found(
        'variables: { PORT: 8080, A: { secret: npm-tokem } }',
        'tools: { preBuild: [{ script: { env: { B: { secret: npm-tokem } } } }] }',
        'build: { script: { run: x, retries: -1, env: { C: { secret: npm-tokem } } } }',
        'deploy: [{ environment: dev, verify: { env: { D: { secret: npm-tokem } } } }]',
      ).filter((finding) => finding.endsWith('No secret npm-tokem. Did you mean npm-token?')),
    ).toHaveLength(4)
  })

  test('with stages of one name', () => {
    expect(
      found(
        'timeout: soon',
        'tools:',
        '  preBuild:',
        ...Array(2).fill('    - script: { name: lint, run: x }'),
      ),
    ).toEqual([
      '4 timeout: That is no duration. Write 90s, 10m, 1h or 3d.',
      '8 tools.preBuild[1].script.name: Two stages are named pre-build.lint. Give one of them another name.',
    ])
  })

  test('with the repository’s address', () => {
    const text = withLines('timeout: soon').replace('https://git.example/shop.git', 'file:///srv/shop.git')

    expect(check(text, facts()).findings.map(({ path }) => path)).toEqual(['source.git.url', 'timeout'])
  })

  test('with other documents, to which an environment that is half wrong exists', () => {
    const environment = 'kind: environment\nname: staging\nactive: "no"\ndeploy: {}\n'
    const text = `${environment}---\n${withLines('deploy: [{ environment: staging }, { environment: stagin }]')}`

    expect(check(text, facts()).findings.map(({ path }) => path)).toEqual([
      'active',
      'deploy',
      'deploy[1].environment',
    ])
  })

  test('and what could not be read is blamed for nothing', () => {
    expect(
      found('deploy: [{ environment: dev, approvers: alice, quorum: 2, expires: 3d }]').map(
        (finding) => finding.split(':')[0],
      ),
    ).toEqual(['4 deploy[0].approvers'])
  })
})
