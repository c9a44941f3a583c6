import { afterAll, beforeAll, expect, test } from 'bun:test'
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { linesOf, plainEnvironment, repository, type Server, scratch, serve, until } from './support.ts'

/** Where a change is judged these must be there; elsewhere their absence is no fault. */
const NEEDED = ['buildah', 'skopeo', 'docker-registry', 'busybox']
const REQUIRED = process.env['PERIPLUS_TEST_IMAGES'] === 'required'
const HAS_ALL = REQUIRED || NEEDED.every((name) => Bun.which(name) !== null)

const TOKEN = 'a-token-that-no-layer-holds'
const PASSWORD = 'a-password-that-nobody-prints'

const DOCKERFILE = `FROM localhost/periplus-e2e-base
ARG SHA
RUN --mount=type=secret,id=npm wc -c </run/secrets/npm >/token-bytes
RUN echo "$SHA" >/sha
CMD ["cat", "/sha"]
`

/** With storage of its own, in plain directories: what else the machine has built is left alone. */
const definition = (url: string, storage: string) => `
kind: workflow
name: shop
source: { git: { url: ${url}, branch: main } }
variables: { CONTAINERS_STORAGE_CONF: ${storage} }
build: { dockerfile: Dockerfile, args: { SHA: "{{git.shortSha}}" }, secrets: { npm: { secret: npm-token } } }
push: { registry: shop-registry, image: shop/front, tags: ["{{execution.id}}", "{{git.branch}}"] }
tools:
  postBuild: [{ script: { name: look, run: "tar tf $PERIPLUS_IMAGE_ARCHIVE | grep -c index.json" } }]
  postPush: [{ script: { name: tell, run: "echo told $PERIPLUS_IMAGE" } }]
deploy: [{ environment: dev }]
---
kind: environment
name: dev
deploy: { script: { run: "echo deployed $PERIPLUS_IMAGE" } }
`

const { dir, remove } = scratch()
const storage = join(dir, 'storage.conf')
let server: Server
let registry: { readonly process: Bun.Subprocess; readonly address: string }

beforeAll(async () => {
  if (!HAS_ALL) return
  const roots = `graphroot = "${join(dir, 'storage')}"\nrunroot = "${join(dir, 'storage-run')}"`
  writeFileSync(storage, `[storage]\ndriver = "vfs"\n${roots}\n`)
  registry = await startRegistry()
  makeBase()
  server = await serve(join(dir, 'data'))
  await server.client.call('saveSecret', { params: { name: 'npm-token' }, body: { value: TOKEN } })
  await server.client.call('saveCredential', {
    params: { name: 'shop-registry' },
    body: {
      ...{ kind: 'registry', address: registry.address, plainHttp: true },
      ...{ username: 'ci', password: PASSWORD },
    },
  })
  const url = repository(join(dir, 'repository'), { Dockerfile: DOCKERFILE })
  await server.client.call('applyDefinitions', { body: { text: definition(url, storage) } })
})
afterAll(async () => {
  if (!HAS_ALL) return
  await server.stop()
  registry.process.kill()
  await registry.process.exited
  remove()
})

/** Debian's own, for whoever knows the password, on a port that it chooses itself. */
async function startRegistry(): Promise<typeof registry> {
  const hash = Bun.password.hashSync(PASSWORD, { algorithm: 'bcrypt', cost: 4 }).replace('$2b$', '$2y$')
  writeFileSync(join(dir, 'htpasswd'), `ci:${hash}\n`)
  const config = {
    version: '0.1',
    storage: { filesystem: { rootdirectory: join(dir, 'registry') } },
    http: { addr: '127.0.0.1:0' },
    auth: { htpasswd: { realm: 'shop', path: join(dir, 'htpasswd') } },
  }
  writeFileSync(join(dir, 'registry.json'), JSON.stringify(config))
  const log = join(dir, 'registry.log')
  writeFileSync(log, '')
  // Into a file: a pipe that nobody reads any more would end it.
  const child = Bun.spawn(['docker-registry', 'serve', join(dir, 'registry.json')], {
    stdio: ['ignore', Bun.file(log), Bun.file(log)],
  })
  while (child.exitCode === null) {
    const address = /listening on (127\.0\.0\.1:\d+)/.exec(readFileSync(log, 'utf8'))?.[1]
    if (address !== undefined) return { process: child, address }
    await Bun.sleep(20)
  }
  throw new Error(`The registry does not listen: ${readFileSync(log, 'utf8')}`)
}

