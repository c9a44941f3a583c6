import type { Child } from 'hono/jsx'

/** A piece of a page that htmx lays over the element of the same id, keeping what is typed or focused in it. */
export function Part(p: { id: string; children: Child }) {
  return (
    <hx-partial hx-target={`#${p.id}`} hx-swap="outerMorph">
      {p.children}
    </hx-partial>
  )
}
