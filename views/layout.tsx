import { raw } from 'hono/html'
import type { Child } from 'hono/jsx'
import type { Frame } from './model.ts'
import { THEMES } from './model.ts'
import { Csrf, Icon } from './parts.tsx'
import { THEME_WORDS } from './words.ts'

/** The main menu: only pages that exist. */
const MENU = [
  ['/', 'Overview'],
  ['/executions', 'Executions'],
  ['/pipelines', 'Pipelines'],
  ['/workflows', 'Workflows'],
  ['/approvals', 'Approvals'],
  ['/environments', 'Environments'],
] as const

/**
 * Nothing is painted before the whole page is there: a table that still grows would move under its reader.
 * Hono's own <link> knows `blocking` for style sheets only. https://html.spec.whatwg.org/#link-type-expect
 */
const WHOLE = raw('<link rel="expect" href="#end" blocking="render"/>')

export interface Live {
  /** The query of the stream's address: what it speaks of, and since when. */
  readonly stream: string
  /** Answers with fragments that know their places; null fetches the page itself and lays its content over this one. */
  readonly parts: string | null
}

interface PageOptions {
  readonly title: string
  /** The page's one event stream, and where what has changed is fetched from; null where nothing changes. */
  readonly live: Live | null
  /** What this page needs besides what all do; where definitions are written, another script in the place of theirs. */
  readonly draws?: 'charts' | 'workflow' | 'builder' | 'editor'
  /** Names a page to the style sheet and the script. */
  readonly name: string
  /** The bar at the bottom of a phone's screen. */
  readonly bar?: Child
}

/** A whole page as text, from its doctype on. */
export function page(frame: Frame, options: PageOptions, content: Child): string {
  const { assets, theme } = frame
  const markup = (
    <html lang="en" data-theme={theme === 'system' ? undefined : theme}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width,initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta
          name="htmx-config"
          content='{"includeIndicatorCSS":false,"noSwap":[204,304,"4xx","5xx"],"history":"reload"}'
        />
        <title>{`${options.title} · Periplus`}</title>
        <link rel="icon" href={assets.icons} type="image/svg+xml" />
        <link rel="preload" href={assets.font} as="font" type="font/woff2" crossorigin="" />
        {WHOLE}
        <link rel="stylesheet" href={assets.style} />
        {options.draws === 'charts' ? <link rel="stylesheet" href={assets.chartStyle} /> : null}
        {options.draws === 'workflow' || options.draws === 'builder' ? (
          <link rel="stylesheet" href={assets.workflowStyle} />
        ) : null}
        <script src={isWritten(options.draws) ? assets.builder : assets.script} defer />
        {options.draws === 'charts' ? <script src={assets.chartScript} defer /> : null}
      </head>
      <body
        data-page={options.name}
        data-stream={options.live?.stream}
        data-parts={options.live?.parts ?? undefined}
        data-zone={frame.timezone}
        data-now={frame.now}
        data-icons={assets.icons}
      >
        <a class="skip" href="#main">
          Skip to content
        </a>
        <Top frame={frame} />
        <main id="main">
          <p class="note lost" id="lost" role="status" hidden />
          {frame.notices.map((notice) => (
            <div class="note notice" role="status">
              <Icon frame={frame} name="st-error" class="fault" />
              <p>{notice}</p>
            </div>
          ))}
          {content}
        </main>
        {options.bar}
        {frame.visitor === null ? null : <KeyHelp frame={frame} />}
        <i id="end" hidden />
      </body>
    </html>
  )
  return `<!doctype html>${markup.toString()}`
}

function isWritten(draws: PageOptions['draws']): boolean {
  return draws === 'builder' || draws === 'editor'
}

function Top(p: { frame: Frame }) {
  const { frame } = p
  if (frame.visitor === null) {
    return (
      <header class="top">
        <Brand frame={frame} />
      </header>
    )
  }
  return (
    <header class="top">
      <Brand frame={frame} />
      <nav class="nav" aria-label="Main">
        <MenuLinks frame={frame} />
      </nav>
      <a class="find gap" href="/search" aria-current={isWithin(frame.path, '/search') ? 'page' : undefined}>
        <Icon frame={frame} name="ui-search" />
        Search logs
      </a>
      <button class="sq btn flat no-s scripted" type="button" data-dialog="keys" aria-label="Keys">
        <Icon frame={frame} name="ui-help" />
      </button>
      <a class="sq only-s gap" href="/search" aria-label="Search logs">
        <Icon frame={frame} name="ui-search" />
      </a>
      {frame.waiting === 0 ? null : (
        <a class="sq only-s" href="/approvals" aria-label={waitingWords(frame.waiting)}>
          <span class="num call">{frame.waiting}</span>
        </a>
      )}
      <details class="only-s menu">
        <summary class="sq" aria-label="Menu">
          <Icon frame={frame} name="ui-menu" />
        </summary>
        <nav class="drop" aria-label="Main, small screen">
          <MenuLinks frame={frame} />
        </nav>
      </details>
      <Account frame={frame} />
    </header>
  )
}

