import type { Frame } from '../model.ts'
import { Icon } from '../parts.tsx'
import { count, counted } from '../words.ts'
import { Kept } from './header.tsx'
import { type LogWindow, logHref, viewText } from './model.ts'
import type { LogProps } from './panel.tsx'

/** Where one is in the log, and what it has to offer besides its lines. */
export function LogFooter({ frame, window }: LogProps) {
  const { page, query } = window
  const own = `/executions/${window.execution}/stages/${window.stage}`
  return (
    <footer>
      <button class="btn sm scripted" type="button" data-log-follow="" aria-pressed="false" hidden>
        <Icon frame={frame} name="ui-down" />
        <span>Follow</span>
      </button>
      <button class="btn sm flat scripted" type="button" data-log-end="" hidden>
        Go to end
      </button>
      <form class="goto no-s" action={page.path}>
        <Kept window={window} />
        {viewText(query) === '' ? null : <input type="hidden" name="view" value={viewText(query)} />}
        <label class="vh" for="line">
          Go to line
        </label>
        <input
          class="in"
          id="line"
          name="line"
          inputmode="numeric"
          pattern="[0-9,]+"
          placeholder="Go to line"
        />
      </form>
      <button class="btn sm flat scripted" type="button" data-log-copy="" hidden>
        Copy
      </button>
      <span data-log-rate="" class="nw" />
      <span class="row gap ends">
        <Only window={window} />
        <Fresh frame={frame} window={window} />
        <FirstError window={window} />
        <a class="u no-s" href={`${own}/log.txt`}>
          Plain text
        </a>
      </span>
    </footer>
  )
}

interface Props {
  readonly window: LogWindow
}

/** Between all lines, and only those that are looked for. */
function Only({ window }: Props) {
  const { found, query } = window
  if (query.find === null || found === null || found.count === 0) return null
  return query.lines === 'only' ? (
    <a class="u" href={logHref(window, { lines: 'all' })}>
      All lines
    </a>
  ) : (
    <a class="u" href={logHref(window, { lines: 'only' })}>
      Only {found.count === 1 ? 'this line' : `these ${count(found.count)} lines`}
    </a>
  )
}

function Fresh({ window }: Props & { frame: Frame }) {
  const { fresh, query } = window
  if (fresh === null || query.find === 'new') return null
  const what = fresh.count === null ? 'Lines' : counted(fresh.count, 'line')
  return (
    <a class="u newer nw" href={logHref(window, { find: 'new', lines: 'all' })}>
      {what} new since {fresh.since}
    </a>
  )
}

function FirstError({ window }: Props) {
  const { firstError, query } = window
  if (firstError === null || query.find === 'errors') return null
  return (
    <a class="u nw no-s" href={logHref(window, { find: 'errors', lines: 'all', line: firstError })}>
      First error
    </a>
  )
}
