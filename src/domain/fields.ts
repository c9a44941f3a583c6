import { z } from 'zod'
import { DURATION, durationMs } from './duration.ts'

/** What several parts of a definition are made of. */

/** What a secret may be called: a word that needs no quoting in YAML, in a URL or in a shell. */
export const SECRET_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/

export const secretName = z
  .string()
  .regex(
    SECRET_NAME,
    'The name of a secret or credential has at most 100 letters, digits, dots, dashes and underscores.',
  )

const NO_DURATION = 'That is no duration. Write 90s, 10m, 1h or 3d.'
export const duration = z
  .string(NO_DURATION)
  .regex(DURATION, NO_DURATION)
  .refine((text) => durationMs(text) !== null || !DURATION.test(text), 'A duration is at most 365d.')
