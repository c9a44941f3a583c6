import {
  type BuildScript,
  type Environment,
  type ImageBuild,
  NO_ARGO_SETTINGS,
  type Script,
  type Workflow,
} from './definition.ts'
import type { Plan, PlannedSegment, PlannedStage } from './plan.ts'

/*
 * What an older version stored lacks the keys that came after it. They get their meaning here, as it is read, so that
 * nobody else has to ask whether they are there.
 */

type Lacking<T, K extends keyof T> = Omit<T, K> & Partial<Pick<T, K>>
type OlderScript<S extends Script = Script> = Lacking<S, 'resources' | 'reports' | 'tool'>
type OlderWorkflow = Lacking<Omit<Workflow, 'build'>, 'argo' | 'push'> & {
  readonly build: Lacking<OlderScript<BuildScript>, 'kind'> | ImageBuild | null
}

const LATER_OF_STAGES = { image: null, resources: null, reports: [], files: {}, registry: null }

/** A plan from its stored text. */
export function storedPlan(text: string): Plan {
  const plan: {
    readonly stages: readonly Lacking<
      PlannedStage,
      'image' | 'resources' | 'reports' | 'files' | 'registry'
    >[]
    readonly segments: readonly Lacking<PlannedSegment, 'argo'>[]
  } = JSON.parse(text)
  return {
    stages: plan.stages.map((stage) => ({ ...LATER_OF_STAGES, ...stage })),
    segments: plan.segments.map((segment) => ({ argo: NO_ARGO_SETTINGS, ...segment })),
  }
}

/** A workflow from its stored text. */
export function storedWorkflow(text: string): Workflow {
  const workflow: OlderWorkflow = JSON.parse(text)
  const { tools, build, deploy } = workflow
  return {
    argo: NO_ARGO_SETTINGS,
    push: null,
    ...workflow,
    tools: {
      'pre-build': tools['pre-build'].map(completed),
      'post-build': tools['post-build'].map(completed),
      'post-push': tools['post-push'].map(completed),
      'post-deploy': tools['post-deploy'].map(completed),
    },
    build: build === null || build.kind === 'image' ? build : completedBuild(build),
    deploy: deploy.map((step) => ({
      ...step,
      verify: step.verify === null ? null : completed(step.verify),
    })),
  }
}

/** An environment from its stored text. */
export function storedEnvironment(text: string): Environment {
  const environment: Lacking<Environment, 'argo'> = JSON.parse(text)
  return { argo: NO_ARGO_SETTINGS, ...environment, deploy: completed(environment.deploy) }
}

function completedBuild(build: Lacking<OlderScript<BuildScript>, 'kind'>): BuildScript {
  return { kind: 'script', ...build, ...completed(build) }
}

function completed(script: OlderScript): Script {
  return { resources: null, reports: [], tool: null, ...script }
}
