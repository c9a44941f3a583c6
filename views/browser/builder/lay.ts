import htmx from 'htmx.org'
import { idOf } from '../../workflow/ids.ts'
import { renumberEditors } from '../editor.ts'

/** Lays a page over this one: what is focused stays so, and what was opened stays open. */
export async function lay(page: Document, sent: Holdings): Promise<void> {
  const place = topOf(document.activeElement)
  const open = [...document.querySelectorAll('#main details[open]')].map(({ id }) => id)
  const came = page.querySelector('#form[data-broken]')
  const form = document.querySelector('#form')
  if (came !== null && form !== null) came.replaceWith(stale(form))
  // Each is laid at once; what is awaited in the end is the rest, so that no frame shows one without the other.
  const swaps = ['#main', '.bot'].map((part) => {
    const target = document.querySelector(part)
    const text = page.querySelector(part)?.outerHTML
    return target === null || text === undefined ? null : htmx.swap({ text, target, swap: 'outerMorph' })
  })
  for (const id of open) document.getElementById(id)?.setAttribute('open', '')
  for (const [control, holds] of holdings()) {
    const before = sent.get(control)
    // Whoever went on writing in it meanwhile has it sent next.
    if (before === undefined || before === holds) asCame(control)
  }
  renumberEditors()
  // Problems come and go above: whoever writes stays where they write.
  window.scrollBy(0, topOf(document.activeElement) - place)
  await Promise.all(swaps)
}

function topOf(element: Element | null): number {
  return element === null || element === document.body ? 0 : element.getBoundingClientRect().top
}

/** While the text cannot be read its form stays as it was, and can do nothing. */
function stale(form: Element): Element {
  const copy = form.cloneNode(true)
  if (!(copy instanceof Element)) return form
  copy.querySelector('fieldset')?.setAttribute('disabled', '')
  return copy
}

type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement
export type Holdings = ReadonlyMap<Control, string>

/** What each control of the builder holds. */
export function holdings(): Holdings {
  const controls = document.querySelectorAll<Control>('#builder :is(input, select, textarea)')
  return new Map([...controls].map((control) => [control, heldBy(control)]))
}

function heldBy(control: Control): string {
  return control instanceof HTMLInputElement && control.type === 'checkbox'
    ? String(control.checked)
    : control.value
}

function asCame(control: Control): void {
  if (control instanceof HTMLSelectElement) {
    for (const option of control.options) option.selected = option.defaultSelected
  } else if (isText(control)) writeText(control)
  else if (control instanceof HTMLInputElement && control.type === 'checkbox')
    control.checked = control.defaultChecked
  else if (control.value !== control.defaultValue) control.value = control.defaultValue
}

/** The text as it came, the caret where it was. */
function writeText(field: HTMLTextAreaElement): void {
  if (field.value === field.defaultValue) return
  const { selectionStart, selectionEnd, scrollLeft } = field
  field.value = field.defaultValue
  field.setSelectionRange(selectionStart, selectionEnd)
  field.scrollLeft = scrollLeft
}

/** To what a button made, moved or left behind. */
export function focusAfter(wanted: string, at: string): void {
  const [verb = '', target = ''] = wanted.split(' ')
  const places: Readonly<Record<string, readonly string[]>> = {
    remove: [`add ${target}`, `add ${at}`],
    up: [`up ${at}`, `down ${at}`],
    down: [`down ${at}`, `up ${at}`],
  }
  const found = (places[verb] ?? []).map((place) => document.getElementById(idOf(place)))
  const other = document.querySelector<HTMLElement>('#form [autofocus]')
  ;(found.find((one) => one !== null) ?? other)?.focus()
}

/** Whether it is the definition’s text, as opposed to its form. */
export function isText(target: EventTarget | null): target is HTMLTextAreaElement {
  return target instanceof HTMLTextAreaElement && target.name === 'text'
}
