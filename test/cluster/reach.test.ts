import { afterAll, beforeEach, describe, expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { unreached } from '../../src/engine/argo/client/unreached.ts'
import { Authority } from './authority.ts'
import { Ground, refused, rejection, TOKEN } from './ground.ts'

const ground = new Ground()
afterAll(() => ground.remove())

const workflow = { metadata: { name: 'x' } }
let accepted: string | null = TOKEN
beforeEach(() => {
  ground.asked.length = 0
  accepted = TOKEN
  ground.answer = ({ authorization }) =>
    accepted === null || authorization === `Bearer ${accepted}`
      ? Response.json(workflow)
      : refused(401, 'Unauthorized', 'Unauthorized')
})

/** All that was said in this file: nothing of it may give a credential away. */
const said: string[] = []
async function saidOf(kubeconfig: string): Promise<string> {
  const { message } = await rejection(ground.open(kubeconfig).workflow('x'))
  said.push(message)
  return message
}

describe('who we are is shown', () => {
  test('by a client certificate, also to a server that takes nobody else', async () => {
    const server = ground.serve(ground.authority.sign('strict'), 'known')
    accepted = null
    const { key, cert } = ground.authority.sign('periplus')
    const user = { 'client-certificate-data': base64(cert), 'client-key-data': base64(key) }

    const found = await ground
      .open(ground.kubeconfig({ cluster: { server: server.url.origin }, user }))
      .workflow('x')

    expect(found).toEqual(expect.objectContaining(workflow))
    expect(ground.asked[0]?.authorization).toBeNull()
    const without = await saidOf(ground.kubeconfig({ cluster: { server: server.url.origin } }))
    expect(without).toContain('wants a client certificate')
    await server.stop(true)
  })

  test('by files beside the kubeconfig', async () => {
    const { key, cert } = ground.authority.sign('beside')
    ground.write('own.crt', cert)
    ground.write('own.key', key)
    ground.write('ca.crt', ground.authority.ca)
    accepted = null
    const cluster = { 'certificate-authority-data': undefined, 'certificate-authority': 'ca.crt' }
    const user = { 'client-certificate': 'own.crt', 'client-key': 'own.key' }

    expect(await ground.open(ground.kubeconfig({ cluster, user })).workflow('x')).not.toBeNull()
  })

  test('by name and password', async () => {
    accepted = null

    await ground.open(ground.kubeconfig({ user: { username: 'me', password: 'secret' } })).workflow('x')

    expect(ground.asked[0]?.authorization).toBe(`Basic ${base64('me:secret')}`)
  })

  test('by a token’s file, which is read anew when the token is refused', async () => {
    ground.write('token', 'old\n')
    const cluster = ground.open(ground.kubeconfig({ user: { tokenFile: 'token' } }))
    accepted = 'old'
    await cluster.workflow('x')

    accepted = 'new'
    ground.write('token', 'new\n')

    expect(await cluster.workflow('x')).not.toBeNull()
    expect(ground.asked.map(({ authorization }) => authorization)).toEqual([
      'Bearer old',
      'Bearer old',
      'Bearer new',
    ])
  })

  test('by a plugin, which is told what kubectl tells it and asked again when its token is refused', async () => {
    accepted = 'token-1'
    const cluster = ground.open(ground.kubeconfig({ user: { exec: plugin(COUNTING) } }))
    await cluster.workflow('x')
    await cluster.workflow('x')

    accepted = 'token-2'
    await Promise.all([cluster.workflow('x'), cluster.workflow('x'), cluster.workflow('x')])

    expect(await Bun.file(join(ground.dir, 'runs')).text()).toBe('run\nrun\n')
    const told = await Bun.file(join(ground.dir, 'told')).json()
    expect(told).toMatchObject({
      kind: 'ExecCredential',
      spec: { interactive: false, cluster: { server: ground.address } },
    })
    expect(Buffer.from(told.spec.cluster['certificate-authority-data'], 'base64').toString()).toBe(
      ground.authority.ca,
    )
  })

  test('by a plugin that is asked once, however late a call learns that its token is refused', async () => {
    const { promise: late, resolve } = Promise.withResolvers<void>()
    const exec = plugin(COUNTING.replaceAll('runs', 'late').replaceAll('told', 'late-told'))
    const cluster = ground.open(ground.kubeconfig({ user: { exec } }))
    accepted = 'token-1'
    await cluster.workflow('x')
    accepted = 'token-2'
    const { answer } = ground
    ground.answer = async (asked) => {
      if (asked.path.endsWith('/late') && asked.authorization === 'Bearer token-1') await late
      return await answer(asked)
    }

    const slow = cluster.workflow('late')
    await cluster.workflow('x')
    resolve()

    expect(await slow).toEqual(expect.objectContaining(workflow))
    expect(readFileSync(join(ground.dir, 'late'), 'utf8')).toBe('run\nrun\n')
  })

  test('by a token’s file, which is read anew every minute in any case', async () => {
    let clock = Date.now()
    ground.write('token', 'old')
    const cluster = ground.open(ground.kubeconfig({ user: { tokenFile: 'token' } }), { now: () => clock })
    accepted = null
    await cluster.workflow('x')

    ground.write('token', 'new')
    clock += 59_000
    await cluster.workflow('x')
    clock += 2_000
    await cluster.workflow('x')

    const shown = ground.asked.map(({ authorization }) => authorization)
    expect(shown).toEqual(['Bearer old', 'Bearer old', 'Bearer new'])
  })

  test('by whatever stands in the kubeconfig, once it was mended', async () => {
    const file = ground.kubeconfig({ user: { token: 'wrong' } })
    const cluster = ground.open(file)
    expect((await rejection(cluster.workflow('x'))).message).toContain(
      'does not accept the credential of periplus',
    )

    ground.kubeconfig()

    expect(await cluster.workflow('x')).not.toBeNull()
  })
})

describe('a credential that is refused', () => {
  test('is asked for twice and no more, and the sentence says what would help', async () => {
    const file = ground.kubeconfig({ user: { token: 'opaque-and-wrong' } })

    expect(await saidOf(file)).toBe(
      `The cluster at ${ground.address} (context test) does not accept the credential of periplus; if it was withdrawn or has expired, renew it in ${file}.`,
    )
    expect(ground.asked).toHaveLength(2)
  })

  test('as an expired token says since when', async () => {
    const claims = Buffer.from(JSON.stringify({ exp: Date.UTC(2026, 0, 2) / 1_000 })).toString('base64url')

    expect(await saidOf(ground.kubeconfig({ user: { token: `aGVhZA.${claims}.c2lnbmF0dXJl` } }))).toContain(
      ': its token expired on 2026-01-02T00:00:00.000Z; renew it in ',
    )
  })

  test('as an expired client certificate says since when', async () => {
    const { key, cert } = ground.authority.sign('late', { days: -1 })
    const user = { 'client-certificate-data': base64(cert), 'client-key-data': base64(key) }

    expect(await saidOf(ground.kubeconfig({ user }))).toMatch(
      /: its client certificate expired on \d{4}-.*Z; renew it/,
    )
  })

  test('of a plugin asks to sign in anew', async () => {
    accepted = 'another'
    const user = { exec: plugin(`echo '${credential('"token":"stale"')}'`) }

    expect(await saidOf(ground.kubeconfig({ user }))).toContain('sign in anew, so that the plugin ')
  })
})

test('a token’s file that is gone is named', async () => {
  const kubeconfig = ground.kubeconfig({ user: { tokenFile: 'nowhere' } })

  expect(await saidOf(kubeconfig)).toBe(
    `The credential of periplus in ${kubeconfig} cannot be read: it does not exist.`,
  )
})

describe('a plugin', () => {
  const cases: readonly [string, object, string][] = [
    [
      'that is not there',
      { command: 'no-such-plugin' },
      'no-such-plugin, which gives periplus a credential, is not found.',
    ],
    [
      'that fails',
      plugin('echo first >&2; echo "session has ended" >&2; exit 3'),
      'failed: session has ended. Run it by hand',
    ],
    ['that gives no credential', plugin('echo "{}"'), 'gave something that is no ExecCredential'],
    ['that gives its token bare', plugin(`echo ${TOKEN}`), 'gave something that is no ExecCredential'],
  ]
  test.each(cases)('%s is named', async (_, exec, sentence) => {
    const user = {
      exec: { apiVersion: 'client.authentication.k8s.io/v1', interactiveMode: 'Never', ...exec },
    }

    expect(await saidOf(ground.kubeconfig({ user }))).toContain(sentence)
  })

  test('that does not end is started once, however many wait, and its token is taken when it comes', async () => {
    const [started, go] = [join(ground.dir, 'started'), join(ground.dir, 'go')]
    const waits = 'echo run >> started; while [ ! -e go ]; do sleep 0.02; done'
    const exec = plugin(`${waits}; echo '${credential(`"token":"${TOKEN}"`)}'`)
    const sleep = async () => {
      while (!existsSync(started)) await Bun.sleep(5)
    }
    const patience = { sleep: async () => (existsSync(go) ? new Promise<void>(() => {}) : await sleep()) }
    const cluster = ground.open(ground.kubeconfig({ user: { exec } }), patience)

    for (const error of await Promise.all([1, 2, 3].map(() => rejection(cluster.workflow('x'))))) {
      expect(error.message).toContain('does not end. Does it wait for somebody to sign in?')
    }

    ground.write('go', '')
    expect(await cluster.workflow('x')).not.toBeNull()
    expect(readFileSync(started, 'utf8')).toBe('run\n')
  })
})

describe('a server that cannot be reached is named, with what would help', () => {
  test('where nothing listens', async () => {
    const server = ground.serve(ground.authority.sign('gone'))
    const address = server.url.origin
    await server.stop(true)

    expect(await saidOf(ground.kubeconfig({ cluster: { server: address } }))).toBe(
      `Nothing listens at ${address} (context test). Is the API server up, and is that still its address?`,
    )
  })

  const certificates: readonly [string, () => { server?: object; cluster?: object }, string][] = [
    [
      'where another authority signed',
      () => ({ cluster: { 'certificate-authority-data': base64(strangersAuthority()) } }),
      'is not signed by the authority that',
    ],
    [
      'where no authority is named',
      () => ({ cluster: { 'certificate-authority-data': undefined } }),
      'names none: set its certificate-authority.',
    ],
    [
      'where the authority is no certificate',
      () => ({ cluster: { 'certificate-authority-data': base64('rubbish') } }),
      'The certificate-authority in',
    ],
  ]
  test.each(certificates)('%s', async (_, given, sentence) => {
    expect(await saidOf(ground.kubeconfig(given()))).toContain(sentence)
  })

  test('where its certificate has expired, is another’s, or none', async () => {
    const plain = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: () => new Response('plain') })
    const servers = [
      [ground.serve(ground.authority.sign('expired', { days: -1 })), 'has expired, or that of its authority'],
      [
        ground.serve(ground.authority.sign('elsewhere', { names: 'DNS:elsewhere.example' })),
        'is made out to other names than 127.0.0.1.',
      ],
      [plain, 'does not speak TLS'],
    ] as const

    for (const [server, sentence] of servers) {
      const address = `https://127.0.0.1:${server.port}`

      expect(await saidOf(ground.kubeconfig({ cluster: { server: address } }))).toContain(sentence)
      await server.stop(true)
    }
  })

  test('and one whose name is told by the kubeconfig is taken at it', async () => {
    const server = ground.serve(ground.authority.sign('elsewhere', { names: 'DNS:elsewhere.example' }))
    const cluster = { server: server.url.origin, 'tls-server-name': 'elsewhere.example' }

    expect(await ground.open(ground.kubeconfig({ cluster })).workflow('x')).not.toBeNull()
    await server.stop(true)
  })

  test('and one that is not to be verified is not', async () => {
    const cluster = { 'certificate-authority-data': undefined, 'insecure-skip-tls-verify': true }

    expect(await ground.open(ground.kubeconfig({ cluster })).workflow('x')).not.toBeNull()
  })

  test('where the key does not fit the certificate', async () => {
    const user = {
      'client-certificate-data': base64(ground.authority.sign('one').cert),
      'client-key-data': base64(ground.authority.sign('two').key),
    }

    expect(await saidOf(ground.kubeconfig({ user }))).toContain(
      'The client certificate and the key of periplus in',
    )
  })

  test('through a proxy that is down, without the proxy’s password', async () => {
    const cluster = { 'proxy-url': 'http://someone:proxy-password@127.0.0.1:1' }

    expect(await saidOf(ground.kubeconfig({ cluster }))).toContain('through the proxy 127.0.0.1:1')
  })

  const codes: readonly [string, string][] = [
    ['ENOTFOUND', 'The name service does not know 10.0.0.1'],
    ['ETIMEDOUT', 'does not answer. Is the machine up'],
    ['EHOSTUNREACH', 'does not answer. Is the machine up'],
    ['ENEW', 'cannot be reached: ENEW.'],
  ]
  test.each(codes)('for %s', (code, sentence) => {
    const place = {
      server: 'https://10.0.0.1:6443',
      context: 'test',
      user: 'me',
      source: 'file',
      plugin: null,
    }

    const fault = unreached(Object.assign(new Error('x'), { code }), {
      place,
      tls: {},
      headers: {},
      proxy: null,
    })

    expect(fault.message).toContain(sentence)
  })
})

test('nothing that was said gives a credential away', () => {
  expect(said.length).toBeGreaterThan(12)
  for (const message of said) {
    expect(message).not.toMatch(/a-token-that|opaque-and-wrong|stale|proxy-password|PRIVATE|BEGIN|aGVhZA/)
  }
})

const COUNTING = `
echo run >> runs
printf %s "$KUBERNETES_EXEC_INFO" > told
echo '${credential('"token":"token-N"')}' | sed "s/token-N/token-$(wc -l < runs | tr -d ' ')/"
`

function credential(status: string): string {
  return `{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{${status}}}`
}

function plugin(script: string) {
  const name = `plugin-${crypto.randomUUID()}`
  const command = ground.write(name, `#!/bin/sh\ncd "$(dirname "$0")"\n${script}\n`, 0o700)
  return {
    apiVersion: 'client.authentication.k8s.io/v1',
    interactiveMode: 'Never',
    provideClusterInfo: true,
    command,
  }
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}

function strangersAuthority(): string {
  const other = new Authority()
  other.remove()
  return other.ca
}
