import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Environment } from '../../src/domain/definition.ts'
import type { Facts } from '../../src/domain/facts.ts'
import { check } from '../../src/domain/validate.ts'
import { readDefinitions } from '../../src/domain/workflow.ts'

/** Deploys as they are written, run by a real shell with programs that only write down what they were asked. */

const DIGEST = `sha256:${'a'.repeat(64)}`
const KUBECTL = `case "$*" in
  "kustomize .periplus-deploy") cat .periplus-deploy/kustomization.yaml ;;
  kustomize*) echo 'kind: Rendered' ;;
  *" apply "*) echo deployment.apps/web; echo service/web ;;
  *" get "*) echo statefulset.apps/db ;;
  *" rollout "*) exit "\${ROLLOUT:-0}" ;;
esac`
const PROGRAMS: Readonly<Record<string, string>> = {
  kubectl: KUBECTL,
  helm: 'case "$1" in get) echo "kind: Rendered" ;; esac',
  docker: 'case "$*" in "compose version") exit $NO_COMPOSE ;; esac',
  'podman-compose': '',
}

let dir = ''
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'periplus-deploy-'))
  for (const [name, text] of Object.entries(PROGRAMS)) {
    file(
      `bin/${name}`,
      `#!/bin/sh\n{ printf %s ${name}; printf ' [%s]' "$@"; echo; } >> ${dir}/log\n${text}\n`,
    )
    chmodSync(join(dir, 'bin', name), 0o755)
  }
})
afterEach(() => rmSync(dir, { recursive: true }))

function file(path: string, text: string): void {
  mkdirSync(dirname(join(dir, path)), { recursive: true })
  writeFileSync(join(dir, path), text)
}

function read(deploy: object): {
  readonly environment: Environment | null
  readonly problems: readonly string[]
} {
  const { documents, findings } = readDefinitions(
    JSON.stringify({ kind: 'environment', name: 'prod', deploy }),
  )
  const [found] = documents
  const environment = found?.kind === 'environment' ? found.definition : null
  return { environment, problems: findings.map(({ path, message }) => `${path}: ${message}`) }
}

/** What was asked of the programs, a line each, and how it ended. */
function run(deploy: object, variables: Readonly<Record<string, string>> = {}) {
  const { environment, problems } = read(deploy)
  expect(problems).toEqual([])
  const shell = Bun.spawnSync(['sh', '-c', environment?.deploy.run ?? ''], {
    cwd: dir,
    env: {
      PATH: `${dir}/bin:/usr/bin:/bin`,
      PERIPLUS_WORKFLOW: 'shop',
      PERIPLUS_ENVIRONMENT: 'prod',
      ...variables,
    },
  })
  const log = join(dir, 'log')
  return {
    code: shell.exitCode,
    error: shell.stderr.toString(),
    asked: existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : [],
  }
}

const IMAGE = { PERIPLUS_IMAGE: `reg.example:5000/shop@${DIGEST}`, PERIPLUS_IMAGE_DIGEST: DIGEST }

