import { isObject } from './patches.ts'

/** Whether labels fit a selector: `a=b`, `a==b`, `a!=b`, `a in (b,c)`, `a`, `!a`, joined by commas. */
export function fits(labels: Readonly<Record<string, string>> | undefined, selector = ''): boolean {
  return requirements(selector).every((one) => fitsOne(labels ?? {}, one))
}

function requirements(selector: string): readonly string[] {
  return selector
    .split(/,(?![^(]*\))/)
    .map((one) => one.trim())
    .filter((one) => one !== '')
}

function fitsOne(labels: Readonly<Record<string, string>>, requirement: string): boolean {
  const set = /^(\S+) (in|notin) \(([^)]*)\)$/.exec(requirement)
  if (set !== null) {
    const [, key = '', operator, values = ''] = set
    const has = values.split(',').some((value) => value.trim() === labels[key])
    return operator === 'in' ? has : !has
  }
  const equal = /^([^=!]+)(==|=|!=)(.*)$/.exec(requirement)
  if (equal !== null) {
    const [, key = '', operator, value] = equal
    return operator === '!=' ? labels[key.trim()] !== value : labels[key.trim()] === value?.trim()
  }
  return requirement.startsWith('!') ? !(requirement.slice(1) in labels) : requirement in labels
}

/** Whether an object fits a field selector: `metadata.name=a,involvedObject.uid=b`. */
export function fitsFields(object: unknown, selector = ''): boolean {
  return requirements(selector).every((one) => {
    const [, path = '', value] = /^([^=!]+)==?(.*)$/.exec(one) ?? []
    return fieldAt(object, path.split('.')) === value
  })
}

function fieldAt(object: unknown, [key, ...rest]: readonly string[]): unknown {
  if (key === undefined) return object
  return isObject(object) ? fieldAt(object[key], rest) : undefined
}
