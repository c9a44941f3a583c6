import { z } from 'zod'
import { PLACEHOLDERS, placeholderProblem } from '../placeholder.ts'
import { belowWorkspace } from '../workspacePath.ts'

/** Far above any real one, low enough to stay harmless. */
const LIMITS = { paths: 100, values: 200, value: 32 * 1024 } as const

const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/
const label = (what: string) =>
  z.string().regex(LABEL, `${what} has at most 63 small letters, digits and dashes, and no dash at its ends.`)

/** What `compose:` of an environment says. */
export const composeShape = {
  file: belowWorkspace('A compose file').optional(),
  project: z
    .string()
    .regex(
      /^[a-z0-9][a-z0-9_-]{0,62}$/,
      'A project has at most 63 small letters, digits, dashes and underscores.',
    )
    .optional(),
}

const value = z.union([
  z
    .string()
    .max(LIMITS.value)
    .superRefine((text, context) => {
      const message = text.includes('\0')
        ? 'A value cannot hold a NUL character.'
        : placeholderProblem(text, PLACEHOLDERS)
      if (message !== null) context.addIssue({ code: 'custom', message })
    }),
  z.number(),
  z.boolean(),
])

const helm = z.strictObject({
  chart: z.union([
    z
      .string()
      .regex(/^oci:\/\/[A-Za-z0-9][A-Za-z0-9._:/-]*$/, 'A chart is a path in the workspace, or oci://….'),
    belowWorkspace('A chart').refine(
      (path) => !path.includes('://'),
      'A chart is a path in the workspace, or oci://….',
    ),
  ]),
  version: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9.+-]{0,63}$/, 'A version is written like 1.4.2.')
    .optional(),
  release: label('A release'),
  files: z.array(belowWorkspace('A file of values')).max(LIMITS.paths).optional(),
  values: z
    .record(
      z
        .string()
        .regex(/^[A-Za-z0-9_][A-Za-z0-9_.[\]-]*$/, 'A value is named like image.digest.')
        .max(253),
      value,
    )
    .refine((map) => Object.keys(map).length <= LIMITS.values, `There are more than ${LIMITS.values} values.`)
    .optional(),
})

/** What `kubernetes:` of an environment says. */
export const kubernetesShape = {
  namespace: label('A namespace'),
  /** Of the deploy’s pod, on `argo`; on `local`, who deploys is the kubeconfig’s. */
  serviceAccount: label('A service account').optional(),
  manifests: z.array(belowWorkspace('A manifest')).min(1).max(LIMITS.paths).optional(),
  kustomize: belowWorkspace('A kustomization').optional(),
  helm: helm.optional(),
  /** The image, as manifests name it, that the one that was pushed takes the place of. */
  substitute: z
    .string()
    .regex(
      /^[a-z0-9][A-Za-z0-9._:/-]{0,254}$/,
      'An image is named as it stands in the manifests, without its tag.',
    )
    .optional(),
}

const WAYS = ['manifests', 'kustomize', 'helm'] as const

/** Objects come from one place. */
export function oneWayToDeploy(
  written: Readonly<Record<string, unknown>>,
  context: z.core.$RefinementCtx,
): void {
  const ways = WAYS.filter((way) => written[way] !== undefined)
  if (ways.length !== 1)
    context.addIssue({ code: 'custom', message: `Name exactly one of ${WAYS.join(', ')}.` })
  if (ways[0] === 'helm' && written['substitute'] !== undefined)
    context.addIssue({
      ...{ code: 'custom', path: ['substitute'] },
      message: 'A chart names its image by its values: image.digest: "{{image.digest}}".',
    })
}

export type WrittenCompose = z.output<z.ZodObject<typeof composeShape>>
export type WrittenKubernetes = z.output<z.ZodObject<typeof kubernetesShape>>
