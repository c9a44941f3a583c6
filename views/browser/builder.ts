import { isText } from './builder/lay.ts'
import { bodyOf, Sender } from './builder/sender.ts'
import { openDialogs } from './dialogs.ts'
import { numberEditors } from './editor.ts'
import { listenToKeys } from './keys.ts'
import { keepTimes } from './times.ts'

/** The builder's own script: whatever changes in form or text is sent, and what comes back is laid over the page. */

/** Buttons that lead to another page. */
const LEAVERS = /^(plan|update|execute|over)\b/

function keepInStep(form: HTMLFormElement): void {
  const sender = new Sender(form)
  let isLeaving = false
  form.addEventListener('input', ({ target }) => {
    if (isText(target)) sender.written()
    else sender.isUnsent = true
  })
  form.addEventListener('change', ({ target }) => {
    if (!isText(target)) sender.later(0)
  })
  form.addEventListener('submit', (event) => {
    const button = event.submitter
    if (!(button instanceof HTMLButtonElement)) return
    if (!LEAVERS.test(button.value)) void sender.send(button.value)
    else if (sender.mayLeave(button)) {
      isLeaving = true
      return
    }
    event.preventDefault()
  })
  window.addEventListener('beforeunload', (event) => {
    if (isLeaving || !sender.isUnsent) return
    if (!navigator.sendBeacon(form.action, bodyOf(form, 'apply'))) event.preventDefault()
  })
}

document.documentElement.classList.add('js')
openDialogs()
numberEditors()
listenToKeys()
keepTimes()
const form = document.querySelector<HTMLFormElement>('form#builder')
if (form !== null) keepInStep(form)
