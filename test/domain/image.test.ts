import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ImageBuild, Push } from '../../src/domain/definition.ts'
import { buildScript, pushScript } from '../../src/domain/image/script.ts'

/** The scripts in real shells, with a builder that writes down what it was asked for and does what it must. */

const DIGEST = `sha256:${'d'.repeat(64)}`

const BUILDER = `#!/bin/sh
for word; do printf '%s\\n' "$word"; done >>"$ASKED"
echo -- >>"$ASKED"
while [ $# -gt 0 ]; do
  case $1 in
  --iidfile) printf 'sha256:id' >"$2" ;;
  --digestfile) printf %s "$DIGEST" >"$2" ;;
  oci-archive:*) echo archive >"\${1#oci-archive:}" ;;
  type=oci,dest=*) echo archive >"\${1#type=oci,dest=}" ;;
  pull) echo pulled ;;
  esac
  shift
done
[ -z "$BREAKS" ]
`

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'periplus-image-'))
  for (const name of ['bin', 'workspace', 'image', 'files']) mkdirSync(join(dir, name))
  // And no builder of this machine's.
  for (const name of ['basename', 'cat', 'cut', 'dirname', 'grep', 'rm', 'sed', 'tr', 'wc'])
    symlinkSync(Bun.which(name) ?? name, join(dir, 'bin', name))
  install('buildah')
  writeFileSync(join(dir, 'workspace/Dockerfile'), 'FROM scratch\n')
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

function install(...names: string[]): void {
  for (const name of ['buildah', 'buildctl', 'skopeo']) rmSync(join(dir, 'bin', name), { force: true })
  for (const name of names) writeFileSync(join(dir, 'bin', name), BUILDER, { mode: 0o755 })
}

const SHELLS = [['dash'], ['bash'], ['busybox', 'sh']].filter(([name = '']) => Bun.which(name) !== null)

function run(script: string, shell: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const file = join(dir, 'script.sh')
  writeFileSync(file, script)
  rmSync(join(dir, 'asked'), { force: true })
  const { exitCode, stdout, stderr } = Bun.spawnSync(
    [Bun.which(shell[0] ?? 'sh') ?? 'sh', ...shell.slice(1), '-e', file],
    {
      cwd: join(dir, 'workspace'),
      env: {
        ...{
          PATH: join(dir, 'bin'),
          ASKED: join(dir, 'asked'),
          DIGEST,
        },
        ...{ PERIPLUS_IMAGE_ARCHIVE: join(dir, 'image/archive.tar'), PERIPLUS_FILES: join(dir, 'files') },
        ...{
          PERIPLUS_OUTPUT: join(dir, 'output'),
          PERIPLUS_SEGMENT: 'p-1',
          PERIPLUS_REGISTRY: 'r.example:5000',
        },
        ...{
          PERIPLUS_GIT_SHA: '0123456789abcdef',
          PERIPLUS_GIT_BRANCH: 'feature/Äpfel',
          PERIPLUS_GIT_TAG: '',
        },
        PERIPLUS_EXECUTION_ID: 'shop-7',
        ...env,
      },
    },
  )
  const asked = existsSync(join(dir, 'asked')) ? readFileSync(join(dir, 'asked'), 'utf8') : ''
  const calls = asked.split('--\n').flatMap((call) => (call === '' ? [] : [call.trimEnd().split('\n')]))
  return { exitCode, calls, said: `${stdout}${stderr}` }
}

const BUILD: ImageBuild = {
  ...{ kind: 'image', dockerfile: 'Dockerfile', context: '.', target: null, platforms: [] },
  ...{ args: {}, secrets: {}, timeoutMs: null, retries: 0 },
}
const PUSH: Push = { registry: 'shop', image: 'shop/front', tags: ['1'], timeoutMs: null, retries: 0 }

