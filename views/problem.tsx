import type { Finding } from '../src/domain/fault.ts'
import { page } from './layout.tsx'
import type { Frame } from './model.ts'
import { Icon } from './parts.tsx'

interface ProblemProps {
  readonly status: number
  readonly title: string
  readonly detail: string
  readonly findings: readonly Finding[]
  /** The number of the request, to quote. */
  readonly request: string
}

/** A fault as a page: what it is, why, what is still possible, and the number to quote. */
export function problemPage(frame: Frame, p: ProblemProps): string {
  return page(
    frame,
    { title: p.title, live: null, name: 'problem' },
    <div class="alone wide top0">
      <div>
        <p class="q">
          {p.status} · {p.title}
        </p>
        <h1>{heading(p.status)}</h1>
        <p class="q2 lede">{p.detail}</p>
        {p.findings.length === 0 ? null : (
          <ul class="pan card problems">
            {p.findings.map((finding) => (
              <li>
                {finding.path === '' ? null : <code>{finding.path}: </code>}
                {finding.message}
              </li>
            ))}
          </ul>
        )}
        <div class="row acts">
          {frame.visitor === null ? (
            <a class="btn pri" href={`/sign-in?next=${encodeURIComponent(frame.path)}`}>
              Sign in
            </a>
          ) : (
            <>
              <a class="btn pri" href="/executions">
                All executions
              </a>
              <a class="btn" href="/">
                Overview
              </a>
            </>
          )}
        </div>
        <p class="hint">
          Request <span class="m">{p.request}</span>, quote it when you ask for help.
        </p>
      </div>
    </div>,
  )
}

/** A fault inside a page that htmx asked for. */
export function problemFragment(frame: Frame, p: ProblemProps): string {
  return (
    <div class="note bad" role="alert">
      <Icon frame={frame} name="st-failed" />
      <p>
        <b class="b">{p.title}.</b> {p.detail} <span class="q2">Request {p.request}.</span>
      </p>
    </div>
  ).toString()
}

const HEADINGS: Readonly<Record<number, string>> = {
  401: 'Sign in first',
  403: 'You may not do this',
  404: 'There is nothing here',
  409: 'It has changed meanwhile',
  413: 'That is too large',
  422: 'This cannot be taken as it is',
  429: 'Too many tries',
  503: 'Not reachable just now',
}

function heading(status: number): string {
  return HEADINGS[status] ?? 'Something broke here'
}
