import type { JsonPatch } from '../../src/engine/argo/cluster.ts'
import { patchRejected } from './failures.ts'

type Json = Readonly<Record<string, unknown>>

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** https://www.rfc-editor.org/rfc/rfc7396 */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch
  const merged: Record<string, unknown> = isObject(target) ? { ...target } : {}
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key]
    else merged[key] = mergePatch(merged[key], value)
  }
  return merged
}

/** https://www.rfc-editor.org/rfc/rfc6902, without `move` and `copy`. Throws where an operation does not apply. */
export function jsonPatch(target: unknown, operations: readonly JsonPatch[]): unknown {
  return operations.reduce(apply, target)
}

function apply(target: unknown, { op, path, value }: JsonPatch): unknown {
  const keys = path
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
  return change(target, keys, op, value)
}

function change(target: unknown, keys: readonly string[], op: JsonPatch['op'], value: unknown): unknown {
  const [key, ...rest] = keys
  if (key === undefined) return value
  if (Array.isArray(target)) return changeList(target, key, rest, op, value)
  if (!isObject(target)) throw patchRejected()
  const has = Object.hasOwn(target, key)
  if (rest.length > 0) {
    if (!has) throw patchRejected()
    return { ...target, [key]: change(target[key], rest, op, value) }
  }
  if (op === 'add') return { ...target, [key]: value }
  if (!has) throw patchRejected()
  if (op === 'replace') return { ...target, [key]: value }
  if (op === 'remove') return Object.fromEntries(Object.entries(target).filter(([one]) => one !== key))
  if (!Bun.deepEquals(target[key], value)) throw patchRejected()
  return target
}

function changeList(
  list: readonly unknown[],
  key: string,
  rest: readonly string[],
  op: JsonPatch['op'],
  value: unknown,
): unknown {
  const at = key === '-' ? list.length : Number(key)
  if (op === 'add' && rest.length === 0 && at <= list.length) return list.toSpliced(at, 0, value)
  if (!(at < list.length)) throw patchRejected()
  if (rest.length > 0) return list.with(at, change(list[at], rest, op, value))
  if (op === 'replace') return list.with(at, value)
  if (op === 'remove') return list.toSpliced(at, 1)
  if (!Bun.deepEquals(list[at], value)) throw patchRejected()
  return list
}

/** What tells the items of a list apart when a pod's spec is patched; other lists are replaced. */
const MERGED_BY: Readonly<Record<string, string>> = {
  containers: 'name',
  initContainers: 'name',
  volumes: 'name',
  env: 'name',
  volumeMounts: 'mountPath',
  imagePullSecrets: 'name',
}

/** Kubernetes' strategic merge, as far as a pod's spec needs it. What the patch adds comes first, as recorded. */
export function strategicPatch(target: unknown, patch: unknown, name = ''): unknown {
  const by = MERGED_BY[name]
  if (by !== undefined && Array.isArray(patch) && Array.isArray(target)) {
    const old = new Map(target.filter(isObject).map((item) => [item[by], item]))
    const added = patch.filter(isObject).filter((item) => !old.has(item[by]))
    const kept = target.map((item) => {
      const found = isObject(item) ? patch.filter(isObject).find((one) => one[by] === item[by]) : undefined
      return found === undefined ? item : strategicPatch(item, found)
    })
    return [...added, ...kept]
  }
  if (!isObject(patch)) return patch
  const merged: Record<string, unknown> = isObject(target) ? { ...target } : {}
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key]
    else merged[key] = strategicPatch(merged[key], value, key)
  }
  return merged
}
