import { describe, expect, test } from 'bun:test'
import { readDefinitions } from '../../src/domain/workflow.ts'
import { findings, PRODUCTION, withLines } from './texts.ts'

describe('what is wrong is said with its place and its mend', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['an unknown key', withLines('tols: {}'), '4:1 tols: Unknown key tols. Did you mean tools?'],
    ['an unknown kind', 'kind: workflw', '1:7 kind: No kind workflw. Did you mean workflow?'],
    [
      'a kind that is no word',
      'kind: { toString: false }',
      '1:7 kind: kind is a word. Write kind: workflow or kind: environment.',
    ],
    ['a missing kind', 'name: shop', '1:1 : kind is missing. Write kind: workflow or kind: environment.'],
    [
      'a number where a text is meant',
      withLines('variables: { VERSION: 1.0 }'),
      '4:23 variables.VERSION: VERSION is text, and 1.0 is a number. Write it in quotes: "1.0".',
    ],
    [
      'true where a text is meant',
      withLines('variables: { DEBUG: true }'),
      '4:21 variables.DEBUG: DEBUG is text, and true is true or false. Write it in quotes: "true".',
    ],
    [
      'a text where true is meant',
      withLines('deploy: [{ environment: dev, manual: "yes" }]'),
      '4:38 deploy[0].manual: manual is true or false, not text.',
    ],
    ['a key without a value', withLines('timeout:'), '4:9 timeout: timeout has no value.'],
    [
      'a duration',
      withLines('timeout: 5 minutes'),
      '4:10 timeout: That is no duration. Write 90s, 10m, 1h or 3d.',
    ],
    ['a duration of years', withLines('timeout: 999d'), '4:10 timeout: A duration is at most 365d.'],
    [
      'a duration without a unit',
      withLines('timeout: 60'),
      '4:10 timeout: That is no duration. Write 90s, 10m, 1h or 3d.',
    ],
    [
      'half a retry',
      withLines('build: { script: { run: x, retries: 1.5 } }'),
      '4:37 build.script.retries: retries is a whole number, not 1.5.',
    ],
    [
      'one event of many',
      withLines('build: { script: { run: x, if: { event: [push, tags] } } }'),
      '4:48 build.script.if.event[1]: No event tags. Did you mean tag?',
    ],
    [
      'an empty list',
      withLines('build: { script: { run: x, if: { branch: [] } } }'),
      '4:42 build.script.if.branch: branch has no entries.',
    ],
    ['an engine', withLines('engine: lokal'), '4:9 engine: No engine lokal. Did you mean local?'],
    [
      'a reserved name',
      withLines().replace('shop', 'new'),
      '2:7 name: “new” is reserved. Choose another name.',
    ],
    [
      'a name',
      withLines().replace('name: shop', 'name: Shop'),
      '2:7 name: A name has small letters, digits and dashes only: a–z, 0–9, -.',
    ],
    [
      'an empty script',
      withLines('build: { script: { run: " " } }'),
      '4:25 build.script.run: There is nothing to run.',
    ],
    ['a list entry', withLines('deploy: [dev]'), '4:10 deploy[0]: Entry 1 of deploy is a mapping, not text.'],
    [
      'a variable’s name',
      withLines('variables: { 9A: x }'),
      '4:18 variables.9A: A variable’s name has letters, digits and underscores only and begins with no digit.',
    ],
    [
      'a variable of ours',
      withLines('variables: { PERIPLUS_X: x }'),
      '4:26 variables.PERIPLUS_X: Names that begin with PERIPLUS_ are set by Periplus itself. Choose another.',
    ],
    [
      'too many retries',
      withLines('build: { script: { run: x, retries: 11 } }'),
      '4:37 build.script.retries: retries is at most 10.',
    ],
    [
      'a branch',
      withLines().replace('branch: main', 'branch: a..b'),
      '3:63 source.git.branch: “a..b” can be no branch: it has .., @{ or //.',
    ],
    [
      'an artifact outside of the workspace',
      withLines('build: { script: { run: x, artifacts: [a/../../etc] } }'),
      '4:40 build.script.artifacts[0]: An artifact’s path stays inside the workspace: .. is not allowed.',
    ],
    [
      'a report outside of the workspace',
      withLines('build: { script: { run: x, reports: [{ path: ../r.xml, format: junit }] } }'),
      '4:46 build.script.reports[0].path: A report’s path stays inside the workspace: .. is not allowed.',
    ],
    [
      'a report that is many',
      withLines('build: { script: { run: x, reports: [{ path: "*.xml", format: junit }] } }'),
      '4:46 build.script.reports[0].path: A report’s path names one file: *, ?, brackets and braces are not allowed.',
    ],
    [
      'a report’s format',
      withLines('build: { script: { run: x, reports: [{ path: r.xml, format: jnit }] } }'),
      '4:61 build.script.reports[0].format: No format jnit. Did you mean junit?',
    ],
    [
      'two reports that could not be told apart',
      withLines(
        'build: { script: { run: x, reports: [{ path: a/b.xml, format: junit }, { path: a-b.xml, format: junit }] } }',
      ),
      '4:37 build.script.reports: Two reports have paths that differ in nothing but signs. Give them names of their own.',
    ],
    [
      'an absolute artifact',
      withLines('build: { script: { run: x, artifacts: [/etc/passwd] } }'),
      '4:40 build.script.artifacts[0]: An artifact’s path is relative to the workspace, with / between its parts.',
    ],
    [
      'a branch by its full name',
      withLines().replace('branch: main', 'branch: refs/heads/main'),
      '3:63 source.git.branch: “refs/heads/main” can be no branch: it begins with refs/, which is left out here.',
    ],
    [
      'a condition that can never hold',
      withLines('build: { script: { run: x, if: { branch: main, tag: v* } } }'),
      '4:32 build.script.if: branch and tag never hold together: an execution is of one or the other. Keep one of them.',
    ],
    [
      'a definition twice',
      `${PRODUCTION}---\n${PRODUCTION}`,
      '15:7 name: The environment production stands here a second time. Keep one of the two.',
    ],
    [
      'two stages of one name',
      withLines(
        'tools: { preBuild: [{ script: { name: Unit tests, run: x } }, { script: { name: unit-tests, run: y } }] }',
      ),
      '4:81 tools.preBuild[1].script.name: “unit-tests” and “Unit tests” both become the stage pre-build.unit-tests. Rename one of them.',
    ],
    [
      'a name without a letter',
      withLines('tools: { preBuild: [{ script: { name: 試験, run: x } }] }'),
      '4:39 tools.preBuild[0].script.name: A name has at least one letter a–z or digit.',
    ],
    [
      'an environment twice',
      withLines('deploy: [{ environment: dev }, { environment: dev }]'),
      '4:47 deploy[1].environment: dev is deployed to a second time. Keep one of the two.',
    ],
    [
      'a quorum that nobody can reach',
      PRODUCTION.replace('quorum: 2', 'quorum: 3'),
      '8:9 quorum: A quorum of 3 can never be reached by 2 approvers. Lower it or name more.',
    ],
    [
      'approvers without a gate',
      PRODUCTION.replace('manual: true', 'manual: false'),
      '6:9 manual: Approvers without a gate decide nothing. Leave out manual: false, or the approvers.',
    ],
    [
      'a team',
      PRODUCTION.replace('alice', 'team:release'),
      '7:13 approvers[0]: Teams are not available in this version. Name people.',
    ],
    ['an approver twice', PRODUCTION.replace('bob', 'alice'), '7:12 approvers: An approver is named twice.'],
    ['broken YAML', 'kind: workflow\nname: "shop\n', '3:1 : That is not valid YAML: Missing closing "quote.'],
    [
      'a bracket and a quote that are left open',
      withLines('build: { script: { run: "make }', 'timeout: 1h'),
      '5:12 : That is not valid YAML: Missing closing "quote.',
    ],
    ['tabs', withLines('deploy:', '\t- x', '\t- y'), '5:1 : YAML is indented with blanks, not with tabs.'],
    [
      'a value that is referred to',
      withLines('variables: { A: &a x, B: *a, C: *a }'),
      '4:20 : Anchors (&) and aliases (*) are not allowed. Write the value where it is needed, or in quotes.',
    ],
    ['a key twice', withLines('name: shop'), '4:1 : This key stands here a second time. Keep one of them.'],
    ['an empty text', '# nothing\n', 'null:null : The text is empty.'],
    [
      'a text that is no mapping',
      '- a\n',
      '1:1 : kind is missing. Write kind: workflow or kind: environment.',
    ],
  ]
  for (const [what, text, expected] of cases) {
    test(what, () => expect(findings(text)).toEqual([expected]))
  }

  test('all of it at once, in the order of the lines', () => {
    const text = withLines(
      'engine: lokal',
      'timeout: soon',
      'variables: { PORT: 8080 }',
      'deploy: [{ environmnt: dev }]',
    )

    const lines = readDefinitions(text).findings.map(({ line }) => line)
    expect(lines).toEqual([4, 5, 6, 7])
  })
})

