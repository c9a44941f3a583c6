/** An id for a path, or for what may be done to it: what addresses and style sheets take. */
export function idOf(key: string): string {
  return `f-${key.replaceAll(/[^\w]+/g, '-')}`
}
