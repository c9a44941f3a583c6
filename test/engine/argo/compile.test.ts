import { describe, expect, test } from 'bun:test'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { stringify } from 'yaml'
import { NO_ARGO_SETTINGS } from '../../../src/domain/definition.ts'
import { compile, type Site, secretOf } from '../../../src/engine/argo/compile.ts'
import type { ArgoWorkflow } from '../../../src/engine/argo/kube.ts'
import { SCRIPT_VARIABLE } from '../../../src/engine/argo/wrapper.ts'
import { Refused, type SegmentOrder, type StageOrder } from '../../../src/engine/engine.ts'
import { environment, expand, substitute } from '../../argo/expand.ts'
import type { Container } from '../../argo/objects.ts'
import { orderOf } from '../conformance.ts'
import { podFrom, SITE } from './pod.ts'

const SOURCE: SegmentOrder['source'] = {
  url: 'https://git.example/shop/storefront.git',
  sha: '0123456789abcdef0123456789abcdef01234567',
  branch: 'main',
  tag: null,
  credential: null,
}

/** The same order each time: names of handles are counted otherwise. */
function order(
  scripts: readonly (string | null)[],
  more: Readonly<Record<number, Partial<StageOrder>>> = {},
  rest: Partial<SegmentOrder> = {},
): SegmentOrder {
  return {
    ...orderOf({ source: SOURCE }, scripts, more),
    handle: 'p-01jcxyz0000000000000000000-0',
    planHash: 'c0ffee',
    execution: { uid: '01JCXYZ0000000000000000000', id: 'storefront-12', workflow: 'storefront' },
    ...rest,
  }
}

/** What the script of a container is in the end: its last arguments, joined as the wrapper joins them. */
const BEFORE_SCRIPT = 13

function containersOf(workflow: ArgoWorkflow): readonly Container[] {
  const [template] = workflow.spec['templates'] as readonly { containerSet: { containers: Container[] } }[]
  return template?.containerSet.containers ?? []
}

function containerOf(workflow: ArgoWorkflow, name: string): Container {
  const found = containersOf(workflow).find((one) => one.name === name)
  if (found === undefined) throw new Error(`There is no container ${name}.`)
  return found
}

/** A container's arguments as its process gets them: through Argo's hands, then through the kubelet's. */
function arrived(workflow: ArgoWorkflow, name: string, env: Readonly<Record<string, string>> = {}): string[] {
  const template = JSON.stringify(workflow.spec['templates'])
  const values = { 'workflow.name': 'REPLACED', 'inputs.parameters.x': 'REPLACED', x: 'REPLACED' }
  const through: ArgoWorkflow = {
    ...workflow,
    spec: { ...workflow.spec, templates: JSON.parse(substitute(template, values).text) },
  }
  return (containerOf(through, name).args ?? []).map((text) => expand(text, env))
}

describe('an image', () => {
  const files = { 'config.json': '{"auths":{}}', 'secret.npm': 'very-secret' }
  const made = order([null, 'build it', 'push it', 'echo'], {
    2: { id: 'build', kind: 'image', files },
    3: { id: 'push', kind: 'push', files: { 'config.json': '{"auths":{}}' } },
  })
  const site = { ...SITE, buildkit: 'tcp://buildkitd:1234' }

  test('is built by the daemon and pushed by an image for that, each with files that it alone sees', () => {
    const workflow = compile(made, site)
    const secret = secretOf(made, { name: made.handle, uid: 'u' }, site)
    const [build, push, after] = ['s2', 's3', 's4'].map((name) => containerOf(workflow, name))

    expect([build?.image, push?.image, after?.image]).toEqual([
      site.buildImage,
      site.pushImage,
      site.defaults.image ?? '',
    ])
    expect(build?.env).toContainEqual({ name: 'BUILDKIT_HOST', value: 'tcp://buildkitd:1234' })
    expect(build?.env).toContainEqual({ name: 'PERIPLUS_FILES', value: '/etc/periplus/files' })
    expect([build, push, after].map((one) => one?.volumeMounts?.map(({ name }) => name))).toEqual([
      ['files-s2'],
      ['files-s3'],
      undefined,
    ])
    expect(JSON.stringify(workflow)).not.toContain('very-secret')
    expect(secret?.stringData).toMatchObject({
      's2.file.config.json': '{"auths":{}}',
      's2.file.secret.npm': 'very-secret',
      's3.file.config.json': '{"auths":{}}',
    })
    expect(build?.securityContext).toEqual(after?.securityContext)
  })

  test('is built by nobody where no daemon is named', () => {
    expect(() => compile(made, SITE)).toThrow('The server’s option argo.buildkit does.')
  })
})