describe('kubernetes', () => {
  const APPLY =
    'kubectl [--namespace] [shop] [apply] [--filename] [.periplus-deploy/all.yaml] [--output] [name]'
  const ROLLOUT = 'kubectl [--namespace] [shop] [rollout] [status] [--timeout=15m] [deployment.apps/web]'

  test('applies manifests, those of directories too, and waits for what they roll out and for nothing else', () => {
    file("k8s/it's $(touch pwned).yaml", 'kind: One')
    file('k8s/kustomization.yaml', 'kind: Kustomization')
    file('more.yaml', 'kind: Two')

    const { code, asked } = run({ kubernetes: { namespace: 'shop', manifests: ['k8s', 'more.yaml'] } })

    expect({ code, asked }).toEqual({ code: 0, asked: [APPLY, ROLLOUT] })
    expect(readFileSync(join(dir, '.periplus-deploy/all.yaml'), 'utf8')).toBe(
      '---\nkind: One\n---\nkind: Two\n',
    )
    expect(existsSync(join(dir, 'pwned'))).toBe(false)
  })

  test('puts the image that was pushed in the place of the one that manifests name, by its digest', () => {
    file('web.yaml', 'kind: One')

    const deploy = {
      kubernetes: { namespace: 'shop', manifests: ['web.yaml'], substitute: 'shop/storefront' },
    }
    const { code } = run(deploy, IMAGE)

    expect(code).toBe(0)
    expect(readFileSync(join(dir, '.periplus-deploy/all.yaml'), 'utf8')).toContain(
      `- 1.yaml\nimages:\n- name: "shop/storefront"\n  newName: "reg.example:5000/shop"\n  digest: "${DIGEST}"\n`,
    )
    expect(run(deploy).error).toContain('No image was pushed, and one is to be deployed.')
  })

  test('applies a kustomization', () => {
    const { asked } = run({ kubernetes: { namespace: 'shop', kustomize: "overlays/it's" } })

    expect(asked).toEqual(["kubectl [kustomize] [./overlays/it's]", APPLY, ROLLOUT])
  })

  test('installs a chart, whose values alone have placeholders, each to the letter', () => {
    const helm = {
      ...{ chart: 'chart', release: 'web', files: ["it's.yaml"] },
      values: { 'image.digest': '{{image.digest}}', ref: "a,'{{ git.branch }}", replicas: 2 },
    }

    const { code, asked } = run(
      { kubernetes: { namespace: 'shop', helm } },
      { ...IMAGE, PERIPLUS_GIT_BRANCH: 'x,y="$(touch pwned)' },
    )

    expect(code).toBe(0)
    expect(asked[0]).toBe(
      `helm [upgrade] [--install] [web] [./chart] [--namespace] [shop] [--values] [./it's.yaml] [--set-literal] [image.digest=${DIGEST}] [--set-literal] [ref=a,'x,y="$(touch pwned)] [--set] [replicas=2]`,
    )
    expect(asked.at(-1)).toEndWith('[rollout] [status] [--timeout=15m] [statefulset.apps/db]')
    expect(existsSync(join(dir, 'pwned'))).toBe(false)
  })

  test('fails where a rollout does, and where there is nothing to apply', () => {
    file('web.yaml', 'kind: One')
    mkdirSync(join(dir, 'empty'))

    expect(run({ kubernetes: { namespace: 'shop', manifests: ['web.yaml'] } }, { ROLLOUT: '1' }).code).toBe(1)
    expect(run({ kubernetes: { namespace: 'shop', manifests: ['empty'] } }).error).toContain('no manifest')
  })

  test('names its service account, and exactly one place that objects come from', () => {
    const named = read({ kubernetes: { namespace: 'shop', serviceAccount: 'deployer', kustomize: 'k8s' } })
    const both = read({ kubernetes: { namespace: 'shop', kustomize: 'k8s', manifests: ['../x'] } })

    expect(named.environment?.argo.serviceAccount).toBe('deployer')
    expect(both.problems).toEqual([
      'deploy.kubernetes: Name exactly one of manifests, kustomize, helm.',
      'deploy.kubernetes.manifests[0]: A manifest’s path stays inside the workspace: .. is not allowed.',
    ])
    expect(read({ script: { run: 'true' }, compose: {} }).problems).toEqual([
      'deploy: A deploy is exactly one of script, compose, kubernetes.',
    ])
  })
})

describe('compose', () => {
  test('brings its file up as a project of workflow and environment, by docker or else by podman', () => {
    const byDocker = run({ compose: {} }).asked
    const byPodman = run({ compose: { file: "it's.yaml", project: 'web' } }, { NO_COMPOSE: '1' }).asked

    expect(byDocker[1]).toBe(
      'docker [compose] [--file] [./compose.yaml] [--project-name] [shop-prod] [up] [--detach] [--remove-orphans] [--wait]',
    )
    expect(byPodman.at(-1)).toBe(
      "podman-compose [--file] [./it's.yaml] [--project-name] [web] [up] [--detach] [--remove-orphans]",
    )
  })
})

describe('a program that is missing', () => {
  const facts = (tools: readonly string[]): Facts => ({
    ...{ environments: new Map(), secrets: new Set(), credentials: new Map(), registries: new Set() },
    engines: new Map([['local', ['sh', 'git', ...tools]]]),
    ...{ defaultEngine: 'local', allowFile: false },
    argo: {
      image: null,
      serviceAccount: null,
      resources: null,
      nodeSelector: null,
      tolerations: null,
      imagePullSecrets: null,
      securityContext: null,
    },
  })
  const problems = (deploy: object, tools: readonly string[]) =>
    check(
      JSON.stringify({ kind: 'environment', name: 'prod', engine: 'local', deploy }),
      facts(tools),
    ).findings.map(({ path, message }) => `${path}: ${message}`)

  test('is told by its name before anything runs', () => {
    const helm = { kubernetes: { namespace: 'shop', helm: { chart: 'chart', release: 'web' } } }

    expect(problems(helm, ['kubectl'])).toEqual([
      'deploy.kubernetes: This deploy needs helm. Engine local has none of it: install it where the server runs.',
    ])
    expect(problems({ compose: {} }, ['docker'])).toEqual([
      'deploy.compose: This deploy needs docker with its compose plugin, or podman-compose. Engine local has none of it: install it where the server runs.',
    ])
    expect(problems(helm, ['kubectl', 'helm'])).toEqual([])
    expect(problems({ compose: {} }, ['compose'])).toEqual([])
  })
})
