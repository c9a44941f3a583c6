import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib'
import type { ArgoWorkflow, WorkflowNode } from './kube.ts'

/** Ten times what Argo takes for a Workflow whose nodes it still keeps in the object. */
const BYTES_MAX = 16 * 1024 * 1024

/** How each format begins; brotli has no sign of its own. */
const FORMATS = [
  { sign: [0x1f, 0x8b], unpack: gunzipSync },
  { sign: [0x28, 0xb5, 0x2f, 0xfd], unpack: zstdDecompressSync },
  { sign: [], unpack: brotliDecompressSync },
] as const

/** What Argo keeps of a Workflow's steps, in whichever way it wrote it down; nothing where it cannot be read from here. */
export function nodesOf({ status }: Pick<ArgoWorkflow, 'status'>): readonly WorkflowNode[] {
  const plain = Object.values(status?.nodes ?? {})
  if (plain.length > 0 || !status?.compressedNodes) return plain
  try {
    return Object.values(unpacked(Buffer.from(status.compressedNodes, 'base64')))
  } catch {
    // Somebody else wrote it. All that is told without nodes is told from the pod.
    return []
  }
}

/** Whether a pod of it was ever put on a node. */
export function hadNode(workflow: Pick<ArgoWorkflow, 'status'>): boolean {
  return nodesOf(workflow).some(({ hostNodeName }) => (hostNodeName ?? '') !== '')
}

/** Whether Argo keeps them in a database of its own. */
export function areElsewhere({ status }: Pick<ArgoWorkflow, 'status'>): boolean {
  return (status?.offloadNodeStatusVersion ?? '') !== ''
}

function unpacked(bytes: Buffer): Readonly<Record<string, WorkflowNode>> {
  const format = FORMATS.find(({ sign }) => sign.every((byte, index) => bytes[index] === byte))
  const text = format?.unpack(bytes, { maxOutputLength: BYTES_MAX }).toString('utf8')
  return JSON.parse(text ?? '{}')
}
