import { podSettings, type Site } from './compile.ts'
import { resourcesOf } from './containers.ts'
import type { ArgoWorkflow } from './kube.ts'
import { type Act, CONTROLLER_LABEL } from './names.ts'
import { containerSecurity, podSecurity, podSpecPatch } from './pod.ts'

/** Whoever tries it and is killed leaves nothing for longer than this after its end. */
const TRACES_SECONDS = 60

interface Container {
  readonly name: string
  readonly image: string
  readonly script: string
}

function containersOf({ gitImage, defaults }: Site): readonly Container[] {
  const git = { name: 'git', image: gitImage, script: 'git --version' }
  return defaults.image === null
    ? [git]
    : [git, { name: 'script', image: defaults.image, script: 'echo well' }]
}

/**
 * A Workflow that does nothing, in the images and by the rules that segments have: what keeps it from its end keeps them
 * from theirs. It bears no server's label, so that none takes it for a segment, and no finalizer.
 */
export function probe(name: string, site: Site): ArgoWorkflow {
  const { namespace, controllerInstance, defaults, deadlineSeconds } = site
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Workflow',
    metadata: {
      name,
      namespace,
      labels: controllerInstance === null ? {} : { [CONTROLLER_LABEL]: controllerInstance },
    },
    spec: {
      entrypoint: 'main',
      activeDeadlineSeconds: deadlineSeconds,
      ttlStrategy: { secondsAfterCompletion: TRACES_SECONDS },
      ...podSettings(defaults),
      securityContext: podSecurity(defaults),
      podSpecPatch: podSpecPatch(0, []),
      templates: [
        {
          name: 'main',
          containerSet: {
            containers: containersOf(site).map(({ script, ...container }) => ({
              ...container,
              imagePullPolicy: 'IfNotPresent',
              command: ['sh', '-c'],
              args: [script],
              // A quota that wants them of every container wants them here as well.
              ...resourcesOf(defaults),
              securityContext: containerSecurity(false),
            })),
          },
        },
      ],
    },
  }
}

/** Its containers, as the story of a segment knows them. */
export function probeActs(site: Site): readonly Act[] {
  return containersOf(site).map(({ name, image }, stage) => ({
    container: name,
    stage,
    id: image,
    does: 'script',
    passes: false,
    timeoutMs: null,
    retries: 0,
    reports: [],
  }))
}
