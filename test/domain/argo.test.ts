import { describe, expect, test } from 'bun:test'
import { argoFrom, argoOver, argoSchema, imageSchema, resourcesSchema } from '../../src/domain/argo.ts'
import { NO_ARGO_SETTINGS } from '../../src/domain/definition.ts'
import { readDefinitions } from '../../src/domain/workflow.ts'
import { findings, PRODUCTION, withLines } from './texts.ts'

describe('an image', () => {
  const digest = `sha256:${'0a'.repeat(32)}`
  const images = [
    'node',
    'node:24',
    'docker.io/library/node:24-alpine',
    'registry.example:5000/shop/app:1.4',
    'localhost:5000/app',
    '[::1]:5000/app',
    'Registry.Example/app',
    `registry.example/shop/my__app.name-x@${digest}`,
    `node:24@${digest}`,
  ]
  for (const image of images)
    test(`is ${image}`, () => expect(imageSchema.safeParse(image).success).toBe(true))

  const others = [
    '',
    ' node',
    'node 24',
    'Node:24',
    '--privileged',
    '-v',
    'https://registry.example/app',
    'node:',
    'node:-24',
    'app/',
    '/app',
    'a//b',
    'a..b/c',
    'node@sha256:abc',
    'node:24\n',
    '{{workflow.name}}',
    '$(IMAGE)',
    'n'.repeat(513),
  ]
  for (const image of others) {
    test(`is not ${JSON.stringify(image.slice(0, 40))}`, () =>
      expect(imageSchema.safeParse(image).success).toBe(false))
  }

  test('of a quarter of a million characters is refused in good time', () => {
    for (const part of ['a', 'a-', 'a.', 'a/', '_', '-', 'A', '0:'])
      expect(imageSchema.safeParse(part.repeat(250_000 / part.length)).success).toBe(false)
  })
})

describe('resources', () => {
  const takes = (requests: unknown, limits: unknown = {}) =>
    resourcesSchema.safeParse({ requests, limits }).success

  test('are quantities as Kubernetes has them, numbers included', () => {
    const cpu = [1, 0.5, '500m', '2', '.5', '1.', '1e3', '1E-1']
    const memory = ['128974848', '129e6', '129M', '123Mi', '1.5Gi', '100k', '1Ki']
    for (const amount of [...cpu, ...memory]) expect([amount, takes({ cpu: amount })]).toEqual([amount, true])
  })

  test('are nothing else', () => {
    for (const amount of ['1 Gi', '1GB', '1gi', '-1', '+1', 'a lot', '', '.', '1e', '1ki', -1, true, null])
      expect([amount, takes({ memory: amount })]).toEqual([amount, false])
  })

  test('have names that Kubernetes knows, or of a domain', () => {
    for (const name of ['cpu', 'memory', 'ephemeral-storage', 'hugepages-2Mi', 'nvidia.com/gpu'])
      expect([name, takes({ [name]: 1 })]).toEqual([name, true])
    for (const name of ['mem', 'CPU', 'gpu', 'nvidia.com/', '/gpu', 'storage'])
      expect([name, takes({ [name]: 1 })]).toEqual([name, false])
  })

  test('ask for no more than their limit, whatever the units', () => {
    const fits = [
      ['1024Mi', '1Gi'],
      ['999M', '1Gi'],
      ['1000m', 1],
      ['1e3', '1k'],
      [0.5, '500m'],
    ] as const
    const exceeds = [
      ['1025Mi', '1Gi'],
      ['1001m', 1],
      ['1Gi', '1G'],
      ['1E', '999P'],
      ['2e3', '1k'],
    ] as const

    for (const [ask, limit] of fits) expect([ask, takes({ cpu: ask }, { cpu: limit })]).toEqual([ask, true])
    for (const [ask, limit] of exceeds)
      expect([ask, takes({ cpu: ask }, { cpu: limit })]).toEqual([ask, false])
    expect(takes({ cpu: 4 }, { memory: '1Gi' })).toBe(true)
  })
})

const EVERYTHING = {
  image: 'node:24',
  serviceAccount: 'shop-build',
  resources: { requests: { cpu: 1, memory: '1Gi' }, limits: { memory: '2Gi' } },
  nodeSelector: { 'kubernetes.io/arch': 'amd64', disk: 'ssd' },
  tolerations: [
    { key: 'builds', operator: 'Equal', value: 'yes', effect: 'NoSchedule' },
    { operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 60 },
  ],
  imagePullSecrets: ['registry-login'],
  securityContext: { runAsUser: 1000, fsGroup: 1000 },
} as const

