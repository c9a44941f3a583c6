/** The numbers beside a text grow and scroll with it. */
export function numberEditors(): void {
  for (const editor of document.querySelectorAll<HTMLElement>('[data-editor]')) {
    const gutter = editor.querySelector<HTMLElement>('[data-gutter]')
    const field = editor.querySelector('textarea')
    if (gutter === null || field === null) continue
    field.addEventListener('input', () => fill(gutter, field))
    field.addEventListener('keydown', (event) => indent(event, field))
    fill(gutter, field)
    jumpToProblem(field)
  }
}

function fill(gutter: HTMLElement, field: HTMLTextAreaElement): void {
  const lines = field.value.split('\n').length
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
  field.dispatchEvent(new Event('input'))
}

/** “line 14” in the summary leads to line 14 of the text. */
function jumpToProblem(field: HTMLTextAreaElement): void {
  document.getElementById('problems')?.addEventListener('click', (event) => {
    const link = event.target instanceof Element ? event.target.closest('a[href^="#y"]') : null
    if (link === null) return
    event.preventDefault()
    const line = Number(link.getAttribute('href')?.slice(2))
    const lines = field.value.split('\n')
    const start = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0)
    field.focus()
    field.setSelectionRange(start, start + (lines[line - 1]?.length ?? 0))
  })
}
