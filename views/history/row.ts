import type { TriggerKind } from '../../src/domain/definition.ts'
import { isFinal, STATUS_WORDS } from '../../src/domain/status.ts'
import { escaped } from '../log/row.ts'
import type { ExecutionLine, Frame } from '../model.ts'
import { plainWords, reportsAddress, reportWords } from '../report/words.ts'
import { stripMarkup } from '../strip.ts'
import { ago, duration, instant, STATUS_HUES, shortSha, TRIGGER_WORDS } from '../words.ts'

const TRIGGER_ICONS: Readonly<Record<TriggerKind, string>> = {
  manual: 'ui-user',
  api: 'ui-link',
  rerun: 'ui-rerun',
  push: 'ui-hook',
  tag: 'ui-tag',
  'pull-request': 'ui-pull',
  schedule: 'ui-clock',
}

/**
 * One execution as a row of a table. Plain strings: a page has fifty of them, and drawing them as elements would cost
 * more than reading them from the store. Everything a person wrote goes through `escaped`.
 */
export function executionRow(frame: Frame, e: ExecutionLine): string {
  const { icons } = frame.assets
  const hue = STATUS_HUES[e.status]
  const turns = e.status === 'running' ? ' spin' : ''
  const at = new Date(e.triggeredAt).toISOString()
  // What never reached its commit has no title; then why it ended says most.
  const title = e.title ?? (isFinal(e.status) ? e.reason : null)
  return `<tr id="x-${e.id}" data-row><td class="c-st"><span class="st ${hue}"><svg class="i ${hue}${turns}" aria-hidden="true"><use href="${icons}#st-${e.status}"/></svg><span>${STATUS_WORDS[e.status]}</span></span></td><th scope="row" class="c-id nw"><a class="lead" href="/executions/${e.id}">${e.id}</a></th><td class="c-ti cut">${title === null ? '' : escaped(title)}</td><td class="c-by"><span class="by"><svg class="i" aria-hidden="true"><use href="${icons}#${TRIGGER_ICONS[e.trigger]}"/></svg><span class="vh">${TRIGGER_WORDS[e.trigger]} by </span><span>${escaped(e.triggeredBy)}</span><span class="q cut">${refWords(e)}</span></span></td><td class="c-at nw q"><time datetime="${at}" title="${instant(e.triggeredAt, frame.timezone)}" data-ago="${e.triggeredAt}">${ago(e.triggeredAt, frame.now, frame.timezone)}</time></td><td class="c-sp">${stripMarkup(e.strip)}</td><td class="c-du n nw">${took(frame, e)}</td><td class="c-re nw">${report(frame, e)}</td></tr>`
}

function refWords(e: ExecutionLine): string {
  const ref = e.branch ?? e.tag
  const sha = e.sha === null ? '' : `<span class="m">${shortSha(e.sha)}</span>`
  if (ref === null) return sha
  return sha === '' ? escaped(ref) : `${escaped(ref)} · ${sha}`
}

/** What its reports come to: the worst, and what is new. */
function report(frame: Frame, e: ExecutionLine): string {
  const words = reportWords(e.reports)
  if (words === null) return '<span class="q">–</span>'
  const tone = words.tone === 'bad' ? ' class="badt"' : ''
  const icon = `<svg class="i" aria-hidden="true"><use href="${frame.assets.icons}#ui-doc"/></svg>`
  return `<a${tone} href="${reportsAddress(e.id)}">${icon}${plainWords(words)}</a>`
}

/** How long it took or has taken; a waiting one says why instead. */
function took(frame: Frame, e: ExecutionLine): string {
  if (e.status === 'pending' && e.waitingFor !== null)
    return `<span class="cut" title="${escaped(e.waitingFor)}">waits</span>`
  const from = e.startedAt ?? e.triggeredAt
  if (e.finishedAt !== null) return duration(e.finishedAt - from)
  return `<span data-since="${from}">${duration(frame.now - from)}</span>`
}
