import { argoOver } from '../../domain/argo.ts'
import type { ArgoSettings } from '../../domain/definition.ts'
import { Refused, type SegmentOrder } from '../engine.ts'
import { bytesInGo, KEYS_VOLUME, ownVolume, type Part, partsOf, SHARED_VOLUME } from './containers.ts'
import type { ArgoWorkflow, Secret } from './kube.ts'
import {
  CONTROLLER_LABEL,
  FINALIZER,
  INSTANCE_LABEL,
  OUTLINE_ANNOTATION,
  type Outline,
  PLAN_ANNOTATION,
} from './names.ts'
import { podSecurity, podSpecPatch } from './pod.ts'
import { VOLUME } from './wrapper.ts'

/** What one server's segments have in common. */
export interface Site {
  readonly namespace: string
  /** Which server's they are, as a label's value. */
  readonly instance: string
  /** The instance id of the controller that is to look at them; null where there is one without. */
  readonly controllerInstance: string | null
  readonly defaults: ArgoSettings
  /** With git and a shell, for checkouts. */
  readonly gitImage: string
  /** The daemon that builds images; null where there is none. */
  readonly buildkit: string | null
  /** With buildctl and a shell, for what that daemon is asked. */
  readonly buildImage: string
  /** With skopeo and a shell, for pushes. */
  readonly pushImage: string
  readonly allowRoot: boolean
  /** After so long a pod is ended, whatever it waits for. */
  readonly deadlineSeconds: number
  /** Whether repositories may be files and paths of the pod. */
  readonly allowFile: boolean
}

/** A Secret holds a MiB, names and all: https://kubernetes.io/docs/concepts/configuration/secret/ */
const SECRET_BYTES_MAX = 1_000_000
/** Argo keeps a copy of a large template in a ConfigMap, which holds a MiB as well. */
const MANIFEST_BYTES_MAX = 1_000_000

/** A year's worth of seconds would do; the controller's own defaults lose only to numbers. */
const NEVER_S = 2 ** 31 - 1

/** The Workflow that runs a segment. Throws `Refused` where there can be none. */
export function compile(order: SegmentOrder, site: Site): ArgoWorkflow {
  const { handle, execution } = order
  const settings = argoOver(order.argo, site.defaults)
  refuseSharedAccount(order, site)
  const parts = partsOf(order, settings, site)
  fittingSecret(order, secretData(parts))
  const labels = { [INSTANCE_LABEL]: site.instance }
  return fitting(order, {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Workflow',
    metadata: {
      name: handle,
      namespace: site.namespace,
      labels: {
        ...labels,
        ...(site.controllerInstance === null ? {} : { [CONTROLLER_LABEL]: site.controllerInstance }),
      },
      annotations: {
        [PLAN_ANNOTATION]: order.planHash,
        [OUTLINE_ANNOTATION]: JSON.stringify(outlineOf(order, parts)),
        'periplus.dev/execution': execution.id,
        'periplus.dev/workflow': execution.workflow,
      },
      finalizers: [FINALIZER],
    },
    spec: {
      entrypoint: 'main',
      activeDeadlineSeconds: site.deadlineSeconds,
      // What is left out or empty here loses to the controller's own defaults: ARGO.md §2.
      podGC: {
        strategy: 'OnWorkflowCompletion',
        labelSelector: { matchLabels: { 'periplus.dev/gc': 'never' } },
      },
      ttlStrategy: {
        secondsAfterCompletion: NEVER_S,
        secondsAfterSuccess: NEVER_S,
        secondsAfterFailure: NEVER_S,
      },
      ...podSettings(settings),
      securityContext: podSecurity(settings),
      podSpecPatch: podSpecPatch(order.graceMs, withToken(order, parts)),
      templates: [
        {
          name: 'main',
          metadata: { labels },
          volumes: [
            { name: SHARED_VOLUME, emptyDir: {} },
            ...(keysOf(parts).length === 0 ? [] : [keysVolume(handle, parts)]),
            ...parts.flatMap((part) => filesVolume(handle, part)),
          ],
          containerSet: {
            volumeMounts: [{ name: SHARED_VOLUME, mountPath: VOLUME }],
            containers: parts.map(({ container }) => container),
          },
        },
      ],
    },
  })
}

