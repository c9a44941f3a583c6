/** Dialogs and menus: a link that names a dialog opens it instead; a menu closes where one clicks elsewhere. */
export function openDialogs(): void {
  document.querySelector('.tabs [aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  document.addEventListener('click', (event) => {
    const target = event.target
    if (!(target instanceof Element)) return
    const opener = target.closest<HTMLElement>('[data-dialog]')
    if (opener !== null && openDialog(opener.dataset['dialog'] ?? '')) event.preventDefault()
    const closer = target.closest<HTMLElement>('dialog [data-close]')
    if (closer !== null) {
      closer.closest('dialog')?.close()
      event.preventDefault()
    }
    closeMenus(target)
  })
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return
    const menu = document.querySelector<HTMLDetailsElement>('details.menu[open]')
    if (menu === null) return
    menu.open = false
    menu.querySelector('summary')?.focus()
  })
}

/** True where there is such a dialog. */
export function openDialog(id: string): boolean {
  const dialog = document.getElementById(id)
  if (!(dialog instanceof HTMLDialogElement)) return false
  if (!dialog.open) dialog.showModal()
  return true
}

function closeMenus(target: Element): void {
  for (const menu of document.querySelectorAll<HTMLDetailsElement>('details.menu[open]'))
    if (!menu.contains(target)) menu.open = false
}