for (const shell of SHELLS) {
  describe(`in ${shell.join(' ')}`, () => {
    test('a builder is given arguments to the letter, and of secrets the files alone', () => {
      const args = {
        PLAIN: `it's "$HOME" \`id\` * \\`,
        SHA: 'at-{{git.sha}}',
        SHORT: '{{ git.shortSha }}',
        NONE: '',
      }
      const secrets = { npm: { secret: 'npm-token' } }

      const { exitCode, calls } = run(buildScript({ ...BUILD, target: 'runtime', args, secrets }), shell)

      expect(exitCode).toBe(0)
      expect(calls[0]).toEqual([
        ...['build', '--isolation', 'chroot', '--format', 'oci', '--layers=false'],
        ...['--iidfile', join(dir, 'image/archive.tar.id'), '--file', './Dockerfile', '--target', 'runtime'],
        ...['--build-arg', `PLAIN=it's "$HOME" \`id\` * \\`, '--build-arg', 'SHA=at-0123456789abcdef'],
        ...['--build-arg', 'SHORT=0123456', '--build-arg', 'NONE='],
        ...['--secret', `id=npm,src=${join(dir, 'files/secret.npm')}`, './.'],
      ])
      expect(calls.slice(1)).toEqual([
        ['push', '--quiet', 'sha256:id', `oci-archive:${join(dir, 'image/archive.tar')}`],
        ['rmi', 'sha256:id'],
      ])
    })

    test('many platforms are built one after another into one archive', () => {
      const { exitCode, calls } = run(
        buildScript({ ...BUILD, platforms: ['linux/amd64', 'linux/arm64'] }),
        shell,
      )

      expect(exitCode).toBe(0)
      expect(
        calls.map(([command, ...rest]) => [command, ...rest.filter((word) => word.startsWith('linux/'))]),
      ).toEqual([
        ['build', 'linux/amd64'],
        ['build', 'linux/arm64'],
        ['manifest'],
        ['manifest'],
        ['manifest'],
        ['rmi'],
      ])
    })

    test('a context that leads out of the workspace is not read', () => {
      symlinkSync('/etc', join(dir, 'workspace/etc'))
      writeFileSync(join(dir, 'secret'), 'FROM scratch\n')
      symlinkSync(join(dir, 'secret'), join(dir, 'workspace/Linked'))

      const context = run(buildScript({ ...BUILD, context: 'etc' }), shell)
      const dockerfile = run(buildScript({ ...BUILD, dockerfile: 'Linked' }), shell)
      const absent = run(buildScript({ ...BUILD, dockerfile: 'none/Dockerfile' }), shell)

      expect([context, dockerfile, absent].map(({ exitCode, calls }) => [exitCode, calls])).toEqual([
        [1, []],
        [1, []],
        [1, []],
      ])
      expect(context.said).toBe('The context etc leads out of the workspace.\n')
      expect(dockerfile.said).toBe('Linked is a link. Name the file itself.\n')
      expect(absent.said).toBe('There is no file none/Dockerfile.\n')
    })

    test('what a failed build leaves in the storage is taken away', () => {
      const { exitCode, calls } = run(buildScript(BUILD), shell, { BREAKS: '1' })

      expect(exitCode).not.toBe(0)
      expect(calls.map(([command]) => command)).toEqual(['build'])
      expect(existsSync(join(dir, 'image/archive.tar.id'))).toBe(false)
    })

    test('an image is pushed under each tag that this execution has, and handed on by its digest', () => {
      writeFileSync(join(dir, 'image/archive.tar'), 'archive')
      const tags = ['{{execution.id}}', '{{git.branch}}', 'v{{git.tag}}', '{{git.shortSha}}-x']

      const { exitCode, calls, said } = run(pushScript({ ...PUSH, tags }, BUILD), shell)

      expect(exitCode).toBe(0)
      expect(calls.map((call) => [call[0], call.at(-1)])).toEqual([
        ['pull', `oci-archive:${join(dir, 'image/archive.tar')}`],
        ['push', 'docker://r.example:5000/shop/front:shop-7'],
        ['push', 'docker://r.example:5000/shop/front:feature---pfel'],
        ['push', 'docker://r.example:5000/shop/front:0123456-x'],
        ['rmi', 'pulled'],
      ])
      expect(calls.flat()).not.toContain('--tls-verify=false')
      const image = `r.example:5000/shop/front@${DIGEST}`
      expect(readFileSync(join(dir, 'output'), 'utf8')).toBe(`image=${image}\ndigest=${DIGEST}\n`)
      expect(said).toContain(`The image is ${image}`)
      const later = run(
        '. "$PERIPLUS_IMAGE_ARCHIVE.env"; echo "$PERIPLUS_IMAGE $PERIPLUS_IMAGE_DIGEST"',
        shell,
      )
      expect(later.said).toBe(`${image} ${DIGEST}\n`)
    })

    test('a push says what it lacks', () => {
      const unbuilt = run(pushScript(PUSH, BUILD), shell)
      writeFileSync(join(dir, 'image/archive.tar'), 'archive')
      const untagged = run(pushScript({ ...PUSH, tags: ['{{git.tag}}'] }, BUILD), shell)

      expect([unbuilt.exitCode, untagged.exitCode]).toEqual([1, 1])
      expect(unbuilt.said).toBe('There is no image to push: Build left none at PERIPLUS_IMAGE_ARCHIVE.\n')
      expect(untagged.said).toBe(
        'No tag is left to push by: each is of a git branch or tag, and this execution has none.\n',
      )
    })

    test('a registry without TLS is spoken to without it, and many platforms are pushed as one image', () => {
      writeFileSync(join(dir, 'image/archive.tar'), 'archive')
      const many = { ...BUILD, platforms: ['linux/amd64', 'linux/arm64'] }

      const { exitCode, calls } = run(pushScript(PUSH, many), shell, { PERIPLUS_REGISTRY_PLAIN: '1' })

      expect(exitCode).toBe(0)
      expect(calls[2]).toEqual([
        ...['manifest', 'push', '--all', '--tls-verify=false', '--quiet', '--digestfile'],
        ...[
          join(dir, 'image/archive.tar.digest'),
          'localhost/periplus:p-1',
          'docker://r.example:5000/shop/front:1',
        ],
      ])
    })

    test('a BuildKit daemon is asked in its own words', () => {
      install('buildctl')
      writeFileSync(join(dir, 'workspace/app.Dockerfile'), 'FROM scratch\n')
      const build = {
        ...BUILD,
        dockerfile: 'app.Dockerfile',
        target: 'runtime',
        platforms: ['linux/amd64', 'linux/arm64'],
      }
      const secrets = { npm: { secret: 'npm-token' } }

      const { exitCode, calls } = run(buildScript({ ...build, args: { A: 'b c' }, secrets }), shell, {
        BUILDKIT_HOST: 'tcp://buildkitd:1234',
      })

      expect(exitCode).toBe(0)
      expect(calls).toEqual([
        [
          ...['build', '--progress', 'plain', '--frontend', 'dockerfile.v0', '--local', 'context=./.'],
          ...['--local', 'dockerfile=.', '--opt', 'filename=app.Dockerfile'],
          ...['--opt', 'platform=linux/amd64,linux/arm64', '--opt', 'target=runtime'],
          ...['--opt', 'build-arg:A=b c', '--secret', `id=npm,src=${join(dir, 'files/secret.npm')}`],
          ...['--output', `type=oci,dest=${join(dir, 'image/archive.tar')}`],
        ],
      ])
    })

    test('skopeo pushes the archive as it is', () => {
      install('skopeo')
      writeFileSync(join(dir, 'image/archive.tar'), 'archive')

      const { exitCode, calls } = run(pushScript(PUSH, BUILD), shell)

      expect(exitCode).toBe(0)
      expect(calls).toEqual([
        [
          ...['copy', '--quiet', '--all', '--digestfile', join(dir, 'image/archive.tar.digest')],
          ...[`oci-archive:${join(dir, 'image/archive.tar')}`, 'docker://r.example:5000/shop/front:1'],
        ],
      ])
      expect(readFileSync(join(dir, 'output'), 'utf8')).toContain(`digest=${DIGEST}`)
    })

    test('where nothing builds or pushes, that is said', () => {
      install()
      writeFileSync(join(dir, 'image/archive.tar'), 'archive')

      expect(run(buildScript(BUILD), shell).said).toContain('There is no builder of images here.')
      expect(run(pushScript(PUSH, BUILD), shell).said).toContain('There is nothing to push images with here.')
    })
  })
}