describe('a golden manifest:', () => {
  const build = order([null, 'npm ci\nnpm test -- --grep "$PATTERN" {{x}}', 'make dist'], {
    2: {
      id: 'pre-build.unit-tests',
      reports: [{ name: 'pre-build.unit-tests', path: 'out/junit $x.xml', format: 'junit' }],
      image: 'node:24',
      env: { PATTERN: '$(date)', NPM_TOKEN: 'hush-hush', TEMPLATE: '{{x}}' },
      secrets: ['NPM_TOKEN'],
      timeoutMs: 90_500,
      retries: 2,
      continueOnFailure: true,
    },
    3: { id: 'build', kind: 'build', resources: { requests: { cpu: '500m' }, limits: { memory: '1Gi' } } },
  })
  const deploy = order(
    ['kubectl apply -f k8s', 'curl -f https://shop.example/health', 'true'],
    {
      1: { id: 'deploy.production', kind: 'deploy' },
      2: { id: 'verify.production', kind: 'verify' },
    },
    {
      environment: 'production',
      argo: { ...NO_ARGO_SETTINGS, serviceAccount: 'deployer', nodeSelector: { disk: 'ssd' } },
      source: {
        ...SOURCE,
        url: 'ssh://git@git.example/shop.git',
        credential: { kind: 'ssh', privateKey: 'KEY', knownHosts: 'git.example ssh-ed25519 AAAA' },
      },
      graceMs: 20_000,
    },
  )
  const settled: Site = {
    ...SITE,
    controllerInstance: 'ci',
    allowRoot: true,
    defaults: {
      image: 'registry.example/tools:1',
      serviceAccount: 'periplus-executor',
      resources: { requests: {}, limits: { memory: '512Mi' } },
      nodeSelector: null,
      tolerations: [{ key: 'ci', operator: 'Exists', effect: 'NoSchedule' }],
      imagePullSecrets: ['registry'],
      securityContext: { runAsUser: 2000, runAsGroup: null, fsGroup: 3000 },
    },
  }

  test.each([
    ['build', build, SITE],
    ['deploy', deploy, SITE],
    ['settled', order(['id'], { 1: { asRoot: true, id: 'pre-build.id' } }), settled],
  ] as const)('%s', (name, from, site) => {
    const owner = { name: from.handle, uid: '3f6c' }
    const objects = [compile(from, site), secretOf(from, owner, site)].filter((one) => one !== null)

    const text = objects.map((one) => stringify(readable(one), { lineWidth: 0 })).join('---\n')

    const path = join(import.meta.dir, 'golden', `${name}.yaml`)
    // To be looked at and committed: GOLDEN=write bun test test/engine/argo/compile.test.ts
    if (process.env['GOLDEN'] === 'write') writeFileSync(path, text)
    expect(text).toBe(readFileSync(path, 'utf8'))
  })
})

/** A manifest without the long texts that are the same in each; what is JSON in it as an object. */
function readable(value: unknown, key = ''): unknown {
  if (key === 'podSpecPatch' || key === 'periplus.dev/outline') return JSON.parse(String(value))
  if (key === 'args' && Array.isArray(value))
    return value.map((text, index) => shortened(String(text), index))
  if (Array.isArray(value)) return value.map((one) => readable(one))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, readable(one, name)]))
}

