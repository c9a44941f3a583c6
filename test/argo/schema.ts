import { type Cause, invalid } from './failures.ts'
import { type Kind, RESOURCES } from './objects.ts'
import { isObject } from './patches.ts'

/** The parts of Argo's schema that a compiler could get wrong: a path, and what must stand there where something does. */
const WORKFLOW_SCHEMA: readonly (readonly [path: string, type: Type])[] = [
  ['spec.entrypoint', 'string'],
  ['spec.suspend', 'boolean'],
  ['spec.shutdown', 'string'],
  ['spec.serviceAccountName', 'string'],
  ['spec.activeDeadlineSeconds', 'integer'],
  ['spec.podSpecPatch', 'string'],
  ['spec.nodeSelector', 'object'],
  ['spec.tolerations', 'array'],
  ['spec.ttlStrategy.secondsAfterCompletion', 'integer'],
  ['spec.ttlStrategy.secondsAfterSuccess', 'integer'],
  ['spec.ttlStrategy.secondsAfterFailure', 'integer'],
  ['spec.podGC.strategy', 'string'],
  ['spec.volumes', 'array'],
  ['spec.templates', 'array'],
  ['spec.templates[].name', 'string'],
  ['spec.templates[].metadata.labels', 'object'],
  ['spec.templates[].metadata.annotations', 'object'],
  ['spec.templates[].containerSet.containers', 'array'],
  ['spec.templates[].containerSet.volumeMounts', 'array'],
  ['spec.templates[].containerSet.containers[].name', 'string'],
  ['spec.templates[].containerSet.containers[].image', 'string'],
  ['spec.templates[].containerSet.containers[].command', 'array'],
  ['spec.templates[].containerSet.containers[].command[]', 'string'],
  ['spec.templates[].containerSet.containers[].args', 'array'],
  ['spec.templates[].containerSet.containers[].args[]', 'string'],
  ['spec.templates[].containerSet.containers[].dependencies', 'array'],
  ['spec.templates[].containerSet.containers[].env', 'array'],
  ['spec.templates[].containerSet.containers[].env[].name', 'string'],
  ['spec.templates[].containerSet.containers[].env[].value', 'string'],
  ['spec.templates[].volumes', 'array'],
]

type Type = 'string' | 'array' | 'object' | 'integer' | 'boolean'

const NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/
const LABEL = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/
/** https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/ */
const LABEL_CHARS_MAX = 63

/** Throws the server's 422 where an object does not fit its kind. */
export function validate(kind: Kind, object: unknown): void {
  const { metadata } = isObject(object) ? object : {}
  const name = isObject(metadata) && typeof metadata['name'] === 'string' ? metadata['name'] : ''
  const causes = [...nameCauses(name), ...labelCauses(metadata)]
  if (RESOURCES[kind].kind === 'Workflow') causes.push(...schemaCauses(object))
  if (causes.length > 0) throw invalid(kind, name, causes)
}

function nameCauses(name: string): readonly Cause[] {
  if (name.length <= 253 && NAME.test(name)) return []
  const message = `Invalid value: "${name}": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character`
  return [{ reason: 'FieldValueInvalid', message, field: 'metadata.name' }]
}

function labelCauses(metadata: unknown): readonly Cause[] {
  const labels = isObject(metadata) && isObject(metadata['labels']) ? metadata['labels'] : {}
  return Object.values(labels).flatMap((value) => {
    if (typeof value === 'string' && value.length <= LABEL_CHARS_MAX && LABEL.test(value)) return []
    const message = `Invalid value: "${value}": a valid label must be an empty string or consist of at most ${LABEL_CHARS_MAX} alphanumeric characters, '-', '_' or '.'`
    return [{ reason: 'FieldValueInvalid', message, field: 'metadata.labels' }]
  })
}

function schemaCauses(object: unknown): readonly Cause[] {
  const causes = WORKFLOW_SCHEMA.flatMap(([path, type]) =>
    valuesAt(object, path).flatMap(({ at, value }) => {
      if (value === undefined || value === null || typeOf(value, type) === type) return []
      const found = typeOf(value, type)
      const message = `Invalid value: "${found}": ${at} in body must be of type ${type}: "${found}"`
      return [{ reason: 'FieldValueTypeInvalid', message, field: at }]
    }),
  )
  return causes.length === 0 ? [] : [...causes, NOT_CHECKED]
}

const NOT_CHECKED: Cause = {
  reason: 'FieldValueInvalid',
  message:
    'Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
  field: '<nil>',
}

/** Everything that stands at a path, in which `[]` is each item of a list. */
function valuesAt(
  object: unknown,
  path: string,
): readonly { readonly at: string; readonly value: unknown }[] {
  let found: { at: string; value: unknown }[] = [{ at: '', value: object }]
  for (const step of path.split(/\.|(?=\[\])/))
    found = found.flatMap(({ at, value }) => {
      if (step === '[]')
        return Array.isArray(value) ? value.map((item, i) => ({ at: `${at}[${i}]`, value: item })) : []
      return isObject(value) ? [{ at: at === '' ? step : `${at}.${step}`, value: value[step] }] : []
    })
  return found
}

function typeOf(value: unknown, wanted: Type): string {
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'number') return wanted === 'integer' && Number.isInteger(value) ? 'integer' : 'number'
  return typeof value
}