function Brand(p: { frame: Frame }) {
  return (
    <a class="brand" href="/">
      <Icon frame={p.frame} name="ui-fix" />
      Periplus
    </a>
  )
}

function MenuLinks(p: { frame: Frame }) {
  const { path, waiting } = p.frame
  return (
    <>
      {MENU.map(([href, word]) => (
        <a href={href} aria-current={isWithin(path, href) ? 'page' : undefined}>
          {word}
          {href === '/approvals' && waiting > 0 ? (
            <span class="num call">
              <span aria-hidden="true">{waiting}</span>
              <span class="vh">{waitingWords(waiting)}</span>
            </span>
          ) : null}
        </a>
      ))}
    </>
  )
}

/** Analytics are the pipelines', also where they stand by themselves. */
function isWithin(path: string, href: string): boolean {
  if (path === '/analytics') return href === '/pipelines'
  return href === '/' ? path === '/' : path === href || path.startsWith(`${href}/`)
}

function waitingWords(n: number): string {
  return n === 1 ? '1 waits for you' : `${n} wait for you`
}

function Account(p: { frame: Frame }) {
  const { visitor, theme, path } = p.frame
  if (visitor === null) return null
  return (
    <details class="menu account">
      <summary class="sq" aria-label={`${visitor.name}, ${visitor.role}: account`}>
        <span class="av" aria-hidden="true">
          {visitor.name.slice(0, 1).toUpperCase()}
        </span>
      </summary>
      <div class="drop">
        <p>
          <b class="b">{visitor.name}</b> <span class="q">{visitor.role}</span>
        </p>
        <form method="post" action="/theme">
          <Csrf visitor={visitor} />
          <input type="hidden" name="back" value={path} />
          <fieldset>
            <legend class="l">Theme</legend>
            <span class="seg">
              {THEMES.map((name) => (
                <button
                  type="submit"
                  name="theme"
                  value={name}
                  aria-pressed={name === theme ? 'true' : 'false'}
                >
                  {THEME_WORDS[name]}
                </button>
              ))}
            </span>
          </fieldset>
        </form>
        <a href="/settings">Settings</a>
        <a href="/api">API reference</a>
        <form method="post" action="/sign-out">
          <Csrf visitor={visitor} />
          <button type="submit" class="btn">
            Sign out
          </button>
        </form>
      </div>
    </details>
  )
}

const KEYS = [
  ['?', 'this help'],
  ['/', 'go to the filter, or to the search'],
  ['j k', 'next and previous row or line'],
  ['Enter', 'open the row'],
  ['g', 'go to a line of the log; its number may follow at once'],
  ['gg', 'beginning of the log'],
  ['G', 'end of the log'],
  ['F', 'follow the log'],
  ['w', 'wrap lines'],
  ['t', 'times of lines'],
  ['n N', 'next and previous match, or error'],
  ['J K', 'select lines, in the log'],
  ['[ ]', 'previous and next execution'],
  ['gh ge gp gw gn', 'overview, executions, pipelines, workflows, environments'],
  ['a', 'approvals'],
  ['R', 're-run, asks first'],
  ['X', 'terminate, asks first'],
] as const

function KeyHelp(p: { frame: Frame }) {
  return (
    <dialog id="keys" aria-labelledby="keys-title">
      <div class="stack">
        <h2 id="keys-title">Keys</h2>
        <dl class="facts keys">
          {KEYS.map(([key, what]) => (
            <>
              <dt>
                {key.split(' ').map((one) => (
                  <kbd>{one}</kbd>
                ))}
              </dt>
              <dd>{what}</dd>
            </>
          ))}
        </dl>
        <label class="row">
          <input type="checkbox" data-keys-off="" /> Switch single-letter keys off in this browser
        </label>
      </div>
      <form method="dialog">
        <footer>
          <button type="submit" class="btn">
            <Icon frame={p.frame} name="ui-close" />
            Close
          </button>
        </footer>
      </form>
    </dialog>
  )
}
