import { Fault } from '../domain/fault.ts'
import type { Site } from '../engine/argo/compile.ts'
import type { SegmentOrder } from '../engine/engine.ts'

type Manifest = Readonly<Record<string, unknown>>

/** What the engine creates for an order at a site: its Workflow, and its Secret where it has one. */
export function manifestsOf(site: Site | null): (order: SegmentOrder) => Promise<readonly Manifest[]> {
  return async (order) => {
    if (site === null)
      throw new Fault('engine_unreachable', 'The engine argo is not configured on this server.')
    // Loaded where it is first needed: a start need not wait for it.
    const { compile, secretOf } = await import('../engine/argo/compile.ts')
    const workflow = compile(order, site)
    const secret = secretOf(order, { name: order.handle, uid: '' }, site)
    if (secret === null) return [{ ...workflow }]
    // Its owner is the Workflow, by a uid that only the cluster gives; with one that is nobody's it would be collected.
    const { ownerReferences: _, ...metadata } = secret.metadata
    return [{ ...workflow }, { ...secret, metadata }]
  }
}
