import { environment, expand } from './expand.ts'
import type { ApiServer } from './model.ts'
import type { Container, EnvVar, Pod, Secret, Volume } from './objects.ts'
import type { Mount, ProcessSpec } from './runtime.ts'

/** Why a container cannot be made yet, in the kubelet's words. */
export class ConfigError extends Error {}

/** A stage's process with everything filled in; throws a `ConfigError` where something it needs is not there. */
export function processOf(api: ApiServer, pod: Pod, container: Container): ProcessSpec {
  const { namespace, name, uid, annotations = {} } = pod.metadata
  const env = environment(varsOf(api, pod, container), (from) => varOf(api, pod, from))
  const command = (container.command ?? []).map((text) => expand(text, env))
  const args = (container.args ?? []).map((text) => expand(text, env))
  return {
    namespace,
    pod: name,
    podUid: uid,
    annotations,
    container: container.name,
    argv: [...command.slice(command.indexOf('--') + 1), ...args],
    env,
    workingDir: container.workingDir ?? null,
    user: userOf(pod, container),
    mounts: mountsOf(api, pod, container),
  }
}

function varsOf(api: ApiServer, pod: Pod, { env = [], envFrom = [] }: Container): readonly EnvVar[] {
  const whole = envFrom.flatMap(({ secretRef }) => {
    if (secretRef === undefined) return []
    const secret = secretOf(api, pod, secretRef.name)
    if (secret === null && secretRef.optional !== true) throw new ConfigError(missing(secretRef.name))
    const { name } = secretRef
    return Object.keys(secret?.data ?? {}).map((key) => ({
      name: key,
      valueFrom: { secretKeyRef: { name, key } },
    }))
  })
  return [...whole, ...env]
}

function varOf(api: ApiServer, pod: Pod, from: NonNullable<EnvVar['valueFrom']>): string | null {
  const { secretKeyRef, fieldRef } = from
  if (fieldRef !== undefined) return fieldOf(pod, fieldRef.fieldPath)
  if (secretKeyRef === undefined) return null
  const { name, key, optional = false } = secretKeyRef
  const secret = secretOf(api, pod, name)
  const value = secret?.data[key]
  if (value !== undefined) return Buffer.from(value, 'base64').toString()
  if (optional) return null
  if (secret === null) throw new ConfigError(missing(name))
  throw new ConfigError(`couldn't find key ${key} in Secret ${pod.metadata.namespace}/${name}`)
}

function fieldOf({ metadata }: Pod, path: string): string {
  const fields: Readonly<Record<string, string>> = {
    'metadata.name': metadata.name,
    'metadata.namespace': metadata.namespace,
    'metadata.uid': metadata.uid,
  }
  return fields[path] ?? ''
}

/** Secret volumes that cannot be mounted yet. */
export function missingVolumes(api: ApiServer, pod: Pod): readonly string[] {
  return pod.spec.volumes.flatMap(({ name, secret }) =>
    secret === undefined || secret.optional === true || secretOf(api, pod, secret.secretName) !== null
      ? []
      : [`MountVolume.SetUp failed for volume "${name}" : ${missing(secret.secretName)}`],
  )
}

function userOf({ spec }: Pod, { securityContext }: Container): ProcessSpec['user'] {
  const { runAsUser = 0, runAsGroup, fsGroup } = { ...spec.securityContext, ...securityContext }
  const gid = runAsGroup ?? runAsUser
  return { uid: runAsUser, gid, group: fsGroup ?? gid }
}

function mountsOf(api: ApiServer, pod: Pod, container: Container): readonly Mount[] {
  return (container.volumeMounts ?? []).flatMap(({ name, mountPath, subPath }): Mount[] => {
    const volume = pod.spec.volumes.find((one) => one.name === name)
    if (volume?.secret !== undefined) {
      const { mode, files } = filesOf(api, pod, volume.secret)
      if (subPath === undefined) return [{ path: mountPath, from: { kind: 'files', files, mode } }]
      const bytes = files[subPath] ?? new Uint8Array()
      return [{ path: mountPath, from: { kind: 'file', bytes, mode } }]
    }
    if (volume?.projected !== undefined)
      return [{ path: mountPath, from: { kind: 'files', files: ACCOUNT, mode: 0o440 } }]
    if (volume?.emptyDir === undefined) return []
    return [{ path: mountPath, from: { kind: 'shared', volume: name } }]
  })
}

/** What a pod has of its service account: all that is ever projected here. */
const ACCOUNT = Object.fromEntries(
  ['token', 'ca.crt', 'namespace'].map((name) => [name, Buffer.from(`the ${name} of a service account`)]),
)

function filesOf(api: ApiServer, pod: Pod, volume: NonNullable<Volume['secret']>) {
  const data = secretOf(api, pod, volume.secretName)?.data ?? {}
  const items = volume.items ?? Object.keys(data).map((key) => ({ key, path: key }))
  const files = items.map(({ key, path }) => [path, Buffer.from(data[key] ?? '', 'base64')] as const)
  return { files: Object.fromEntries<Uint8Array>(files), mode: volume.defaultMode ?? 0o644 }
}

function secretOf(api: ApiServer, { metadata }: Pod, name: string): Secret | null {
  return api.find('secrets', metadata.namespace, name)
}

function missing(secret: string): string {
  return `secret "${secret}" not found`
}
