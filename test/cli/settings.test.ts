import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { argoOf } from '../../src/config/argo.ts'
import { readSettings, refuseUnknownVariables } from '../../src/config/settings.ts'
import { OPTIONS, variableOf } from '../../src/config.ts'

let dir = ''
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'periplus-settings-'))
})
afterEach(() => rmSync(dir, { recursive: true }))

const flags = (values: Readonly<Record<string, string>> = {}) =>
  new Map(Object.entries({ '--data': dir, ...values }))
const file = (text: string) => writeFileSync(join(dir, 'periplus.yaml'), text)

describe('an option', () => {
  test('has its default where nothing says otherwise', () => {
    const { config, written } = readSettings(flags(), {})

    expect(config.listen).toEqual({ host: '127.0.0.1', port: 7070 })
    expect(config['logs.maxPerStage']).toBe(256 * 1024 * 1024)
    expect(config['local.grace']).toBe(10_000)
    expect(config['engine.unreachableLimit']).toBeNull()
    expect(written.listen).toEqual({ text: '127.0.0.1:7070', from: 'default' })
  })

  test('is taken from the flag before the variable, the variable before the file, and says so', () => {
    file('local: { maxRunning: 3 }\nlogs.maxPerStage: 1MiB\ntimezone: Europe/Athens\n')
    const { config, written } = readSettings(flags({ '--max-running': '5' }), {
      PERIPLUS_LOCAL_MAX_RUNNING: '4',
      PERIPLUS_TIMEZONE: 'UTC',
    })

    expect(config['local.maxRunning']).toBe(5)
    expect(written['local.maxRunning'].from).toBe('--max-running')
    expect(config.timezone).toBe('UTC')
    expect(written.timezone.from).toBe('PERIPLUS_TIMEZONE')
    expect(config['logs.maxPerStage']).toBe(1024 * 1024)
    expect(written['logs.maxPerStage'].from).toBe(`${join(dir, 'periplus.yaml')}:2`)
  })

  test('of several keys is a mapping in the file, and one line elsewhere', () => {
    file(
      'argo:\n  namespace: ci\n  defaults:\n    image: node:24\n    resources:\n      requests: { cpu: 500m }\n',
    )

    const { config, written } = readSettings(flags(), {})

    expect(config['argo.defaults']).toMatchObject({
      image: 'node:24',
      resources: { requests: { cpu: '500m' }, limits: {} },
      nodeSelector: null,
    })
    expect(written['argo.defaults']).toEqual({
      text: '{"image":"node:24","resources":{"requests":{"cpu":"500m"}}}',
      from: `${join(dir, 'periplus.yaml')}:3`,
    })
    const variable = { PERIPLUS_ARGO_DEFAULTS: '{ nodeSelector: { disk: ssd } }' }
    expect(readSettings(flags(), variable).config['argo.defaults']).toMatchObject({
      image: null,
      nodeSelector: { disk: 'ssd' },
    })
  })

  test('that is secret is read from the file a variable or flag names, without its last newline', () => {
    const secret = join(dir, 'token')
    writeFileSync(secret, 'ppl_abc\n')

    expect(readSettings(flags(), { PERIPLUS_TOKEN_FILE: secret }).config.token).toBe('ppl_abc')
    expect(readSettings(flags({ '--token-file': secret }), {}).config.token).toBe('ppl_abc')
  })
})

