import type { ApiServer } from './model.ts'
import { type KubeObject, stamp } from './objects.ts'

/** Writes down what happened to an object, as the cluster's own parts do. */
export function recordEvent(
  api: ApiServer,
  { apiVersion, kind, metadata }: KubeObject,
  type: 'Normal' | 'Warning',
  reason: string,
  message: string,
  now: number,
): void {
  const { namespace, name, uid } = metadata
  if (api.namespaces.get(namespace) !== 'active') return
  api.create('events', namespace, {
    metadata: { name: `${name}.${api.history.version.toString(16)}` },
    involvedObject: { apiVersion, kind, name, namespace, uid },
    type,
    reason,
    message,
    count: 1,
    firstTimestamp: stamp(now),
    lastTimestamp: stamp(now),
  })
}