/** The Secret that a segment's containers refer to, owned by its Workflow; null where they need none. */
export function secretOf(
  order: SegmentOrder,
  owner: { readonly name: string; readonly uid: string },
  site: Site,
): Secret | null {
  const data = secretData(partsOf(order, argoOver(order.argo, site.defaults), site))
  if (Object.keys(data).length === 0) return null
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: order.handle,
      namespace: site.namespace,
      labels: { [INSTANCE_LABEL]: site.instance },
      ownerReferences: [{ apiVersion: 'argoproj.io/v1alpha1', kind: 'Workflow', ...owner }],
    },
    type: 'Opaque',
    stringData: data,
  }
}

/** What a pod is given of the cluster: its account, its place, and what its images are pulled with. */
export function podSettings(settings: ArgoSettings) {
  const { serviceAccount, nodeSelector, tolerations, imagePullSecrets } = settings
  return {
    ...(serviceAccount === null ? {} : { serviceAccountName: serviceAccount }),
    ...(nodeSelector === null ? {} : { nodeSelector }),
    ...(tolerations === null ? {} : { tolerations }),
    ...(imagePullSecrets === null ? {} : { imagePullSecrets: imagePullSecrets.map((name) => ({ name })) }),
  }
}

/** Whoever may edit a workflow could deploy with an account that its build has, too. */
function refuseSharedAccount({ environment, argo }: SegmentOrder, { defaults }: Site): void {
  if (environment === null || argo.serviceAccount === null || argo.serviceAccount !== defaults.serviceAccount)
    return
  throw new Refused(
    `Environment ${environment} deploys as service account ${argo.serviceAccount}, which build scripts have, too. Give it one of its own.`,
  )
}

/** The containers that may act in the cluster: deploys and their verification, as an account that was named for them. */
function withToken({ environment, argo }: SegmentOrder, parts: readonly Part[]): readonly string[] {
  if (environment === null || argo.serviceAccount === null) return []
  return parts.filter(({ deploys }) => deploys).map(({ act }) => act.container)
}

function outlineOf({ graceMs, logBytesMax }: SegmentOrder, parts: readonly Part[]): Outline {
  return { acts: parts.map(({ act }) => act), graceMs, logBytesMax }
}

function keysOf(parts: readonly Part[]): readonly string[] {
  return parts.flatMap(({ files }) => Object.keys(files))
}

function keysVolume(handle: string, parts: readonly Part[]) {
  const items = keysOf(parts).map((name) => ({ key: fileKey(name), path: name }))
  return { name: KEYS_VOLUME, secret: { secretName: handle, defaultMode: 0o400, items } }
}

/** Of one container alone: a build reads no key of the repository's, and a checkout no password of a registry's. */
function filesVolume(handle: string, { act, own }: Part) {
  const items = Object.keys(own).map((name) => ({ key: ownKey(act.container, name), path: name }))
  return items.length === 0
    ? []
    : [{ name: ownVolume(act.container), secret: { secretName: handle, defaultMode: 0o400, items } }]
}

function ownKey(container: string, name: string): string {
  return `${container}.file.${name}`
}

function secretData(parts: readonly Part[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    parts.flatMap(({ act, variables, files, own }) => [
      ...Object.entries(variables),
      ...Object.entries(own).map(([name, text]) => [ownKey(act.container, name), text] as const),
      ...Object.entries(files).map(([name, text]) => [fileKey(name), text] as const),
    ]),
  )
}

/** No container is called so. */
function fileKey(name: string): string {
  return `git.${name}`
}

function fittingSecret({ execution }: SegmentOrder, data: Readonly<Record<string, string>>): void {
  const bytes = Object.entries(data).reduce(
    (sum, [key, value]) => sum + key.length + Buffer.byteLength(value),
    0,
  )
  if (bytes <= SECRET_BYTES_MAX) return
  throw new Refused(
    `The secrets and long scripts of this segment of ${execution.id} are ${bytes} bytes long, once for each stage that has them; Kubernetes keeps ${SECRET_BYTES_MAX}. Give large ones to the stages that need them only, and keep long scripts in the repository.`,
  )
}

function fitting({ execution }: SegmentOrder, workflow: ArgoWorkflow): ArgoWorkflow {
  const text = JSON.stringify(workflow)
  // What people write in scripts and variables was taken care of; names of images and the like cannot be.
  if (text.includes('{{'))
    throw new Refused(
      'A name in this segment, of an image or of something in the cluster, holds “{{”, which Argo would replace. Write it without.',
    )
  const bytes = bytesInGo(workflow)
  if (bytes <= MANIFEST_BYTES_MAX) return workflow
  throw new Refused(
    `This segment of ${execution.id} would be a manifest of ${bytes} bytes; a cluster takes ${MANIFEST_BYTES_MAX}. Keep long scripts in the repository, and large variables with the stages that need them.`,
  )
}
