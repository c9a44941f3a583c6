import { afterAll, describe, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type KubeconfigOptions, loadKubeconfig } from '../../src/engine/argo/client/kubeconfig.ts'

const dir = mkdtempSync(join(tmpdir(), 'periplus-kubeconfig-'))
afterAll(() => rmSync(dir, { recursive: true }))

function write(name: string, text: string): string {
  const path = join(dir, name)
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, text)
  return path
}

/** A kubeconfig of contexts that bear their clusters’ names. */
function config(names: readonly string[], current: string | null = names[0] ?? null): string {
  return JSON.stringify({
    'current-context': current ?? undefined,
    contexts: names.map((name) => ({ name, context: { cluster: name, user: name } })),
    clusters: names.map((name) => ({ name, cluster: { server: `https://${name}.example:6443` } })),
    users: names.map((name) => ({ name, user: { token: 'SECRET' } })),
  })
}

function load(options: Partial<KubeconfigOptions> = {}) {
  const variables = { HOME: join(dir, 'nobody'), ...options.variables }
  return loadKubeconfig({ kubeconfig: null, context: null, ...options, variables })
}

describe('a kubeconfig is looked for', () => {
  const option = write('option', config(['option']))
  const variable = write('variable', config(['variable']))
  write('home/.kube/config', config(['home']))
  write('pod/token', 'token')
  const pod = { KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT: '443' }
  const accountDir = join(dir, 'pod')
  const HOME = join(dir, 'home')
  const all = { ...pod, KUBECONFIG: variable, HOME }

  const found: readonly [string, Partial<KubeconfigOptions>, string][] = [
    [
      'first where the options say',
      { kubeconfig: option, variables: all, accountDir },
      'https://option.example:6443',
    ],
    ['then where KUBECONFIG says', { variables: all, accountDir }, 'https://variable.example:6443'],
    ['then in the home directory', { variables: { ...pod, HOME }, accountDir }, 'https://home.example:6443'],
    ['then in a pod', { variables: pod, accountDir }, 'https://10.96.0.1:443'],
    [
      'in a pod of an IPv6 cluster',
      { variables: { ...pod, KUBERNETES_SERVICE_HOST: 'fd00::1' }, accountDir },
      'https://[fd00::1]:443',
    ],
  ]
  test.each(found)('%s', (_, options, server) => {
    expect(load(options).place.server).toBe(server)
  })

  test('and where there is none the sentence says where it may stand', () => {
    expect(() => load()).toThrow('No kubeconfig is found, and this is no pod of a cluster.')
    expect(() => load({ variables: pod, accountDir: join(dir, 'none') })).toThrow('No kubeconfig is found')
  })

  test('and never elsewhere than it was named', () => {
    expect(() => load({ kubeconfig: join(dir, 'none'), variables: all })).toThrow(
      'none cannot be read: it does not exist.',
    )
    expect(() => load({ variables: { KUBECONFIG: dir } })).toThrow('it is a directory')
  })
})

describe('several files of KUBECONFIG', () => {
  const one = write('one', config(['a', 'b'], null))
  const two = write('two', config(['b', 'c'], 'c'))
  const KUBECONFIG = `${one}:${join(dir, 'missing')}:${two}`

  test('are one; the first that says something of a name is right', () => {
    write('two-b', '')

    expect(load({ variables: { KUBECONFIG } }).place).toMatchObject({
      context: 'c',
      source: `${one}, ${two}`,
    })
    expect(load({ variables: { KUBECONFIG }, context: 'a' }).place.server).toBe('https://a.example:6443')
  })
})

describe('the context', () => {
  const file = write('contexts', config(['production', 'staging'], null))

  test('is the one that is asked for', () => {
    expect(load({ kubeconfig: file, context: 'staging' }).place).toMatchObject({
      context: 'staging',
      user: 'staging',
    })
  })

  test('is guessed at where it was mistyped, and else all are named', () => {
    expect(() => load({ kubeconfig: file, context: 'stagin' })).toThrow(
      'has no context stagin. Did you mean staging?',
    )
    expect(() => load({ kubeconfig: file, context: 'zzz' })).toThrow(
      'has no context zzz. It has production, staging.',
    )
    expect(() => load({ kubeconfig: file })).toThrow('names no current context. Name one with argo.context.')
  })

  test('needs its cluster and its user', () => {
    const broken = write('broken', config(['x']).replace('"name":"x","cluster":{', '"name":"y","cluster":{'))

    expect(() => load({ kubeconfig: broken })).toThrow('names the cluster x, which')
  })
})

describe('a file that is wrong', () => {
  const cases: readonly [string, string, string][] = [
    ['is not YAML', 'users:\n - name: a\n   user: {token: "SECRET\n', 'is not YAML: line 4 cannot be read.'],
    ['lacks what it must have', 'clusters: [{ name: x }]', 'is incomplete: clusters[0].cluster is missing.'],
    ['is something else', 'SECRET', 'names no current context. Name one with argo.context. It has none.'],
    ['is empty', '', 'names no current context'],
    [
      'names no address',
      config(['a']).replace('https://a.example', 'a.example'),
      'is not an address such as',
    ],
    ['sends credentials unprotected', config(['a']).replace('https:', 'http:'), 'which nothing protects.'],
    [
      'sends them by a proxy that is none',
      config(['a']).replace('"server"', '"proxy-url":"socks5://p","server"'),
      'must begin with http or https',
    ],
    ['is endless', 'x'.repeat(5_000_000), 'is larger than a kubeconfig can be'],
  ]
  test.each(cases)('%s', (_, text, sentence) => {
    const kubeconfig = write('wrong', text)

    const error = problemOf({ kubeconfig })

    expect(error).toMatchObject({ kind: 'engine_unreachable' })
    expect(error.message).toContain(sentence)
    expect(error.message.replace(kubeconfig, '')).not.toContain('SECRET')
  })
})

test('a pod’s token is read from its file', () => {
  const accountDir = join(dir, 'pod')

  const found = load({ variables: { KUBERNETES_SERVICE_HOST: '10.96.0.1' }, accountDir })

  expect(found).toMatchObject({ tokenFile: join(accountDir, 'token'), place: { context: null } })
})

test('an address is shown without who asks', () => {
  const kubeconfig = write('secretive', config(['a']).replace('https://', 'https://someone:SECRET@'))

  expect(load({ kubeconfig }).place.server).toBe('https://a.example:6443')
})

function problemOf(options: Partial<KubeconfigOptions>): Error {
  try {
    load(options)
  } catch (error) {
    if (error instanceof Error) return error
  }
  throw new Error('It was read.')
}
