import type { ArgoSettings, Resources } from '../../domain/definition.ts'
import { Refused, type SegmentOrder, type StageOrder } from '../engine.ts'
import { accessOf, checkoutScript, KEYS, PASSWD } from './checkout.ts'
import type { Site } from './compile.ts'
import { type Act, CHECKOUT_CONTAINER, containerOf, nonceOf } from './names.ts'
import { containerSecurity, identityOf } from './pod.ts'
import { HOME, IMAGE_ARCHIVE, outputFile, scriptVariables, WORKSPACE, wrapperArgs } from './wrapper.ts'

/** A container of a segment's pod, and what it needs of the segment's Secret. */
export interface Part {
  readonly act: Act
  readonly container: Container
  /** What its variables refer to, by key. */
  readonly variables: Readonly<Record<string, string>>
  /** Files of the repository's credential, by name. */
  readonly files: Readonly<Record<string, string>>
  /** Files of its stage's, by name. */
  readonly own: Readonly<Record<string, string>>
  /** Whether it deploys, and so acts in the cluster as its pod's service account. */
  readonly deploys: boolean
}

interface Container {
  readonly name: string
  readonly image: string
  readonly imagePullPolicy: 'IfNotPresent'
  readonly command: readonly string[]
  readonly args: readonly string[]
  readonly env: readonly EnvVar[]
  readonly resources?: Partial<Resources>
  readonly securityContext: ReturnType<typeof containerSecurity>
  readonly volumeMounts?: readonly Mount[]
}

type EnvVar =
  | { readonly name: string; readonly value: string }
  | {
      readonly name: string
      readonly valueFrom: { readonly secretKeyRef: { readonly name: string; readonly key: string } }
    }

interface Mount {
  readonly name: string
  readonly mountPath: string
  readonly subPath?: string
  readonly readOnly?: true
}

/** What a container is made from. */
interface Role {
  readonly act: Act
  readonly image: string
  readonly script: string
  readonly env: Readonly<Record<string, string>>
  readonly secrets: readonly string[]
  readonly files: Readonly<Record<string, string>>
  readonly own: Readonly<Record<string, string>>
  readonly resources: Resources | null
  readonly asRoot: boolean
  readonly deploys: boolean
}

/**
 * A longer script comes from the segment's Secret. Argo hands arguments of more than 128 KiB on past Kubernetes, which then
 * does not make `$` of `$$`, and keeps a template of more than that in a ConfigMap, which by its own manifests its
 * controller may not make: https://argo-workflows.readthedocs.io/en/latest/offloading-large-workflows/
 */
const ARGUMENTS_BYTES_MAX = 32 * 1024

/** The volume of a credential's files. */
export const KEYS_VOLUME = 'git'
export const SHARED_VOLUME = 'workspace'

/** The containers of a segment in their order: one a stage, and a checkout before them where no stage is one. */
export function partsOf(order: SegmentOrder, settings: ArgoSettings, site: Site): readonly Part[] {
  const roles = rolesOf(order, settings, site)
  return roles.map((role, index) => {
    const place = { before: roles[index - 1]?.act.container ?? null, last: index === roles.length - 1 }
    return partOf(role, place, order)
  })
}

function rolesOf(order: SegmentOrder, settings: ArgoSettings, site: Site): Role[] {
  const [first] = order.stages
  const roles = order.stages.map((stage) =>
    stage.kind === 'checkout'
      ? checkoutRole(order, settings, site, { stage, container: containerOf(stage.ordinal) })
      : scriptRole(stage, settings, site),
  )
  if (first === undefined || first.kind === 'checkout') return roles
  return [checkoutRole(order, settings, site, { stage: first, container: CHECKOUT_CONTAINER }), ...roles]
}

function checkoutRole(
  { source }: SegmentOrder,
  settings: ArgoSettings,
  site: Site,
  { stage, container }: { readonly stage: StageOrder; readonly container: string },
): Role {
  const { runAsUser, runAsGroup } = identityOf(settings)
  const folded = stage.kind !== 'checkout'
  const access = accessOf(source, runAsUser, runAsGroup)
  return {
    ...access,
    env: { HOME, ...access.env },
    act: {
      container,
      stage: stage.ordinal,
      id: stage.id,
      does: 'checkout',
      passes: false,
      timeoutMs: null,
      retries: 0,
      reports: [],
    },
    image: site.gitImage,
    own: {},
    script: checkoutScript(source, { allowFile: site.allowFile, folded }),
    resources: settings.resources,
    asRoot: false,
    deploys: false,
  }
}

function scriptRole(stage: StageOrder, settings: ArgoSettings, site: Site): Role {
  const { ordinal, id, kind, timeoutMs, retries, reports } = stage
  const image = imageOf(stage, settings, site)
  if (image === null)
    throw new Refused(
      `Nothing says which image stage ${id} runs in. Name it as image of the script, as argo.image of its workflow or environment, or in the server’s option argo.defaults.`,
    )
  if (stage.asRoot && !site.allowRoot)
    throw new Refused(
      `Stage ${id} wants to run as root, which this server does not allow on argo. Leave asRoot out.`,
    )
  return {
    act: {
      container: containerOf(ordinal),
      stage: ordinal,
      id,
      does: 'script',
      passes: stage.continueOnFailure,
      timeoutMs,
      retries,
      reports: reports.map(({ name, path }) => ({ name, path })),
    },
    image,
    script: stage.run ?? '',
    // Root's own home is its image's, so that nobody else finds files of root's in his.
    env: { CI: 'true', ...(stage.asRoot ? {} : { HOME }), ...stage.env, ...daemonOf(stage, site) },
    secrets: stage.secrets,
    files: {},
    own: stage.files,
    resources: stage.resources ?? settings.resources,
    asRoot: stage.asRoot,
    deploys: kind === 'deploy' || kind === 'verify',
  }
}

