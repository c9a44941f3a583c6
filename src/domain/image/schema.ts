import { z } from 'zod'
import { REPOSITORY } from '../argo.ts'
import { duration, SECRET_NAME, secretName } from '../fields.ts'
import { PLACEHOLDERS, partsOf, placeholderProblem } from '../placeholder.ts'
import { belowWorkspace } from '../workspacePath.ts'

/** Far above any real one, low enough to stay harmless. */
const LIMITS = {
  target: 80,
  platforms: 10,
  args: 100,
  value: 32 * 1024,
  secrets: 20,
  retries: 10,
  tags: 20,
  tag: 128,
  name: 255,
} as const

/** What an image may be told of its execution before there is one. */
const KNOWN_BEFORE = PLACEHOLDERS.filter((name) => name !== 'image.digest')

const filled = (form: RegExp, sentence: string, max: number) =>
  z
    .string()
    .max(max)
    .superRefine((text, context) => {
      const problem = placeholderProblem(text, KNOWN_BEFORE)
      const whole = partsOf(text).map((part) => (part.kind === 'text' ? part.text : 'x'))
      if (problem !== null) context.addIssue({ code: 'custom', message: problem })
      else if (!form.test(whole.join(''))) context.addIssue({ code: 'custom', message: sentence })
    })

const platform = z
  .string()
  .regex(/^[a-z0-9]+\/[a-z0-9_]+(?:\/[a-z0-9]+)?$/, 'That is no platform. Write linux/amd64 or linux/arm64.')

const argumentName = z
  .string()
  .regex(
    /^[A-Za-z_][A-Za-z0-9_]*$/,
    'A build argument’s name has letters, digits and underscores only and begins with no digit.',
  )

const secretId = z
  .string()
  .regex(SECRET_NAME, 'The id of a secret has at most 100 letters, digits, dots, dashes and underscores.')

const turns = { timeout: duration.optional(), retries: z.int().min(0).max(LIMITS.retries).optional() }

/** What a build says that has a Dockerfile. */
export const imageShape = {
  dockerfile: belowWorkspace('A dockerfile').optional(),
  context: belowWorkspace('A context').optional(),
  target: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, 'A target is the name of a stage in the Dockerfile.')
    .max(LIMITS.target)
    .optional(),
  platforms: z
    .array(platform)
    .max(LIMITS.platforms)
    .refine((names) => new Set(names).size === names.length, 'A platform is named twice.')
    .optional(),
  args: z
    .record(argumentName, filled(/^[^\0]*$/, 'A value cannot hold a NUL character.', LIMITS.value))
    .refine(
      (map) => Object.keys(map).length <= LIMITS.args,
      `There are more than ${LIMITS.args} build arguments.`,
    )
    .optional(),
  secrets: z
    .record(secretId, z.strictObject({ secret: secretName }))
    .refine(
      (map) => Object.keys(map).length <= LIMITS.secrets,
      `There are more than ${LIMITS.secrets} secrets.`,
    )
    .optional(),
  ...turns,
}

/** A build is a Dockerfile's or a script's, and never a bit of each. */
export function oneWayToBuild(
  { script, ...image }: Readonly<Record<string, unknown>>,
  context: z.core.$RefinementCtx,
): void {
  if (script === undefined) {
    if (image['dockerfile'] === undefined)
      context.addIssue({ code: 'custom', message: 'build has a dockerfile, or a script that builds.' })
    return
  }
  for (const [key, value] of Object.entries(image)) {
    const message = `A script says itself how it builds. Leave out ${key}, or the script.`
    if (value !== undefined) context.addIssue({ code: 'custom', path: [key], message })
  }
}

export const pushSchema = z.strictObject({
  registry: secretName,
  image: filled(
    REPOSITORY,
    'An image is named like shop/storefront, in small letters, without its registry and tag.',
    LIMITS.name,
  ),
  tags: z
    .array(
      filled(
        /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/,
        'A tag has at most 128 letters, digits, dots, dashes and underscores.',
        LIMITS.tag,
      ),
    )
    .min(1)
    .max(LIMITS.tags),
  ...turns,
})
