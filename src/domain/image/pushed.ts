import type { Phase } from '../status.ts'

/** An image that a registry has. */
export interface PushedImage {
  /** Where it can be had, for good: `registry.example/shop/storefront@sha256:…`. */
  readonly reference: string
  readonly digest: string
}

/** The image that an execution pushed, from what its stages handed on; null where it pushed none. */
export function pushedImage(
  stages: readonly { readonly phase: Phase; readonly outputs: string | null }[],
): PushedImage | null {
  const text = stages.find(({ phase, outputs }) => phase === 'push' && outputs !== null)?.outputs ?? null
  if (text === null) return null
  const { image, digest }: Readonly<Record<string, string>> = JSON.parse(text)
  return image === undefined || digest === undefined ? null : { reference: image, digest }
}
