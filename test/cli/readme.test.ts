import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import manifest from '../../package.json' with { type: 'json' }
import { COMMANDS } from '../../src/cli/commands.ts'
import { EXIT_CODES } from '../../src/cli/exit.ts'
import { OPTIONS, variableOf } from '../../src/config.ts'
import { readDefinitions } from '../../src/domain/workflow.ts'

const file = (name: string) => readFileSync(join(import.meta.dir, '..', '..', name), 'utf8')
const readme = file('README.md')

test('the readme’s tables have every option, command and exit code as they are', () => {
  for (const [key, { flag, help }] of Object.entries(OPTIONS)) {
    expect(readme).toContain(`| \`${key}\` | \`${flag}\` | \`${variableOf(key)}`)
    expect(readme).toContain(help)
  }
  for (const { name, synopsis, help } of COMMANDS) {
    expect(readme).toContain(`| \`${`${name} ${synopsis}`.trim().replaceAll('|', '\\|')}\` | ${help} |`)
  }
  for (const [code, meaning] of EXIT_CODES) expect(readme).toContain(`| ${code} | ${meaning} |`)
})

test('the readme’s workflow is valid as it stands', () => {
  const [, yaml = ''] = /```yaml\n([\s\S]*?)```/.exec(readme) ?? []

  const { documents, findings } = readDefinitions(yaml)

  expect(findings).toEqual([])
  expect(documents.map(({ kind, definition }) => [kind, definition.name])).toEqual([
    ['workflow', 'storefront'],
    ['environment', 'dev'],
    ['environment', 'production'],
  ])
})

test('what the readme says of clusters is valid in a workflow', () => {
  const [, yaml = ''] = /### On a cluster[\s\S]*?```yaml\n([\s\S]*?)```/.exec(readme) ?? []
  const head =
    'kind: workflow\nname: shop\nsource: { git: { url: "https://git.example/shop.git", branch: main } }\n'

  expect(yaml).toContain('argo:')
  expect(readDefinitions(head + yaml).findings).toEqual([])
})

test('every npm script that the papers name exists', () => {
  const scripts: Readonly<Record<string, string>> = manifest.scripts
  for (const [, name = ''] of `${readme}${file('CONTRIBUTING.md')}`.matchAll(/npm run ([a-z0-9:]+)/g)) {
    expect(scripts).toHaveProperty([name])
  }
})

test('every dependency is pinned, and the lockfile names no registry', () => {
  const versions = Object.values({ ...manifest.dependencies, ...manifest.devDependencies })

  expect(versions.filter((version) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([])
  expect(file('package-lock.json')).not.toMatch(/https?:\/\/[^"]*\.tgz/)
})
