import {
  type DeployStep,
  type Environment,
  NO_ARGO_SETTINGS,
  type Script,
  type Workflow,
} from '../../src/domain/definition.ts'

/** Definitions that ask for nothing in particular, for tests to say what matters to them. */

export function aScript(part: Partial<Script> = {}): Script {
  return {
    name: null,
    run: 'true',
    image: null,
    resources: null,
    env: {},
    timeoutMs: null,
    retries: 0,
    continueOnFailure: false,
    asRoot: false,
    reports: [],
    tool: null,
    condition: null,
    ...part,
  }
}

export function aStep(part: Partial<DeployStep> = {}): DeployStep {
  return {
    environment: 'dev',
    manual: false,
    approvers: [],
    quorum: null,
    expiresMs: null,
    verify: null,
    ...part,
  }
}

export function anEnvironment(part: Partial<Environment> = {}): Environment {
  return {
    name: 'dev',
    active: true,
    engine: null,
    deploy: aScript({ run: './deploy.sh' }),
    manual: false,
    approvers: [],
    quorum: 1,
    selfApproval: true,
    expiresMs: null,
    allowedWorkflows: null,
    variables: {},
    argo: NO_ARGO_SETTINGS,
    ...part,
  }
}

export function aWorkflow(part: Partial<Workflow> = {}): Workflow {
  return {
    name: 'storefront',
    engine: null,
    source: { url: 'https://git.example/shop.git', ref: { kind: 'branch', name: 'main' }, credential: null },
    concurrency: null,
    timeoutMs: null,
    variables: {},
    argo: NO_ARGO_SETTINGS,
    tools: { 'pre-build': [], 'post-build': [], 'post-push': [], 'post-deploy': [] },
    build: null,
    push: null,
    deploy: [],
    ...part,
  }
}
