import { readDefinitions } from '../../src/domain/workflow.ts'

/** Definitions as people write them. */

export const STOREFRONT = `# The shop.
kind: workflow
name: storefront
engine: local
source:
  git: { url: https://git.example/shop/storefront.git, branch: main }
concurrency: { group: storefront, limit: 1, onConflict: queue }
timeout: 1h
variables: { NODE_ENV: production, NPM_TOKEN: { secret: npm-token } }
tools:
  preBuild:
    - script: { name: unit tests, run: "npm ci && npm test", retries: 2, timeout: 10m, if: { branch: [main, release/*], event: push } }
  postDeploy:
    - script: { name: announce, run: ./announce.sh, continueOnFailure: true }
build: { script: { run: make dist, artifacts: [dist/**] } }
deploy:
  - environment: dev
    verify: { run: "curl -f https://dev.shop.example/health" }
  - environment: production
    manual: true
`
export const PRODUCTION = `kind: environment
name: production
active: true
engine: local
deploy: { script: { run: ./deploy.sh } }
manual: true
approvers: [alice, bob]
quorum: 2
selfApproval: false
expires: 72h
allowedWorkflows: [storefront]
variables: { REGION: eu }
`

/** Findings as “line:column path: sentence”. */
export function findings(text: string): readonly string[] {
  return readDefinitions(text).findings.map(
    ({ line, column, path, message }) => `${line}:${column} ${path}: ${message}`,
  )
}

/** A workflow that is right but for the lines that are added. */
export function withLines(...lines: readonly string[]): string {
  return [
    'kind: workflow',
    'name: shop',
    'source: { git: { url: "https://git.example/shop.git", branch: main } }',
    ...lines,
  ].join('\n')
}