/** What builds and pushes images is in images of its own; all else is in what was named for it. */
function imageOf(stage: StageOrder, settings: ArgoSettings, site: Site): string | null {
  if (stage.kind === 'image') return site.buildImage
  return stage.kind === 'push' ? site.pushImage : (stage.image ?? settings.image)
}

function daemonOf({ id, kind }: StageOrder, { buildkit }: Site): Readonly<Record<string, string>> {
  if (kind !== 'image') return {}
  if (buildkit !== null) return { BUILDKIT_HOST: buildkit }
  throw new Refused(
    `Stage ${id} builds an image, and no BuildKit daemon is named for that. The server’s option argo.buildkit does.`,
  )
}

function partOf(
  role: Role,
  { before, last }: { readonly before: string | null; readonly last: boolean },
  { handle, graceMs }: SegmentOrder,
): Part {
  const { act, files, own, deploys } = role
  const argsOf = (script: string | null) =>
    wrapperArgs({
      nonce: nonceOf(handle),
      container: act.container,
      before,
      last,
      passes: act.passes,
      timeoutMs: act.timeoutMs,
      graceMs,
      retries: act.retries,
      reports: act.reports.map(({ path }) => path),
      name: act.does === 'checkout' ? act.does : act.id,
      script,
    }).map(literally)
  const whole = argsOf(role.script)
  const isLong = bytesInGo(whole) > ARGUMENTS_BYTES_MAX
  const { env, variables } = environmentOf(handle, role, isLong ? scriptVariables(role.script) : {})
  const container: Container = {
    name: act.container,
    image: role.image,
    imagePullPolicy: 'IfNotPresent',
    command: ['sh', '-c'],
    args: isLong ? argsOf(null) : whole,
    env,
    ...resourcesOf(role),
    securityContext: containerSecurity(role.asRoot),
    ...mountsOf(role),
  }
  return { act, container, variables, files, own, deploys }
}

const MOUNTS: readonly Mount[] = [
  { name: KEYS_VOLUME, mountPath: KEYS, readOnly: true },
  { name: KEYS_VOLUME, mountPath: '/etc/passwd', subPath: PASSWD, readOnly: true },
]

function mountsOf({ act, files, own }: Role): Pick<Container, 'volumeMounts'> {
  const mounts = [
    ...(hasNone(files) ? [] : MOUNTS),
    ...(hasNone(own) ? [] : [{ name: ownVolume(act.container), mountPath: FILES, readOnly: true } as const]),
  ]
  return mounts.length === 0 ? {} : { volumeMounts: mounts }
}

/** The volume of the files that one container alone sees. */
export function ownVolume(container: string): string {
  return `files-${container}`
}

/** Where those are mounted. */
const FILES = '/etc/periplus/files'

function hasNone(files: Readonly<Record<string, string>>): boolean {
  return Object.keys(files).length === 0
}

/** What a script sees; secrets, and what Argo would replace in a manifest, by reference to the segment's Secret. */
function environmentOf(
  handle: string,
  { act, env, own, secrets }: Role,
  kept: Readonly<Record<string, string>>,
): Pick<Part, 'variables'> & Pick<Container, 'env'> {
  const variables: Record<string, string> = {}
  const hidden = [...secrets, ...Object.keys(kept)]
  const all = {
    ...env,
    ...kept,
    PERIPLUS_OUTPUT: outputFile(act.container),
    PERIPLUS_WORKSPACE: WORKSPACE,
    PERIPLUS_IMAGE_ARCHIVE: IMAGE_ARCHIVE,
    ...(hasNone(own) ? {} : { PERIPLUS_FILES: FILES }),
    PERIPLUS_SEGMENT: handle,
  }
  const list = Object.entries(all).map(([name, value]): EnvVar => {
    if (!hidden.includes(name) && !value.includes('{{')) return { name, value: literally(value) }
    const key = `${act.container}.${name}`
    variables[key] = value
    return { name, valueFrom: { secretKeyRef: { name: handle, key } } }
  })
  return { env: list, variables }
}

/** Kubernetes makes `$` of `$$` and a variable's value of `$(NAME)`, in arguments and in plain variables. */
function literally(text: string): string {
  return text.replaceAll('$', '$$$$')
}

/** What a container asks for; nothing where nobody said. */
export function resourcesOf({ resources }: { readonly resources: Resources | null }): {
  resources?: Partial<Resources>
} {
  if (resources === null) return {}
  const { requests, limits } = resources
  return {
    resources: {
      ...(Object.keys(requests).length === 0 ? {} : { requests }),
      ...(Object.keys(limits).length === 0 ? {} : { limits }),
    },
  }
}

/** How long it is as Go writes JSON: these are six bytes each. */
export function bytesInGo(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value).replaceAll(/[<>&\u2028\u2029]/g, '\\u003c'))
}