describe('an image', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    [
      'is built from a Dockerfile or by a script, not by both',
      'build: { script: { run: x }, dockerfile: Dockerfile }',
      '4:42 build.dockerfile: A script says itself how it builds. Leave out dockerfile, or the script.',
    ],
    [
      'is built from something',
      'build: { context: app }',
      '4:8 build: build has a dockerfile, or a script that builds.',
    ],
    [
      'is built from a context in the workspace',
      'build: { dockerfile: Dockerfile, context: ../other }',
      '4:43 build.context: A context’s path stays inside the workspace: .. is not allowed.',
    ],
    [
      'is told of its execution by placeholders that there are',
      'build: { dockerfile: Dockerfile, args: { SHA: "{{ git.shaa }}" } }',
      '4:47 build.args.SHA: No placeholder {{git.shaa}}. Did you mean git.sha?',
    ],
    [
      'is tagged with what is known before it is pushed',
      'push: { registry: r, image: shop, tags: ["{{image.digest}}"] }',
      '4:42 push.tags[0]: {{image.digest}} is not known yet when this is used. Known here: execution.id, git.sha, git.shortSha, git.branch, git.tag.',
    ],
    [
      'has tags that a registry takes',
      'push: { registry: r, image: shop, tags: ["feature/{{git.sha}}"] }',
      '4:42 push.tags[0]: A tag has at most 128 letters, digits, dots, dashes and underscores.',
    ],
    [
      'is named without its registry, in small letters',
      'push: { registry: r, image: Shop/Front, tags: [a] }',
      '4:29 push.image: An image is named like shop/storefront, in small letters, without its registry and tag.',
    ],
    [
      'is for platforms that there are',
      'build: { dockerfile: Dockerfile, platforms: [amd64] }',
      '4:46 build.platforms[0]: That is no platform. Write linux/amd64 or linux/arm64.',
    ],
    [
      'is not pushed without having been built',
      'push: { registry: r, image: shop, tags: [a] }',
      '4:7 push: There is nothing to push. Add a build, or leave push out.',
    ],
  ]
  for (const [name, line, finding] of cases) {
    test(name, () => {
      const pushes = line.startsWith('push') && !name.includes('without having')
      const text = withLines(...(pushes ? [line, 'build: { dockerfile: Dockerfile }'] : [line]))

      const found = readDefinitions(text).findings.map(
        ({ line, column, path, message }) => `${line}:${column} ${path}: ${message}`,
      )

      expect(found).toEqual([finding])
    })
  }
})

describe('what later versions will carry out is refused by name', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['on', withLines('on: { push: { branches: [main] } }')],
    ['registry', 'kind: workflow\nname: shop\nsource: { registry: { image: x } }'],
  ]
  for (const [key, text] of cases) {
    test(key, () => {
      expect(readDefinitions(text).findings.map(({ message }) => message)).toEqual([
        `${key} is not available in this version.`,
      ])
    })
  }
})
