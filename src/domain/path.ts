/** Where something stands in a definition: keys, and numbers of list entries. */
export type Path = readonly (string | number)[]

/** The part of a value at a path; undefined where there is none. */
export function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((part, step) => {
    if (Array.isArray(part)) return typeof step === 'number' ? part[step] : undefined
    return isRecord(part) && Object.hasOwn(part, step) ? part[step] : undefined
  }, value)
}

export function isRecord(value: unknown): value is Readonly<Record<string | number, unknown>> {
  return typeof value === 'object' && value !== null
}

/** `deploy[1].environment`; empty for the document as a whole. */
export function pathText(path: Path): string {
  return path
    .map((step, at) => (typeof step === 'number' ? `[${step}]` : at === 0 ? step : `.${step}`))
    .join('')
}

/** The path of a text that pathText wrote from keys without dots or brackets. */
export function pathOf(text: string): Path {
  return (text.match(/\[\d+\]|[^.[\]]+/g) ?? []).map((step) =>
    step.startsWith('[') ? Number(step.slice(1, -1)) : step,
  )
}
