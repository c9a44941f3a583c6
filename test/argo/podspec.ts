import { CONTROLLER_LABEL, WORKFLOW_LABEL } from '../../src/engine/argo/names.ts'
import { substitute } from './expand.ts'
import {
  type Container,
  type ContainerNode,
  type Pod,
  type PodSpec,
  type SecurityContext,
  stamp,
  type Template,
  type Volume,
  type VolumeMount,
  type Workflow,
} from './objects.ts'
import { isObject, strategicPatch } from './patches.ts'

export const COMPLETED_LABEL = 'workflows.argoproj.io/completed'
export const TOKEN_PATH = '/var/run/secrets/kubernetes.io/serviceaccount'

/** What the controller reads of a Workflow's spec. */
interface WorkflowSpec {
  readonly entrypoint?: string
  readonly templates?: readonly Template[]
  readonly volumes?: readonly Volume[]
  readonly securityContext?: SecurityContext
  readonly serviceAccountName?: string
  readonly automountServiceAccountToken?: boolean
  readonly activeDeadlineSeconds?: number
  readonly podSpecPatch?: string
  readonly nodeSelector?: Readonly<Record<string, string>>
  readonly podMetadata?: Template['metadata']
  /** Whose token Argo's own containers get, where the pod's account has none in them. */
  readonly executor?: { readonly serviceAccountName?: string }
}

function specOf(workflow: Workflow): WorkflowSpec {
  return workflow.spec as WorkflowSpec
}

export function entryOf(workflow: Workflow): Template | undefined {
  const { entrypoint, templates = [] } = specOf(workflow)
  return templates.find(({ name }) => name === entrypoint)
}

/** Why a Workflow's spec can never run; null where nothing is wrong. */
export function problemOf(workflow: Workflow): string | null {
  const template = entryOf(workflow)
  const { entrypoint = '' } = specOf(workflow)
  if (template === undefined) return `template name '${entrypoint}' undefined`
  if (template.containerSet === undefined) return `templates.${template.name} template type is unknown`
  const { containers } = template.containerSet
  const where = `templates.${template.name}.containerSet.containers`
  const names = new Set(containers.map(({ name }) => name))
  const stranger = containers.flatMap(({ dependencies = [] }) => dependencies).find((one) => !names.has(one))
  if (stranger !== undefined) return `${where} dependency "${stranger}" not defined`
  const cycle = cycleOf(containers)
  if (cycle !== null) return `${where} dependency cycle detected: ${cycle}`
  const [tag] = substitute(JSON.stringify(template), valuesOf(workflow)).unknown
  return tag === undefined ? null : `templates.${template.name}: failed to resolve {{${tag}}}`
}

/** `b->a->b`: found from the last container on, as Argo does. */
function cycleOf(containers: readonly ContainerNode[]): string | null {
  const dependencies = new Map(containers.map(({ name, dependencies = [] }) => [name, dependencies]))
  const walk = (path: readonly string[]): string | null => {
    const last = path.at(-1) ?? ''
    if (path.indexOf(last) < path.length - 1) return path.slice(path.indexOf(last)).join('->')
    for (const next of dependencies.get(last) ?? []) {
      const found = walk([...path, next])
      if (found !== null) return found
    }
    return null
  }
  return containers.toReversed().reduce<string | null>((found, { name }) => found ?? walk([name]), null)
}

/** What `{{…}}` stands for in a template of this Workflow. */
function valuesOf({ metadata }: Workflow): Record<string, string> {
  const maps = { labels: metadata.labels ?? {}, annotations: metadata.annotations ?? {} }
  const fromMaps = Object.entries(maps).flatMap(([map, entries]) =>
    Object.entries(entries).map(([key, value]) => [`workflow.${map}.${key}`, value] as const),
  )
  return {
    'workflow.name': metadata.name,
    'workflow.namespace': metadata.namespace,
    'workflow.uid': metadata.uid,
    'workflow.creationTimestamp': metadata.creationTimestamp,
    'pod.name': metadata.name,
    'node.name': metadata.name,
    ...Object.fromEntries(fromMaps),
  }
}

