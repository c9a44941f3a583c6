import { inked } from '../yaml.ts'

/** Numbers and inks of a text grow and change with it. */
export function numberEditors(): void {
  for (const editor of document.querySelectorAll<HTMLElement>('[data-editor]')) {
    const field = editor.querySelector('textarea')
    if (field === null) continue
    field.addEventListener('input', () => draw(editor, field))
    field.addEventListener('keydown', (event) => indent(event, field))
    field.addEventListener('scroll', () => follow(editor, field))
    number(editor, field)
  }
  jumpToProblems()
}

/** The same again, where a text was changed by nobody's hand. */
export function renumberEditors(): void {
  for (const editor of document.querySelectorAll<HTMLElement>('[data-editor]')) {
    const field = editor.querySelector('textarea')
    if (field !== null) number(editor, field)
  }
}

function draw(editor: HTMLElement, field: HTMLTextAreaElement): void {
  number(editor, field)
  const inks = editor.querySelector('[data-inks]')
  inks?.replaceChildren(
    ...inked(field.value.split('\n')).map((pieces) => {
      const line = document.createElement('p')
      for (const { text, ink } of pieces) {
        const part = document.createElement('span')
        if (ink !== null) part.className = ink
        part.textContent = text
        line.append(part)
      }
      return line
    }),
  )
  follow(editor, field)
}

function follow(editor: HTMLElement, field: HTMLTextAreaElement): void {
  const inks = editor.querySelector('[data-inks]')
  if (inks !== null) inks.scrollLeft = field.scrollLeft
}

function number(editor: HTMLElement, field: HTMLTextAreaElement): void {
  const gutter = editor.querySelector('[data-gutter]')
  const lines = field.value.split('\n').length
  if (gutter === null) return
  while (gutter.childElementCount > lines) gutter.lastElementChild?.remove()
  while (gutter.childElementCount < lines) {
    const number = document.createElement('span')
    number.textContent = String(gutter.childElementCount + 1)
    gutter.append(number)
  }
  if (field.rows < lines + 1) field.rows = lines + 1
}

/** Tab leaves the field, as everywhere; a new line keeps the indentation of the one before, for this is YAML. */
function indent(event: KeyboardEvent, field: HTMLTextAreaElement): void {
  if (event.key !== 'Enter' || event.ctrlKey || event.metaKey || event.isComposing) return
  const before = field.value.slice(0, field.selectionStart)
  const [blanks = ''] = /^ */.exec(before.slice(before.lastIndexOf('\n') + 1)) ?? []
  if (blanks === '') return
  event.preventDefault()
  field.setRangeText(`\n${blanks}`, field.selectionStart, field.selectionEnd, 'end')
  field.dispatchEvent(new Event('input', { bubbles: true }))
}

/** “line 14” in the summary leads to line 14 of the text. */
function jumpToProblems(): void {
  document.addEventListener('click', (event) => {
    const link = event.target instanceof Element ? event.target.closest('#problems a[href^="#y"]') : null
    const field = document.querySelector<HTMLTextAreaElement>('[data-editor] textarea')
    if (link === null || field === null) return
    event.preventDefault()
    const line = Number(link.getAttribute('href')?.slice(2))
    const lines = field.value.split('\n')
    const start = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0)
    field.focus()
    field.setSelectionRange(start, start + (lines[line - 1]?.length ?? 0))
  })
}