function shortened(text: string, index: number): string {
  if (index === 0) return 'the text of wrapper.sh'
  return text.startsWith("url='") ? text.replace(/\n(?!\w+=')[\s\S]*/, '\nand the text of checkout.sh') : text
}

describe('a script arrives to the letter', () => {
  const piece = fc.constantFrom(
    '$',
    '$$',
    '$(',
    '$(HOME)',
    '{',
    '{{',
    '}}',
    '{{x}}',
    '{{{',
    '\\',
    "'",
    '"',
    '\n',
    'ä',
    '💥',
    ' ',
    'a',
  )
  const text = fc.oneof(
    fc.array(piece).map((parts) => parts.join('')),
    fc.string({ unit: 'binary' }).filter((one) => !one.includes('\0')),
  )

  test('whatever is in it', () => {
    fc.assert(
      fc.property(text, (run) => {
        const workflow = compile(order([run]), SITE)

        expect(JSON.stringify(workflow)).not.toContain('{{')
        expect(arrived(workflow, 's1', { HOME: 'WRONG', '': 'WRONG' }).slice(BEFORE_SCRIPT).join('')).toBe(
          run,
        )
      }),
    )
  })

  test('and so does every variable', () => {
    fc.assert(
      fc.property(text, text, (value, secret) => {
        const from = order(['true'], {
          1: { env: { HOME: '/h', PLAIN: value, SECRET: secret }, secrets: ['SECRET'] },
        })
        const workflow = compile(from, SITE)
        const data = secretOf(from, { name: 'w', uid: 'u' }, SITE)?.stringData ?? {}

        const seen = environment(
          containerOf(workflow, 's1').env ?? [],
          ({ secretKeyRef }) => data[secretKeyRef?.key ?? ''] ?? null,
        )

        expect(seen).toMatchObject({ PLAIN: value, SECRET: secret })
      }),
    )
  })

  test('past Argo where it is long, in variables that Linux takes', () => {
    const run = '💥{{$'.repeat(16_000)
    const from = order([run])

    const workflow = compile(from, SITE)

    const data = secretOf(from, { name: 'w', uid: 'u' }, SITE)?.stringData ?? {}
    const seen = environment(
      containerOf(workflow, 's1').env ?? [],
      ({ secretKeyRef }) => data[secretKeyRef?.key ?? ''] ?? null,
    )
    const pieces = Object.entries(seen).flatMap(([name, value]) =>
      name.startsWith(SCRIPT_VARIABLE) ? [value] : [],
    )
    expect(pieces.join('')).toBe(run)
    expect(Math.max(...pieces.map((one) => Buffer.byteLength(one)))).toBeLessThan(120 * 1024)
    expect(arrived(workflow, 's1').slice(BEFORE_SCRIPT)).toEqual([])
    // Argo hands on no argument, and keeps no template, that is longer than this.
    expect(JSON.stringify(workflow).length).toBeLessThan(128 * 1024)
  })

  test('and so does what a repository is called', () => {
    const source = { ...SOURCE, url: "https://git.example/a'b$(x){{y}}.git", branch: "we'ird/$HOME/{{x}}" }

    const workflow = compile(order([null], {}, { source }), SITE)

    expect(JSON.stringify(workflow)).not.toContain('{{')
    const script = arrived(workflow, 's1').slice(BEFORE_SCRIPT).join('')
    const { stdout } = Bun.spawnSync([
      'sh',
      '-c',
      `${script.slice(0, script.indexOf('\nexport'))}\necho "$url $branch $ref"`,
    ])
    expect(stdout.toString().trim()).toBe(
      `${source.url} ${source.branch} +refs/heads/${source.branch}:refs/remotes/origin/${source.branch}`,
    )
  })
})

describe('secrets', () => {
  const secret = fc.stringMatching(/^[!-~]{12,40}$/).map((text) => `s3cr3t${text}`)

  test('are nowhere in a Workflow, and whole in its Secret', () => {
    const credential = fc.oneof(
      fc.record({ kind: fc.constant('https' as const), username: secret, password: secret }),
      fc.record({ kind: fc.constant('ssh' as const), privateKey: secret, knownHosts: secret }),
    )
    fc.assert(
      fc.property(secret, secret, credential, (one, other, asked) => {
        const source = { ...SOURCE, credential: asked }
        const from = order(
          ['true', 'true'],
          { 1: { env: { A: one }, secrets: ['A'] }, 2: { env: { A: one, B: other }, secrets: ['A', 'B'] } },
          { source },
        )

        const text = JSON.stringify(compile(from, SITE)).replaceAll('$$', '$')
        const kept = Object.values(secretOf(from, { name: 'w', uid: 'u' }, SITE)?.stringData ?? {})

        const { kind: _, ...parts } = asked
        for (const value of [one, other, ...Object.values(parts)]) {
          expect(text).not.toContain(JSON.stringify(value).slice(1, -1))
          expect(kept.map((text) => text.trimEnd())).toContain(value)
        }
      }),
    )
  })

  test('are none where nobody has any', () => {
    expect(secretOf(order(['true']), { name: 'w', uid: 'u' }, SITE)).toBeNull()
  })
})

/** https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted, of every container of a pod. */
const RESTRICTED: readonly (readonly [
  string,
  (container: Container, pod: ReturnType<typeof podFrom>['pod']) => boolean,
])[] = [
  [
    'runs as nobody of the host',
    (_, { spec }) => !['hostNetwork', 'hostPID', 'hostIPC'].some((key) => key in spec),
  ],
  ['is not privileged', ({ securityContext }) => !('privileged' in (securityContext ?? {}))],
  [
    'drops all capabilities',
    ({ securityContext }) => Bun.deepEquals(securityContext?.['capabilities'], { drop: ['ALL'] }),
  ],
  ['gains no privileges', ({ securityContext }) => securityContext?.['allowPrivilegeEscalation'] === false],
  [
    'is not root',
    ({ securityContext }, { spec }) =>
      securityContext?.['runAsNonRoot'] === true &&
      securityContext['runAsUser'] !== 0 &&
      spec.securityContext?.runAsUser !== 0,
  ],
  [
    'has the runtime’s seccomp profile',
    ({ securityContext }) => Bun.deepEquals(securityContext?.['seccompProfile'], { type: 'RuntimeDefault' }),
  ],
  ['mounts no path of the host', (_, { spec }) => spec.volumes.every((volume) => !('hostPath' in volume))],
  ['opens no port of the host', (container) => !('ports' in container)],
  [
    'changes no AppArmor, SELinux, proc mount or sysctl',
    (container, { spec }) =>
      !/appArmor|seLinux|procMount|sysctls/.test(
        JSON.stringify([container.securityContext, spec.securityContext]),
      ),
  ],
]

describe('by the restricted standard every container', () => {
  const from = order(
    [null, 'true'],
    {},
    {
      source: {
        ...SOURCE,
        url: 'ssh://git@h/x',
        credential: { kind: 'ssh', privateKey: 'k', knownHosts: 'h' },
      },
    },
  )
  const { pod } = podFrom(from, SITE)
  const all = [...pod.spec.initContainers, ...pod.spec.containers]

  test.each(RESTRICTED)('%s', (_, holds) => {
    expect(all.map(({ name }) => name)).toEqual(['init', 'wait', 's1', 's2'])
    expect(all.filter((container) => !holds(container, pod)).map(({ name }) => name)).toEqual([])
  })

  test('is looked at by checks that see what is wrong', () => {
    const bad = {
      name: 'bad',
      image: 'x',
      securityContext: { privileged: true, runAsUser: 0, procMount: 'Unmasked' },
      ports: [],
    }
    const worse = {
      ...pod,
      spec: { ...pod.spec, hostPID: true, volumes: [{ name: 'root', hostPath: { path: '/' } }] },
    }

    expect(RESTRICTED.filter(([, holds]) => holds(bad, worse)).map(([name]) => name)).toEqual([])
  })

  test('that runs as root does so alone', () => {
    const { pod } = podFrom(order(['true', 'true'], { 2: { asRoot: true } }), { ...SITE, allowRoot: true })
    const root = pod.spec.containers.filter(({ securityContext }) => securityContext?.['runAsUser'] === 0)

    expect(root.map(({ name }) => name)).toEqual(['s2'])
    expect(root[0]?.securityContext).toMatchObject({
      runAsNonRoot: false,
      seccompProfile: { type: 'RuntimeDefault' },
    })
    expect(JSON.stringify(root[0]?.env)).not.toContain('"HOME"')
  })
})

describe('the token', () => {
  const holders = (from: SegmentOrder) => {
    const { pod } = podFrom(from, SITE)
    expect(pod.spec['automountServiceAccountToken']).toBe(false)
    return [...pod.spec.initContainers, ...pod.spec.containers]
      .filter(({ volumeMounts = [] }) =>
        volumeMounts.some(({ mountPath }) => mountPath.includes('serviceaccount')),
      )
      .map(({ name }) => name)
  }
  const kinds = { 1: { kind: 'deploy' }, 2: { kind: 'verify' } } as const
  const own = { ...NO_ARGO_SETTINGS, serviceAccount: 'deployer' }

  test('is Argo’s own containers’ alone', () => {
    expect(holders(order([null, 'true'], {}, { argo: own }))).toEqual(['init', 'wait'])
    expect(holders(order(['true', 'true'], kinds, { environment: 'production' }))).toEqual(['init', 'wait'])
  })

  test('is given to a deploy and its verification where an account was named for them', () => {
    expect(holders(order(['true', 'true', 'true'], kinds, { environment: 'production', argo: own }))).toEqual(
      ['init', 'wait', 's1', 's2'],
    )
  })
})

describe('refused is', () => {
  const refusal = (from: SegmentOrder, site = SITE) => {
    try {
      compile(from, site)
      return 'taken'
    } catch (error) {
      return error instanceof Refused ? error.message : String(error)
    }
  }

  test('a script that nobody names an image for', () => {
    const none = { ...SITE, defaults: NO_ARGO_SETTINGS }

    expect(refusal(order(['true']), none)).toStartWith('Nothing says which image stage script-1 runs in.')
    expect(refusal(order(['true'], { 1: { image: 'a' } }), none)).toBe('taken')
    expect(refusal(order([null]), none)).toBe('taken')
  })

  test('a root that this server does not allow', () => {
    expect(refusal(order(['true'], { 1: { asRoot: true } }))).toBe(
      'Stage script-1 wants to run as root, which this server does not allow on argo. Leave asRoot out.',
    )
  })

  test('a deploy as the account that builds have', () => {
    const site = { ...SITE, defaults: { ...SITE.defaults, serviceAccount: 'builder' } }
    const argo = { ...NO_ARGO_SETTINGS, serviceAccount: 'builder' }

    expect(refusal(order(['true'], {}, { environment: 'dev', argo }), site)).toBe(
      'Environment dev deploys as service account builder, which build scripts have, too. Give it one of its own.',
    )
    expect(refusal(order(['true'], {}, { argo }), site)).toBe('taken')
  })

  test('what is more than a cluster takes', () => {
    const scripts = order(Array(60).fill('x'.repeat(20_000)))
    const secrets = order(['true'], {
      1: {
        env: Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`S${n}`, 'x'.repeat(30_000)])),
        secrets: Array.from({ length: 40 }, (_, n) => `S${n}`),
      },
    })

    expect(refusal(scripts)).toMatch(
      /^This segment of storefront-12 would be a manifest of 1\d{6} bytes; a cluster takes 1000000\./,
    )
    expect(refusal(secrets)).toStartWith(
      'The secrets and long scripts of this segment of storefront-12 are 1200',
    )
  })

  test('a name that Argo would replace', () => {
    expect(refusal(order(['true'], { 1: { image: '{{x}}' } }))).toContain('holds “{{”')
  })
})