describe('options are refused', () => {
  const wrong: readonly [string, string, string][] = [
    ['an unknown key', 'lisen: 1', 'there is no option “lisen”. Did you mean listen?'],
    ['an unknown key in a group', 'local: { maxRuning: 1 }', 'Did you mean local.maxRunning?'],
    ['broken YAML, with its line', 'listen: [1\nx: }', 'periplus.yaml:'],
    ['a list where a value belongs', 'listen: [1, 2]', 'listen must be a single value.'],
    ['no map at all', 'just words', 'must hold options such as'],
    ['a port beyond 65535', 'listen: 127.0.0.1:99999', 'must be an address and a port'],
    ['a number out of bounds', 'local.maxRunning: 0', 'must be a whole number from 1 to 1000, not “0”.'],
    ['a duration without a unit', 'local.grace: 10', 'must be a duration such as 10s'],
    ['a size without a unit', 'data.minFree: 10', 'must be a size such as 256MiB'],
    ['a zone that does not exist', 'timezone: Europe/Atlantis', 'must be a time zone such as'],
    ['an address that is none', 'publicUrl: periplus', 'must be an address such as https://'],
    ['a level that does not exist', 'log.level: loud', 'must be one of info, warn, error'],
    ['a mapping where a value belongs', 'argo.image: { name: x }', 'argo.image must be a single value.'],
    ['a namespace that can be none', 'argo.namespace: My_Space', 'must be a name of Kubernetes such as argo'],
    ['an image that is none', 'argo.gitImage: "-x"', 'must be an image such as node:24, not “-x”.'],
    ['an engine that does not exist', 'engine.default: nomad', 'must be one of local, argo'],
    ['settings of pods with a slip', 'argo.defaults: { imge: x }', 'has no key imge (did you mean image?).'],
    [
      'settings of pods that Kubernetes would refuse',
      'argo.defaults: { image: "A B" }',
      'is wrong at image: That is no image',
    ],
    ['settings of pods that are a word', 'argo.defaults: node', 'is wrong: Invalid input: expected object'],
    ['neither yes nor no', 'git.allowFile: perhaps', 'must be true or false'],
  ]
  test.each(wrong)('for %s', (_, text, sentence) => {
    file(text)

    expect(() => readSettings(flags(), {})).toThrow(sentence)
  })

  test('all at once', () => {
    file('local.grace: soon\ntimezone: nowhere\n')

    expect(() => readSettings(flags(), {})).toThrow(/timezone .* local\.grace /)
  })

  test('for a file that was named and is not there', () => {
    expect(() => readSettings(flags({ '--config': join(dir, 'no.yaml') }), {})).toThrow('it does not exist')
  })

  test('for a secret whose file cannot be read', () => {
    expect(() => readSettings(flags(), { PERIPLUS_TOKEN_FILE: join(dir, 'none') })).toThrow(
      'PERIPLUS_TOKEN_FILE names',
    )
  })

  test('for a variable that sets nothing, when serving', () => {
    expect(() => refuseUnknownVariables({ PERIPLUS_LISTN: 'x' })).toThrow('Did you mean PERIPLUS_LISTEN?')
    expect(() =>
      refuseUnknownVariables({ PERIPLUS_LISTEN: 'x', PERIPLUS_TOKEN_FILE: 'x', HOME: '/' }),
    ).not.toThrow()
  })
})

test('addresses are an address with a port, or a port on loopback', () => {
  const listen = (text: string) => readSettings(flags({ '--listen': text }), {}).config.listen

  expect(listen('8080')).toEqual({ host: '127.0.0.1', port: 8080 })
  expect(listen('0.0.0.0:80')).toEqual({ host: '0.0.0.0', port: 80 })
  expect(listen('[::1]:0')).toEqual({ host: '::1', port: 0 })
})

test('every option has a flag and a variable of its own', () => {
  const keys = Object.keys(OPTIONS)

  expect(new Set(keys.map(variableOf)).size).toBe(keys.length)
  expect(new Set(Object.values(OPTIONS).map(({ flag }) => flag)).size).toBe(keys.length)
})

test('a file that this user may not read stops the start', () => {
  file('listen: 80')
  chmodSync(join(dir, 'periplus.yaml'), 0o000)

  // Root may read everything; for all others it is a sentence.
  if (process.getuid?.() !== 0) expect(() => readSettings(flags(), {})).toThrow('permission denied')
})

describe('the engine argo', () => {
  const argo = (values: Readonly<Record<string, string>>) => argoOf(readSettings(flags(values), {}).config)

  test('is there where its namespace is named', () => {
    expect(argo({})).toBeNull()
    expect(argo({ '--argo-namespace': 'ci' })).toMatchObject({ namespace: 'ci', deadlineMs: 86_400_000 })
  })

  test('is refused as the default where it is not there', () => {
    expect(() => argo({ '--engine': 'argo' })).toThrow('argo.namespace is not set')
  })

  test('takes the image and the account of their own options before those of its defaults', () => {
    const defaults = '{ image: node:24, serviceAccount: builder, imagePullSecrets: [pull] }'

    expect(
      argo({ '--argo-namespace': 'ci', '--argo-image': 'busybox:1.37', '--argo-defaults': defaults })
        ?.defaults,
    ).toMatchObject({ image: 'busybox:1.37', serviceAccount: 'builder', imagePullSecrets: ['pull'] })
  })
})