/** What every build needs is not to be had without a network, so that it is made here. */
function makeBase(): void {
  const base = join(dir, 'base')
  mkdirSync(base)
  copyFileSync(Bun.which('busybox') ?? '/bin/busybox', join(base, 'busybox'))
  const lines = ['FROM scratch', 'COPY busybox /bin/busybox', 'RUN ["/bin/busybox", "--install", "/bin"]']
  writeFileSync(join(base, 'Dockerfile'), lines.join('\n'))
  run('buildah', 'build', '--quiet', '--isolation', 'chroot', '--tag', 'localhost/periplus-e2e-base', base)
}

function run(...argv: string[]): string {
  const { exitCode, stdout, stderr } = Bun.spawnSync(argv, {
    env: { ...plainEnvironment(dir), CONTAINERS_STORAGE_CONF: storage },
  })
  if (exitCode !== 0) throw new Error(`${argv.join(' ')}: ${stderr}`)
  return stdout.toString().trim()
}

test.skipIf(!HAS_ALL)(
  'an image is built from a Dockerfile, pushed, told to what follows, and had again by its digest',
  async () => {
    const { id } = await server.client.call('triggerExecution', { body: { workflow: 'shop' } })
    const ended = await until(server.client, id)

    const logs = await Promise.all(
      ended.stages.map(async ({ id: stage }) =>
        (await linesOf(server.client, id, stage)).map(({ text }) => text).join('\n'),
      ),
    )
    expect({ status: ended.status, logs }).toEqual({ status: 'succeeded', logs })
    const reference = ended.image?.reference ?? ''
    expect(reference).toMatch(/^127\.0\.0\.1:\d+\/shop\/front@sha256:[0-9a-f]{64}$/)
    const logOf = (stage: string) => logs[ended.stages.findIndex((one) => one.id === stage)] ?? ''
    expect(logOf('post-build.look')).toBe('1')
    expect(logOf('post-push.tell')).toBe(`told ${reference}`)
    expect(logOf('deploy.dev')).toContain(`deployed ${reference}`)

    const image = pulled(reference)
    const digest = ended.image?.digest ?? ''
    expect(image.digests).toEqual([digest, digest])
    expect([image.files['sha'], image.files['token-bytes']]).toEqual([
      ended.sha?.slice(0, 7),
      String(TOKEN.length),
    ])
    const everywhere = [...logs, server.log(), readFileSync(image.archive, 'latin1'), JSON.stringify(ended)]
    const auth = Buffer.from(`ci:${PASSWORD}`).toString('base64')
    for (const secret of [TOKEN, PASSWORD, auth])
      expect(everywhere.filter((text) => text.includes(secret))).toEqual([])
    expect(run('buildah', 'images', '--all', '--quiet').split('\n').length).toBe(1)
  },
  60_000,
)

/** What the registry has by that reference and by its tags, laid out as files. */
function pulled(reference: string) {
  const login = ['--tls-verify=false', `--creds=ci:${PASSWORD}`]
  const repository = reference.slice(0, reference.indexOf('@'))
  const digests = ['shop-1', 'main'].map((tag) =>
    run('skopeo', 'inspect', ...login, '--format', '{{.Digest}}', `docker://${repository}:${tag}`),
  )
  const archive = join(dir, 'pulled.tar')
  const to = `docker-archive:${archive}`
  run(
    'skopeo',
    'copy',
    '--quiet',
    '--src-tls-verify=false',
    `--src-creds=ci:${PASSWORD}`,
    `docker://${reference}`,
    to,
  )
  const layers = run('tar', 'tf', archive)
    .split('\n')
    .filter((name) => /^[0-9a-f]{64}\.tar$/.test(name))
  const files: Record<string, string> = {}
  for (const layer of layers)
    for (const name of ['sha', 'token-bytes']) {
      const { exitCode, stdout } = Bun.spawnSync([
        'sh',
        '-c',
        `tar xOf ${archive} ${layer} | tar xOf - ${name}`,
      ])
      if (exitCode === 0) files[name] = stdout.toString().trim()
    }
  return { digests, archive, files }
}