describe('the settings of pods', () => {
  test('are read whole, amounts as texts', () => {
    expect<unknown>(argoFrom(argoSchema.parse(EVERYTHING))).toEqual({
      ...EVERYTHING,
      resources: { requests: { cpu: '1', memory: '1Gi' }, limits: { memory: '2Gi' } },
      securityContext: { runAsUser: 1000, runAsGroup: null, fsGroup: 1000 },
    })
  })

  test('of nothing say nothing', () => {
    expect(argoFrom(argoSchema.parse({}))).toEqual(NO_ARGO_SETTINGS)
  })

  test('stand in a workflow and in an environment', () => {
    const text = `${withLines(`argo: ${JSON.stringify(EVERYTHING)}`)}\n---\n${PRODUCTION}argo: { serviceAccount: shop-deploy }\n`

    const { documents, findings: problems } = readDefinitions(text)

    expect(problems).toEqual([])
    expect(documents.map(({ definition }) => definition.argo.serviceAccount)).toEqual([
      'shop-build',
      'shop-deploy',
    ])
  })

  test('win key by key, each of them whole', () => {
    const nearer = argoFrom({ serviceAccount: 'deploy', resources: { limits: { memory: '1Gi' } } })
    const others = argoFrom({
      image: 'node:24',
      serviceAccount: 'build',
      resources: { requests: { cpu: 1 } },
    })

    expect(argoOver(nearer, others)).toEqual({
      ...NO_ARGO_SETTINGS,
      image: 'node:24',
      serviceAccount: 'deploy',
      resources: { requests: {}, limits: { memory: '1Gi' } },
    })
  })
})

describe('what is wrong with them is said with its place and its mend', () => {
  const inArgo = (text: string) => withLines(`argo: { ${text} }`)
  const inScript = (text: string) => withLines(`build: { script: { run: x, ${text} } }`)
  const cases: readonly (readonly [string, string, string])[] = [
    [
      'an image in capitals',
      inScript('image: Node:24'),
      '4:35 build.script.image: That is no image. Write it as node:24, registry.example:5000/shop/tools:1.4 or …@sha256:…, its path in small letters.',
    ],
    [
      'a memory in words',
      inScript('resources: { limits: { memory: 2 GB } }'),
      '4:59 build.script.resources.limits.memory: That is no quantity. Write 500m or 2 for cpu, 512Mi or 2Gi for memory.',
    ],
    [
      'a cpu of true',
      inScript('resources: { limits: { cpu: true } }'),
      '4:56 build.script.resources.limits.cpu: That is no quantity. Write 500m or 2 for cpu, 512Mi or 2Gi for memory.',
    ],
    [
      'less than nothing',
      inScript('resources: { limits: { cpu: -1 } }'),
      '4:56 build.script.resources.limits.cpu: cpu is at least 0.',
    ],
    [
      'a resource that Kubernetes does not know',
      inScript('resources: { requests: { mem: 1Gi } }'),
      '4:58 build.script.resources.requests.mem: A resource is cpu, memory, ephemeral-storage, hugepages-2Mi, or one of a domain such as nvidia.com/gpu.',
    ],
    [
      'a request above its limit',
      inScript('resources: { requests: { cpu: 2 }, limits: { cpu: 1500m } }'),
      '4:58 build.script.resources.requests.cpu: 2 is more than the limit of 1500m. Ask for no more than may be used.',
    ],
    [
      'a key of resources',
      inScript('resources: { limit: { cpu: 1 } }'),
      '4:41 build.script.resources.limit: Unknown key limit in build.script.resources. Did you mean limits?',
    ],
    [
      'a key of argo',
      inArgo('serviceAcount: x'),
      '4:9 argo.serviceAcount: Unknown key serviceAcount in argo. Did you mean serviceAccount?',
    ],
    [
      'a service account',
      inArgo('serviceAccount: Shop_Build'),
      '4:25 argo.serviceAccount: A service account’s name has small letters, digits, dots and dashes only, and begins and ends with a letter or digit.',
    ],
    [
      'a pull secret as Kubernetes writes it',
      inArgo('imagePullSecrets: [{ name: login }]'),
      '4:28 argo.imagePullSecrets[0]: Entry 1 of imagePullSecrets is text, not a mapping.',
    ],
    [
      'a label’s value without quotes',
      inArgo('nodeSelector: { gpu: true }'),
      '4:30 argo.nodeSelector.gpu: gpu is text, and true is true or false. Write it in quotes: "true".',
    ],
    [
      'root',
      inArgo('securityContext: { runAsUser: 0 }'),
      '4:39 argo.securityContext.runAsUser: It is a number of 1 or more; 0 would be root.',
    ],
    [
      'a toleration of everything, unsaid',
      inArgo('tolerations: [{ effect: NoSchedule }]'),
      '4:23 argo.tolerations[0]: A toleration without a key is of every taint. Write operator: Exists, or name a key.',
    ],
    [
      'a toleration with a value too many',
      inArgo('tolerations: [{ key: a, operator: Exists, value: b }]'),
      '4:23 argo.tolerations[0]: operator: Exists takes no value. Leave one of them out.',
    ],
    [
      'a toleration that ends',
      inArgo('tolerations: [{ key: a, tolerationSeconds: 5 }]'),
      '4:23 argo.tolerations[0]: tolerationSeconds needs effect: NoExecute.',
    ],
    [
      'an effect',
      inArgo('tolerations: [{ key: a, effect: NoSchedul }]'),
      '4:41 argo.tolerations[0].effect: No effect NoSchedul. Did you mean NoSchedule?',
    ],
  ]
  for (const [what, text, expected] of cases) test(what, () => expect(findings(text)).toEqual([expected]))
})
