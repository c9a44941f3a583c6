import type { DeployStep, Workflow } from './definition.ts'

/** What an execution deploys to: all that its workflow names, or the one environment that a redeploy goes to. */
export function stepsOf(
  { deploy }: Pick<Workflow, 'deploy'>,
  redeploys: string | null,
): readonly DeployStep[] {
  return redeploys === null ? deploy : deploy.filter((step) => step.environment === redeploys)
}

/** The image that stages handed on, by name and digest: what the last of them says. */
export interface Shipped {
  readonly image: string | null
  readonly digest: string | null
}

export function shippedBy(stages: readonly { readonly outputs: string | null }[]): Shipped {
  let shipped: Shipped = { image: null, digest: null }
  for (const { outputs } of stages) {
    if (outputs === null) continue
    const said: Readonly<Record<string, string>> = JSON.parse(outputs)
    const { PERIPLUS_IMAGE: image, PERIPLUS_IMAGE_DIGEST: digest } = said
    if (digest !== undefined) shipped = { image: image ?? null, digest }
  }
  return shipped
}
