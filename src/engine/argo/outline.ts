import { z } from 'zod'
import type { ArgoWorkflow } from './kube.ts'
import { FINALIZER, OUTLINE_ANNOTATION, type Outline } from './names.ts'

/** Whoever may edit a Workflow may edit this. */
const OutlineSchema: z.ZodType<Outline> = z.object({
  acts: z
    .array(
      z.object({
        container: z.string(),
        stage: z.int(),
        id: z.string(),
        does: z.enum(['checkout', 'script']),
        passes: z.boolean(),
        timeoutMs: z.number().nullable(),
        retries: z.int(),
        // Missing in what an earlier version wrote.
        reports: z.array(z.object({ name: z.string(), path: z.string() })).default([]),
      }),
    )
    .min(1),
  graceMs: z.number(),
  logBytesMax: z.number(),
})

/** What `compile` wrote down of a segment; null where this is no Workflow of ours, or somebody has changed it. */
export function outlineOf({ metadata }: ArgoWorkflow): Outline | null {
  try {
    const text = metadata.annotations?.[OUTLINE_ANNOTATION] ?? 'null'
    return OutlineSchema.safeParse(JSON.parse(text)).data ?? null
  } catch {
    return null
  }
}

/** Whether it is a segment, whatever somebody has changed of it: nobody else sets our finalizer. */
export function isSegment({ metadata }: ArgoWorkflow): boolean {
  return (
    metadata.annotations?.[OUTLINE_ANNOTATION] !== undefined ||
    metadata.finalizers?.includes(FINALIZER) === true
  )
}

/** For whoever waits for a story that nobody can tell. */
export function defaced(handle: string): string {
  return `Somebody has changed the annotation ${OUTLINE_ANNOTATION} of the Workflow ${handle}, without which its story cannot be told. Put it back as it was, or terminate the execution.`
}
