/** `5 m`, `1 h 30 m`, `2 s`: as people write a limit. */
export function durationText(ms: number): string {
  const parts: string[] = []
  let rest = ms
  for (const [unit, size] of [
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1_000],
  ] as const) {
    if (rest >= size) parts.push(`${Math.floor(rest / size)} ${unit}`)
    rest %= size
  }
  if (rest > 0) parts.push(`${rest} ms`)
  return parts.join(' ')
}
