import { parse } from 'yaml'
import type { z } from 'zod'
import type { Config } from '../config.ts'
import { argoFrom, argoOver, argoSchema, imageSchema } from '../domain/argo.ts'
import { type ArgoSettings, NO_ARGO_SETTINGS } from '../domain/definition.ts'
import { Fault } from '../domain/fault.ts'
import { nearest } from '../domain/nearest.ts'
import { BadValue, type Reader } from './values.ts'

/** What the options say of the engine `argo`. */
export interface ArgoConfig {
  readonly namespace: string
  readonly kubeconfig: string | null
  readonly context: string | null
  readonly controllerInstance: string | null
  readonly gitImage: string
  readonly buildkit: string | null
  readonly buildImage: string
  readonly pushImage: string
  readonly defaults: ArgoSettings
  readonly allowRoot: boolean
  readonly deadlineMs: number
}

/** Null where no namespace is set: then there is no such engine. */
export function argoOf(config: Config): ArgoConfig | null {
  const namespace = config['argo.namespace']
  if (namespace === null) {
    if (config['engine.default'] !== 'argo') return null
    throw new Fault(
      'invalid',
      'engine.default is argo, but argo.namespace is not set. Name the namespace to run in.',
    )
  }
  const named = { image: config['argo.image'], serviceAccount: config['argo.serviceAccount'] }
  return {
    namespace,
    kubeconfig: config['argo.kubeconfig'],
    context: config['argo.context'],
    controllerInstance: config['argo.controllerInstance'],
    gitImage: config['argo.gitImage'],
    buildkit: config['argo.buildkit'],
    buildImage: config['argo.buildImage'],
    pushImage: config['argo.pushImage'],
    defaults: argoOver({ ...NO_ARGO_SETTINGS, ...named }, config['argo.defaults'] ?? NO_ARGO_SETTINGS),
    allowRoot: config['argo.allowRoot'],
    deadlineMs: config['argo.deadline'],
  }
}

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-label-names */
export const label = matching(/^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/, 'a name of Kubernetes such as argo')

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set */
export const labelValue = matching(
  /^[A-Za-z0-9](?:[-_.A-Za-z0-9]{0,61}[A-Za-z0-9])?$/,
  'a label’s value: letters, digits, dots, dashes and underscores',
)

/** As BUILDKIT_HOST has it, of a daemon that is not on the pod’s own machine. */
export const daemon = matching(
  /^tcp:\/\/(?:[A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\]):\d{1,5}$/,
  'an address such as tcp://buildkitd:1234',
)

export const image: Reader<string> = (text) => {
  const { data } = imageSchema.safeParse(text)
  if (data === undefined) throw new BadValue('must be an image such as node:24')
  return data
}

/** The keys of `argo:` in a workflow or an environment, as a mapping in YAML or JSON. */
export const argoSettings: Reader<ArgoSettings> = (text) => {
  const value = mapping(text)
  const { data, error } = argoSchema.safeParse(value)
  if (error !== undefined) throw new BadValue(error.issues.map(clauseOf).join('; '))
  return argoFrom(data)
}

function mapping(text: string): unknown {
  try {
    return parse(text)
  } catch (error) {
    throw new BadValue('must be a mapping such as { image: node:24 }', { cause: error })
  }
}

function clauseOf(issue: z.core.$ZodIssue): string {
  const place = issue.path.length === 0 ? '' : ` at ${issue.path.join('.')}`
  if (issue.code !== 'unrecognized_keys') return `is wrong${place}: ${issue.message.replace(/\.$/, '')}`
  const [key = ''] = issue.keys
  const near = issue.path.length === 0 ? nearest(key, Object.keys(argoSchema.shape)) : null
  return `has no key ${key}${place}${near === null ? '' : ` (did you mean ${near}?)`}`
}

function matching(pattern: RegExp, kind: string): Reader<string> {
  return (text) => {
    if (!pattern.test(text)) throw new BadValue(`must be ${kind}`)
    return text
  }
}
