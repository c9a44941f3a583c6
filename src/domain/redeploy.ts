import type { DeployStep, Workflow } from './definition.ts'
import type { Phase } from './status.ts'

/** What an execution deploys to: all that its workflow names, or the one environment that a redeploy goes to. */
export function stepsOf(
  { deploy }: Pick<Workflow, 'deploy'>,
  redeploys: string | null,
): readonly DeployStep[] {
  return redeploys === null ? deploy : deploy.filter((step) => step.environment === redeploys)
}

/** The image that was pushed, and its digest. */
export interface Shipped {
  readonly image: string | null
  readonly digest: string | null
}

/** What an execution deploys, as its Push said it, or the Push that it took over. */
export function shippedBy(
  stages: readonly { readonly phase: Phase; readonly outputs: string | null }[],
): Shipped {
  let shipped: Shipped = { image: null, digest: null }
  for (const { phase, outputs } of stages) {
    if (phase !== 'push' || outputs === null) continue
    const said: Readonly<Record<string, string>> = JSON.parse(outputs)
    shipped = { image: said['image'] ?? null, digest: said['digest'] ?? null }
  }
  return shipped
}
