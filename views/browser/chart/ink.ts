import type { Hue } from '../../words.ts'

/** A canvas knows no custom properties: the style sheet's colours are read off an element that wears them. */
export type Ink = (name: Hue | 'line' | 'q' | 'ink') => string

/** Colours of the present theme, read once each; `forget` where the theme changes. */
export function createInk(parent: Element): { readonly ink: Ink; readonly forget: () => void } {
  const known = new Map<string, string>()
  const probe = document.createElementNS('http://www.w3.org/2000/svg', 'path')
  const sheet = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  sheet.setAttribute('class', 'vh')
  sheet.append(probe)
  parent.append(sheet)
  return {
    ink: (name) => {
      let colour = known.get(name)
      if (colour === undefined) {
        probe.setAttribute('class', `s-${name}`)
        colour = getComputedStyle(probe).stroke
        known.set(name, colour)
      }
      return colour
    },
    forget: () => known.clear(),
  }
}
