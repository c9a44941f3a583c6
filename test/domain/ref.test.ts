import { describe, expect, test } from 'bun:test'
import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import type { GitRef } from '../../src/domain/definition.ts'
import { Fault } from '../../src/domain/fault.ts'
import { gitUrlProblem } from '../../src/domain/giturl.ts'
import { chooseRef, matches, refProblem } from '../../src/domain/ref.ts'

const branch = (name: string): GitRef => ({ kind: 'branch', name })
const tag = (name: string): GitRef => ({ kind: 'tag', name })

describe('a pattern', () => {
  const cases: readonly (readonly [string, string, boolean])[] = [
    ['main', 'main', true],
    ['main', 'maintenance', false],
    ['release/*', 'release/1.0', true],
    ['release/*', 'release/', true],
    ['release/*', 'release/1.0/hotfix', false],
    ['release/**', 'release/1.0/hotfix', true],
    ['*', 'main', true],
    ['*', 'feature/x', false],
    ['**', 'feature/x', true],
    ['v?.0', 'v1.0', true],
    ['v?.0', 'v10.0', false],
    ['?', '/', false],
    ['v*', 'x', false],
    ['a.c', 'abc', false],
    ['Main', 'main', false],
    ['*-rc', 'v1-rc', true],
    ['?', '😀', false],
  ]
  for (const [pattern, name, expected] of cases) {
    test(`${pattern} ${expected ? 'fits' : 'does not fit'} ${name}`, () =>
      expect(matches(pattern, name)).toBe(expected))
  }

  test('of many wildcards takes no time', () => {
    expect(matches(`${'*a'.repeat(100)}b`, 'a'.repeat(250))).toBe(false)
  })

  test('without wildcards fits itself alone', () => {
    const names = fc.string({ maxLength: 20 }).filter((text) => !/[*?]/.test(text))

    fc.assert(fc.property(names, names, (a, b) => expect(matches(a, b)).toBe(a === b)))
  })
})

describe('the name of a branch', () => {
  test('is refused where git would refuse it', () => {
    const letters = fc.constantFrom(
      'a',
      'B',
      '1',
      '/',
      '.',
      '-',
      '@',
      '{',
      '}',
      '~',
      '^',
      ':',
      '\\',
      ' ',
      '\t',
      '*',
      '?',
      '[',
      '.lock',
      '..',
      'é',
      '\u007f',
      '_',
      '#',
    )
    const found = new Map<string, boolean>()

    fc.assert(
      fc.property(
        fc.array(letters, { maxLength: 6 }).map((parts) => parts.join('')),
        (name) => {
          const known = found.get(name) ?? gitTakes(name)
          found.set(name, known)
          expect([name, refProblem(name, 'name') === null]).toEqual([name, known])
        },
      ),
      { numRuns: 150 },
    )
  })

  test('may be a pattern where a pattern is meant', () => {
    expect(refProblem('release/*', 'pattern')).toBeNull()
    expect(refProblem('release/*', 'name')).not.toBeNull()
    expect(refProblem('release/[ab]', 'pattern')).not.toBeNull()
  })
})

/** As a branch, and not for an option. */
function gitTakes(name: string): boolean {
  const { status } = spawnSync('git', ['check-ref-format', `refs/heads/${name}`], {
    cwd: '/',
    env: { PATH: '/usr/bin:/bin' },
  })
  return status === 0 && !name.startsWith('-')
}

describe('the ref of an execution', () => {
  test('is the workflow’s own where nothing is asked', () => {
    expect(chooseRef(branch('main'), null)).toEqual(branch('main'))
  })

  test('is what was asked for', () => {
    expect(chooseRef(branch('main'), branch('feature/x'))).toEqual(branch('feature/x'))
  })

  test('has to be asked for where the workflow has a wildcard', () => {
    expect(() => chooseRef(branch('release/*'), null)).toThrow('Say which branch to run.')
    expect(chooseRef(branch('release/*'), branch('release/2'))).toEqual(branch('release/2'))
  })

  test('fits the wildcard, in kind and in name', () => {
    expect(() => chooseRef(branch('release/*'), branch('main'))).toThrow('branch main is none of them')
    expect(() => chooseRef(tag('v*'), branch('v1'))).toThrow('branch v1 is none of them')
  })

  test('may be a commit, by its full SHA', () => {
    const sha = '0123456789'.repeat(4)

    expect(chooseRef(branch('release/*'), { kind: 'sha', sha })).toEqual({ kind: 'sha', sha })
    expect(() => chooseRef(branch('main'), { kind: 'sha', sha: 'abc1234' })).toThrow(Fault)
  })

  test('is never a name that git could take for something else', () => {
    for (const name of ['--upload-pack=x', 'a b', 'a..b', '', 'refs/*']) {
      expect(() => chooseRef(branch('main'), branch(name))).toThrow(Fault)
    }
  })
})

describe('the address of a repository', () => {
  const closed = { allowFile: false }
  const good = [
    'https://git.example/shop/storefront.git',
    'http://127.0.0.1:3000/shop.git',
    'https://git.example:8443/shop.git?x=y',
    'ssh://git@git.example:22/shop.git',
    'ssh://git.example/shop.git',
    'git@git.example:shop/storefront.git',
    'git.example:shop.git',
    'https://[::1]:3000/shop.git',
  ]
  for (const url of good) test(`${url} is taken`, () => expect(gitUrlProblem(url, closed)).toBeNull())

  const bad: readonly (readonly [string, string])[] = [
    ['', 'no address'],
    ['storefront', 'no address'],
    ['-oProxyCommand=x', 'begins with a dash'],
    ['--upload-pack=x', 'begins with a dash'],
    ['ext::sh -c id', 'blank'],
    ['ext::sh', 'must not use ext'],
    ['git://git.example/shop.git', 'must not use git'],
    ['ftp://git.example/shop.git', 'must not use ftp'],
    ['javascript:alert(1)', 'must not use javascript'],
    ['https://alice:s3cr3t@git.example/shop.git', 'holds a user or a password'],
    ['https://token@git.example/shop.git', 'holds a user or a password'],
    ['ssh://git:s3cr3t@git.example/shop.git', 'holds a user or a password'],
    ['ssh://-oProxyCommand=x/shop.git', ''],
    ['git@-oProxyCommand=x:shop.git', ''],
    ['https://git.example/a b.git', 'blank'],
    ['https://git.example/a\nb.git', 'blank or a control'],
    ['https:///shop.git', ''],
    [`https://git.example/${'x'.repeat(3_000)}`, 'longer than'],
    ['file:///srv/shop.git', 'git.allowFile'],
    ['FILE:///srv/shop.git', 'git.allowFile'],
    ['/srv/shop.git', 'git.allowFile'],
    ['./shop.git', 'git.allowFile'],
    ['~/shop.git', 'git.allowFile'],
  ]
  for (const [url, expected] of bad) {
    test(`${JSON.stringify(url.slice(0, 60))} is refused`, () => {
      expect(gitUrlProblem(url, closed)).not.toBeNull()
      expect(gitUrlProblem(url, closed)).toContain(expected)
    })
  }

  test('a password is never repeated in the sentence', () => {
    expect(gitUrlProblem('https://alice:s3cr3t@git.example/shop.git', closed)).not.toContain('s3cr3t')
  })

  test('of this machine’s disk is taken where that is allowed', () => {
    for (const url of ['file:///srv/shop.git', '/srv/shop.git'])
      expect(gitUrlProblem(url, { allowFile: true })).toBeNull()
  })
})
