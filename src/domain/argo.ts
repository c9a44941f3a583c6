import { z } from 'zod'
import type { ArgoSettings, Resources } from './definition.ts'

/*
 * What is said of containers and pods: in scripts, in the `argo:` of a workflow or an environment, and in the server's
 * option `argo.defaults`. Kubernetes would refuse what is wrong here only when a segment is submitted, or never say so.
 */

/** Far above any real one, low enough to stay harmless: all of it stands in every pod. */
const LIMITS = { image: 512, name: 253, label: 63, resources: 20, entries: 20, id: 2_147_483_647 } as const

const HOST = '(?:[A-Za-z0-9]+(?:(?:\\.|-+)[A-Za-z0-9]+)*|\\[[0-9a-fA-F:]+\\])(?::[0-9]{1,5})?'
const IMAGE_PART = '[a-z0-9]+(?:(?:\\.|__?|-+)[a-z0-9]+)*'
const TAG = ':[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}'
const DIGEST = '@(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})'

/** The name of an image within its registry. */
export const REPOSITORY = new RegExp(`^${IMAGE_PART}(?:/${IMAGE_PART})*$`)

/** https://github.com/distribution/reference; what begins with a dash would be an option to a container tool. */
export const imageSchema = z
  .string()
  .regex(
    new RegExp(`^(?:${HOST}/)?${IMAGE_PART}(?:/${IMAGE_PART})*(?:${TAG})?(?:${DIGEST})?$`),
    'That is no image. Write it as node:24, registry.example:5000/shop/tools:1.4 or …@sha256:…, its path in small letters.',
  )
  .max(LIMITS.image)

const QUANTITY = /^(?:\d+(?:\.\d*)?|\.\d+)(?:[KMGTPE]i|[numkMGTPE]|[eE][+-]?\d{1,2})?$/
const NO_QUANTITY = 'That is no quantity. Write 500m or 2 for cpu, 512Mi or 2Gi for memory.'

/** YAML reads `cpu: 2` as a number, and nobody who knows Kubernetes would put it in quotes. */
const quantity = z.union([z.string(NO_QUANTITY).regex(QUANTITY, NO_QUANTITY), z.number().min(0)])

/** A name without a domain is one of Kubernetes' own: `mem` would be refused only when the pod is made. */
const resourceName = z
  .string()
  .regex(
    /^(?:cpu|memory|ephemeral-storage|hugepages-[0-9]+[KMG]i|[a-z0-9]+(?:(?:\.|-+)[a-z0-9]+)*\/[A-Za-z0-9]+(?:[._-]+[A-Za-z0-9]+)*)$/,
    'A resource is cpu, memory, ephemeral-storage, hugepages-2Mi, or one of a domain such as nvidia.com/gpu.',
  )
  .max(LIMITS.name)

const amounts = z
  .record(resourceName, quantity)
  .refine(
    (map) => Object.keys(map).length <= LIMITS.resources,
    `There are more than ${LIMITS.resources} resources.`,
  )

export const resourcesSchema = z
  .strictObject({ requests: amounts.optional(), limits: amounts.optional() })
  .superRefine(({ requests = {}, limits = {} }, context) => {
    for (const [name, asked] of Object.entries(requests)) {
      const limit = limits[name]
      if (limit === undefined || amountOf(asked) <= amountOf(limit)) continue
      const message = `${asked} is more than the limit of ${limit}. Ask for no more than may be used.`
      context.addIssue({ code: 'custom', path: ['requests', name], message })
    }
  })

const POWERS = ['', 'K', 'M', 'G', 'T', 'P', 'E']
const SMALL: Readonly<Record<string, number>> = { n: 1e-9, u: 1e-6, m: 1e-3, k: 1e3 }

/** A quantity as a number, to compare with another of its kind. */
function amountOf(written: string | number): number {
  const [, digits = '', unit = ''] = /^([\d.]+)(.*)$/.exec(String(written)) ?? []
  if (/^[eE][+-]?\d/.test(unit)) return Number(digits + unit)
  const power = POWERS.indexOf(unit.charAt(0))
  return Number(digits) * (SMALL[unit] ?? (unit.endsWith('i') ? 1024 : 1000) ** power)
}

const name = (what: string) =>
  z
    .string()
    .regex(
      /^[a-z0-9]+(?:(?:\.|-+)[a-z0-9]+)*$/,
      `${what} has small letters, digits, dots and dashes only, and begins and ends with a letter or digit.`,
    )
    .max(LIMITS.name)

