import { z } from 'zod'

/** A path below the workspace, always: such paths are read with the rights of the engine. */
export function belowWorkspace(what: string) {
  return z
    .string()
    .min(1)
    .max(1_024)
    .refine(
      (text) => !text.startsWith('/') && !/^[A-Za-z]:|\\|\0/.test(text),
      `${what}’s path is relative to the workspace, with / between its parts.`,
    )
    .refine(
      (text) => !text.split('/').includes('..'),
      `${what}’s path stays inside the workspace: .. is not allowed.`,
    )
}
