/** Numbers in [0, 1) from a seed, the same on every machine: mulberry32. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** One of them, each as likely. */
export function oneOf<T>(random: () => number, from: readonly T[]): T {
  const chosen = from[Math.floor(random() * from.length)]
  if (chosen === undefined) throw new Error('There is nothing to choose from.')
  return chosen
}

/** Chooses by weight: of `[['a', 3], ['b', 1]]`, `a` three times in four. */
export function weighted<T>(choices: readonly (readonly [T, number])[]): (random: () => number) => T {
  const sums: number[] = []
  let total = 0
  for (const [, weight] of choices) {
    total += weight
    sums.push(total)
  }
  return (random) => {
    const point = random() * total
    let low = 0
    let high = sums.length - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if ((sums[middle] ?? 0) > point) high = middle
      else low = middle + 1
    }
    const chosen = choices[low]
    if (chosen === undefined) throw new Error('There is nothing to choose from.')
    return chosen[0]
  }
}
