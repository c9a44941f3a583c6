import { Fault } from '../../domain/fault.ts'
import { ApiError } from '../../engine/argo/kube.ts'

/** One thing that was looked at. */
export interface Check {
  /** In a word or two: `namespace`. */
  readonly what: string
  /** `note` is nothing wrong but worth knowing; `unknown` could not be seen from here. */
  readonly found: 'well' | 'note' | 'unknown' | 'amiss'
  /** What was seen and, where it is amiss, what would help. */
  readonly says: string
  /** YAML that mends it, to be applied by somebody who may; null where there is none. */
  readonly manifest: string | null
}

type Finding = (what: string, says: string, manifest?: string) => Check

export const well = finding('well')
export const note = finding('note')
export const unknown = finding('unknown')
export const amiss = finding('amiss')

function finding(found: Check['found']): Finding {
  return (what, says, manifest) => ({ what, found, says, manifest: manifest ?? null })
}

/** Looks; what a cluster refuses or does not answer is what was found. */
export async function checked(what: string, look: () => Promise<Check>): Promise<Check> {
  try {
    return await look()
  } catch (error) {
    if (error instanceof Fault || error instanceof ApiError) return amiss(what, error.message)
    throw error
  }
}

export function isRefused(error: unknown, code: number): error is ApiError {
  return error instanceof ApiError && error.code === code
}