const labelKey = z
  .string()
  .regex(
    /^(?:[a-z0-9]+(?:(?:\.|-+)[a-z0-9]+)*\/)?[A-Za-z0-9]+(?:[._-]+[A-Za-z0-9]+)*$/,
    'A label is named like disk or kubernetes.io/arch.',
  )
  .max(LIMITS.name + LIMITS.label)

const labelValue = z
  .string()
  .regex(
    /^(?:[A-Za-z0-9]+(?:[._-]+[A-Za-z0-9]+)*)?$/,
    'A label’s value has letters, digits, dots, dashes and underscores only, and begins and ends with a letter or digit.',
  )
  .max(LIMITS.label)

/** What Kubernetes asks of a toleration beyond its form. */
const toleration = z
  .strictObject({
    key: labelKey.exactOptional(),
    operator: z.enum(['Exists', 'Equal']).exactOptional(),
    value: labelValue.exactOptional(),
    effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']).exactOptional(),
    tolerationSeconds: z.int().min(0).max(LIMITS.id).exactOptional(),
  })
  .refine(
    ({ key, operator }) => key !== undefined || operator === 'Exists',
    'A toleration without a key is of every taint. Write operator: Exists, or name a key.',
  )
  .refine(
    ({ operator, value }) => operator !== 'Exists' || value === undefined,
    'operator: Exists takes no value. Leave one of them out.',
  )
  .refine(
    ({ effect, tolerationSeconds }) => tolerationSeconds === undefined || effect === 'NoExecute',
    'tolerationSeconds needs effect: NoExecute.',
  )

const id = z.int().min(1, 'It is a number of 1 or more; 0 would be root.').max(LIMITS.id)

/** How pods are made, as people write it. */
export const argoSchema = z.strictObject({
  image: imageSchema.optional(),
  serviceAccount: name('A service account’s name').optional(),
  resources: resourcesSchema.optional(),
  nodeSelector: z
    .record(labelKey, labelValue)
    .refine(
      (map) => Object.keys(map).length <= LIMITS.entries,
      `There are more than ${LIMITS.entries} labels.`,
    )
    .optional(),
  tolerations: z.array(toleration).max(LIMITS.entries).optional(),
  imagePullSecrets: z.array(name('A secret’s name in Kubernetes')).max(LIMITS.entries).optional(),
  securityContext: z
    .strictObject({ runAsUser: id.optional(), runAsGroup: id.optional(), fsGroup: id.optional() })
    .optional(),
})

export type WrittenArgo = z.output<typeof argoSchema>
export type WrittenResources = z.output<typeof resourcesSchema>

/** Settings as everything inside uses them. */
export function argoFrom(written: WrittenArgo = {}): ArgoSettings {
  const { resources, securityContext: context } = written
  return {
    image: written.image ?? null,
    serviceAccount: written.serviceAccount ?? null,
    resources: resources === undefined ? null : resourcesFrom(resources),
    nodeSelector: written.nodeSelector ?? null,
    tolerations: written.tolerations ?? null,
    imagePullSecrets: written.imagePullSecrets ?? null,
    securityContext:
      context === undefined
        ? null
        : {
            runAsUser: context.runAsUser ?? null,
            runAsGroup: context.runAsGroup ?? null,
            fsGroup: context.fsGroup ?? null,
          },
  }
}

export function resourcesFrom({ requests = {}, limits = {} }: WrittenResources): Resources {
  const texts = (map: Readonly<Record<string, string | number>>) =>
    Object.fromEntries(Object.entries(map).map(([name, amount]) => [name, String(amount)]))
  return { requests: texts(requests), limits: texts(limits) }
}

/** Settings over others: a key that the first say is theirs, whole, and one that they leave out is the others'. */
export function argoOver(nearer: ArgoSettings, others: ArgoSettings): ArgoSettings {
  return {
    image: nearer.image ?? others.image,
    serviceAccount: nearer.serviceAccount ?? others.serviceAccount,
    resources: nearer.resources ?? others.resources,
    nodeSelector: nearer.nodeSelector ?? others.nodeSelector,
    tolerations: nearer.tolerations ?? others.tolerations,
    imagePullSecrets: nearer.imagePullSecrets ?? others.imagePullSecrets,
    securityContext: nearer.securityContext ?? others.securityContext,
  }
}