/** The pod of a Workflow whose entry is one containerSet: named like it, with Argo's `init` and `wait` beside the stages. */
export function podOf(
  workflow: Workflow,
  now: number,
): Pick<Pod, 'apiVersion' | 'kind' | 'spec' | 'status'> & {
  readonly metadata: Readonly<Record<string, unknown>>
} {
  const raw = entryOf(workflow)
  if (raw === undefined) throw new Error(`${workflow.metadata.name} has no entry.`)
  const text = substitute(JSON.stringify(raw), escaped(valuesOf(workflow))).text
  const template: Template = JSON.parse(text)
  const { podMetadata } = specOf(workflow)
  const { metadata } = workflow
  const instance = metadata.labels?.[CONTROLLER_LABEL]
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: metadata.name,
      labels: {
        ...podMetadata?.labels,
        ...template.metadata?.labels,
        [COMPLETED_LABEL]: 'false',
        ...(instance === undefined ? {} : { [CONTROLLER_LABEL]: instance }),
        [WORKFLOW_LABEL]: metadata.name,
      },
      annotations: {
        'kubectl.kubernetes.io/default-container': template.containerSet?.containers.at(-1)?.name ?? '',
        ...podMetadata?.annotations,
        ...template.metadata?.annotations,
        'workflows.argoproj.io/node-id': metadata.name,
        'workflows.argoproj.io/node-name': metadata.name,
      },
      ownerReferences: [
        {
          apiVersion: 'argoproj.io/v1alpha1',
          kind: 'Workflow',
          name: metadata.name,
          uid: metadata.uid,
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: podSpec(workflow, template, now),
    status: { phase: 'Pending' },
  }
}

function podSpec(workflow: Workflow, template: Template, now: number): PodSpec {
  const spec = specOf(workflow)
  const { containers = [], volumeMounts = [] } = template.containerSet ?? {}
  const deadline = deadlineOf(workflow)
  const bare = {
    volumes: [
      { name: 'var-run-argo', emptyDir: {} },
      { name: 'tmp-dir-argo', emptyDir: {} },
      ...(spec.volumes ?? []),
      ...(template.volumes ?? []),
    ],
    initContainers: [executor('init', workflow, template)],
    containers: [
      executor('wait', workflow, template),
      ...containers.map((one) => stage(one, workflow, volumeMounts)),
    ],
    restartPolicy: 'Never',
    terminationGracePeriodSeconds: 30,
    serviceAccountName: template.serviceAccountName ?? spec.serviceAccountName ?? 'default',
    securityContext: template.securityContext ?? spec.securityContext ?? {},
    ...(spec.nodeSelector === undefined ? {} : { nodeSelector: spec.nodeSelector }),
    ...(spec.automountServiceAccountToken === undefined
      ? {}
      : { automountServiceAccountToken: spec.automountServiceAccountToken }),
    ...(deadline === null ? {} : { activeDeadlineSeconds: Math.floor((deadline - now) / 1000) }),
  }
  const own = withExecutorToken(bare, spec.executor?.serviceAccountName)
  const patches = [spec.podSpecPatch, template.podSpecPatch].flatMap((patch) => patch ?? [])
  const patched = patches.reduce<unknown>((made, patch) => strategicPatch(made, JSON.parse(patch)), own)
  return withToken(patched as PodSpec)
}

/** When a Workflow's time is up; null where it has none. */
export function deadlineOf(workflow: Workflow): number | null {
  const { activeDeadlineSeconds } = specOf(workflow)
  const startedAt = workflow.status?.startedAt ?? workflow.metadata.creationTimestamp
  return activeDeadlineSeconds === undefined ? null : Date.parse(startedAt) + activeDeadlineSeconds * 1000
}

function executor(name: 'init' | 'wait', workflow: Workflow, template: Template): Container {
  const tmp = { name: 'tmp-dir-argo', mountPath: '/tmp', subPath: '0' }
  return {
    name,
    image: 'quay.io/argoproj/argoexec:v4.1.2',
    command: ['argoexec', name],
    env: [
      { name: 'ARGO_CONTAINER_NAME', value: name },
      ...(name === 'init' ? [{ name: 'ARGO_TEMPLATE', value: JSON.stringify(template) }] : []),
      ...argoEnv(workflow),
    ],
    resources: {},
    volumeMounts: [...(name === 'wait' ? [tmp] : []), { name: 'var-run-argo', mountPath: '/var/run/argo' }],
  }
}

function stage(
  { dependencies: _, ...node }: ContainerNode,
  workflow: Workflow,
  shared: readonly VolumeMount[],
): Container {
  return {
    resources: {},
    ...node,
    command: ['/var/run/argo/argoexec', 'emissary', '--', ...(node.command ?? [])],
    env: [...(node.env ?? []), { name: 'ARGO_CONTAINER_NAME', value: node.name }, ...argoEnv(workflow)],
    volumeMounts: [
      ...(node.volumeMounts ?? []),
      ...shared,
      { name: 'var-run-argo', mountPath: '/var/run/argo' },
    ],
  }
}

function argoEnv(workflow: Workflow) {
  const deadline = deadlineOf(workflow)
  return [
    { name: 'ARGO_NODE_ID', value: workflow.metadata.name },
    { name: 'ARGO_INCLUDE_SCRIPT_OUTPUT', value: 'false' },
    { name: 'ARGO_DEADLINE', value: deadline === null ? '0001-01-01T00:00:00Z' : stamp(deadline) },
    { name: 'ARGO_WORKFLOW_NAME', value: workflow.metadata.name },
    { name: 'ARGO_PROGRESS_FILE', value: '/var/run/argo/progress' },
  ]
}

function withExecutorToken(spec: PodSpec, account: string | undefined): PodSpec {
  if (spec.automountServiceAccountToken !== false || account === undefined) return spec
  const mount = { name: 'exec-sa-token', readOnly: true, mountPath: TOKEN_PATH }
  const add = (container: Container): Container => ({
    ...container,
    volumeMounts: [mount, ...(container.volumeMounts ?? [])],
  })
  const secret = { secretName: `${account}.service-account-token` }
  return {
    ...spec,
    volumes: [...spec.volumes, { name: 'exec-sa-token', secret }],
    initContainers: spec.initContainers.map(add),
    containers: spec.containers.map((one) => (one.name === 'wait' ? add(one) : one)),
  }
}

/** The service account's token goes into every container, unless the spec forbids it or brings its own. */
function withToken(spec: PodSpec): PodSpec {
  if (spec.automountServiceAccountToken === false) return spec
  const mount = { name: 'kube-api-access', readOnly: true, mountPath: TOKEN_PATH }
  const add = (container: Container): Container => {
    const mounts = container.volumeMounts ?? []
    const has = mounts.some(({ mountPath }) => mountPath === TOKEN_PATH)
    return has ? container : { ...container, volumeMounts: [...mounts, mount] }
  }
  return {
    ...spec,
    volumes: [...spec.volumes, { name: 'kube-api-access', projected: { defaultMode: 420 } }],
    initContainers: spec.initContainers.map(add),
    containers: spec.containers.map(add),
  }
}

/** Values as they stand inside a JSON text. */
function escaped(values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [key, JSON.stringify(value).slice(1, -1)]),
  )
}

/** The same object as Argo writes it back: what Go adds to every template. */
export function normalized(
  workflow: Workflow,
  defaults: Readonly<Record<string, unknown>>,
): Workflow['spec'] {
  const templates = (specOf(workflow).templates ?? []).map((template) => ({
    ...template,
    inputs: {},
    outputs: {},
    metadata: template.metadata ?? {},
    ...(template.containerSet === undefined
      ? {}
      : {
          containerSet: {
            ...template.containerSet,
            containers: template.containerSet.containers.map((one) => ({ resources: {}, ...one })),
          },
        }),
  }))
  return { ...overlaid(defaults, workflow.spec), arguments: {}, templates }
}

/** A Workflow's own words win; absent, empty objects and empty texts lose to the controller's defaults. */
function overlaid(
  defaults: Readonly<Record<string, unknown>>,
  own: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const made: Record<string, unknown> = { ...defaults }
  for (const [key, value] of Object.entries(own)) {
    const theirs = defaults[key]
    if (isObject(value) && isObject(theirs)) made[key] = overlaid(theirs, value)
    else if (value !== '' || theirs === undefined) made[key] = value
  }
  return made
}
