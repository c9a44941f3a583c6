import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  credentialProblem,
  knownHostsProblem,
  passwordVariables,
  privateKeyProblem,
  sshCommand,
} from '../../src/domain/credential.ts'

let directory = ''
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'periplus-keys-'))
})
afterAll(() => rmSync(directory, { recursive: true }))

/** A private key as OpenSSH's own program writes it. */
async function key(name: string, ...options: readonly string[]): Promise<string> {
  const path = join(directory, name)
  Bun.spawnSync(['ssh-keygen', '-q', '-f', path, ...options])
  return Bun.file(path).text()
}

describe('a credential fits', () => {
  const cases = [
    ['https', 'https://git.example/shop.git', null],
    ['https', 'http://127.0.0.1:3000/shop.git', null],
    ['https', 'http://[::1]:3000/shop.git', null],
    ['https', 'http://localhost/shop.git', null],
    ['https', 'http://git.example/shop.git', 'in the clear'],
    ['https', 'http://127.0.0.1.evil.example/shop.git', 'in the clear'],
    ['https', 'ssh://git@git.example/shop.git', 'a password for HTTPS'],
    ['https', 'git@git.example:shop.git', 'a password for HTTPS'],
    ['https', '/srv/shop.git', 'a password for HTTPS'],
    ['ssh', 'ssh://git@git.example/shop.git', null],
    ['ssh', 'git@git.example:shop.git', null],
    ['ssh', 'https://git.example/shop.git', 'an SSH key'],
    ['ssh', '/srv/shop.git', 'an SSH key'],
  ] as const
  for (const [kind, url, problem] of cases) {
    test(`${kind} to ${url}: ${problem ?? 'yes'}`, () => {
      const said = credentialProblem('shop-git', kind, url)

      if (problem === null) expect(said).toBeNull()
      else expect(said).toContain(problem)
    })
  }
})

describe.skipIf(Bun.which('ssh-keygen') === null)('a private key', () => {
  test('without a passphrase is taken in every form ssh-keygen writes', async () => {
    expect(privateKeyProblem(await key('plain', '-t', 'ed25519', '-N', ''))).toBeNull()
    expect(privateKeyProblem(await key('pem', '-t', 'rsa', '-b', '1024', '-m', 'PEM', '-N', ''))).toBeNull()
    expect(privateKeyProblem(await key('pkcs8', '-t', 'ecdsa', '-m', 'PKCS8', '-N', ''))).toBeNull()
  })

  test('with a passphrase is refused in every form', async () => {
    const word = ['-N', 'a passphrase']
    for (const text of [
      await key('locked', '-t', 'ed25519', ...word),
      await key('locked-pem', '-t', 'rsa', '-b', '1024', '-m', 'PEM', ...word),
      await key('locked-pkcs8', '-t', 'ecdsa', '-m', 'PKCS8', ...word),
    ])
      expect(privateKeyProblem(text)).toContain('passphrase')
  })

  test('is not a public one, a certificate or an accident', async () => {
    const open = await Bun.file(join(directory, 'plain.pub')).text()
    const certificate = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'

    for (const text of [open, certificate, 'hello', ''])
      expect(privateKeyProblem(text)).toContain('That is no private key')
  })
})

test('known hosts are lines of a host, a kind and a key; empty ones and remarks stand between', () => {
  expect(knownHostsProblem('# git.example:22\n\ngit.example ssh-ed25519 AAAA\n')).toBeNull()
  expect(knownHostsProblem('|1|abc|def ssh-rsa AAAA')).toBeNull()
  expect(knownHostsProblem('# nothing\n')).toContain('Name the host')
  expect(knownHostsProblem('git.example')).toContain('“git.example” is no line')
})

test('the helper answers for one origin alone, and its text holds neither name nor password', () => {
  const { PERIPLUS_USERNAME, PERIPLUS_PASSWORD, ...git } = passwordVariables(
    'https://git.example:8443/a/b.git',
    {
      ...{ kind: 'https', username: 'some-name', password: 'some-password' },
    },
  )

  expect(git['GIT_CONFIG_KEY_0']).toBe('credential.https://git.example:8443.helper')
  expect(Object.values(git).join(' ')).not.toMatch(/some-(name|password)/)
  expect([PERIPLUS_USERNAME, PERIPLUS_PASSWORD]).toEqual(['some-name', 'some-password'])
})

test('ssh is told of this key and these hosts alone', () => {
  const command = sshCommand({ key: '/data/key', knownHosts: '/data/hosts' })

  for (const part of [
    '-F /dev/null',
    '\'IdentityFile="/data/key"\'',
    '\'UserKnownHostsFile="/data/hosts"\'',
    'IdentitiesOnly=yes',
    'IdentityAgent=none',
    'StrictHostKeyChecking=yes',
  ])
    expect(command).toContain(part)
})
