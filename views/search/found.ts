import { STATUS_WORDS } from '../../src/domain/status.ts'
import { escaped } from '../log/row.ts'
import type { Frame } from '../model.ts'
import { ago, count, instant, STATUS_HUES } from '../words.ts'
import type { FoundLine, FoundLog, SearchQuery } from './model.ts'

/**
 * What was found in one log, as finished markup. Plain strings, for a page has hundreds of lines. `head` is left out
 * where the part before stands right above: a long log comes in parts.
 */
export function foundLog(
  frame: Frame,
  query: Pick<SearchQuery, 'q' | 'as'>,
  log: FoundLog,
  head: 'with its head' | 'goes on',
): string {
  const address = `/executions/${log.execution.id}/stages/${log.stage}`
  const leads = (line: number) => lineAddress(address, query, line)
  const lines = log.lines.map((line, i) => foundRow(line, leads, log.lines[i - 1]?.number ?? null))
  const more =
    log.more === null
      ? ''
      : `<p class="on"><span class="ln"></span><span class="t"><a class="u" href="${leads(log.more)}">More in this log from line ${count(log.more)}</a></span></p>`
  return `<section class="got">${head === 'goes on' ? '' : headOf(frame, log, address)}<div class="lines wrap notimes">${lines.join('')}${more}</div></section>`
}

/**
 * Where a line stands in its log, with the same search going on there. The part behind # never reaches a server, and
 * without a script the line is needed there.
 */
function lineAddress(log: string, { q, as }: Pick<SearchQuery, 'q' | 'as'>, line: number): string {
  const params = new URLSearchParams({ q, ...(as === 'regex' ? { regex: 'on' } : {}), line: String(line) })
  return escaped(`${log}?${params}#L${line}`)
}

function headOf(frame: Frame, { execution: e, stage }: FoundLog, address: string): string {
  const hue = STATUS_HUES[e.status]
  const turns = e.status === 'running' ? ' spin' : ''
  const title = e.title === null ? '' : `<span class="cut q2">${escaped(e.title)}</span>`
  const ref = e.branch ?? e.tag
  const at = new Date(e.triggeredAt).toISOString()
  return `<h3><svg class="i ${hue}${turns}" aria-hidden="true"><use href="${frame.assets.icons}#st-${e.status}"/></svg><span class="vh">${STATUS_WORDS[e.status]}: </span><a class="b nw" href="/executions/${e.id}">${e.id}</a><span class="q" aria-hidden="true">/</span><a class="nw" href="${address}">${escaped(stage)}</a>${title}<span class="gap nw q cut">${ref === null ? '' : escaped(ref)}</span><time class="nw q" datetime="${at}" title="${instant(e.triggeredAt, frame.timezone)}" data-ago="${e.triggeredAt}">${ago(e.triggeredAt, frame.now, frame.timezone)}</time></h3>`
}

/** Lines that do not follow the one above are set off; only those that match lead somewhere. */
function foundRow(line: FoundLine, leads: (line: number) => string, above: number | null): string {
  const { number, matches, kind } = line
  const looks = [
    matches ? 'match' : '',
    kind === 'line' ? '' : kind,
    above !== null && number > above + 1 ? 'apart' : '',
  ].filter((look) => look !== '')
  const shown = count(number)
  const label = matches
    ? `<a href="${leads(number)}" data-row aria-label="Line ${shown}">${shown}</a>`
    : `<span class="ln">${shown}</span>`
  return `<p${looks.length === 0 ? '' : ` class="${looks.join(' ')}"`}>${label}<span class="t">${marked(line)}</span></p>`
}

function marked({ text, spans }: FoundLine): string {
  let at = 0
  let out = ''
  for (const [from, until] of spans) {
    out += `${escaped(text.slice(at, from))}<mark>${escaped(text.slice(from, until))}</mark>`
    at = until
  }
  return out + escaped(text.slice(at))
}
