import type { Environment } from '../../src/domain/definition.ts'
import { rulesWords } from '../environment/rules.ts'
import { page } from '../layout.tsx'
import type { Frame } from '../model.ts'
import { Csrf, Icon } from '../parts.tsx'
import { shortDigest, shortSha } from '../words.ts'
import { Older } from './older.tsx'

export interface RedeployProps {
  readonly id: string
  readonly sha: string | null
  readonly title: string | null
  readonly version: number
  readonly digest: string | null
  /** As its rules stand now. */
  readonly environment: Environment
  /** The execution that stands there; null where nothing does any more. */
  readonly replaces: string | null
  /** That something newer stands there; null where nothing does. */
  readonly older: string | null
}

/** What is deployed again, where, and instead of what; the safe choice has the focus. */
export function redeployPage(frame: Frame, p: RedeployProps): string {
  const { id, environment } = p
  const what = `Redeploy ${id} to ${environment.name}`
  return page(
    frame,
    { title: `${what}?`, live: null, name: 'redeploy' },
    <div class="alone top0">
      <div class="pan asks">
        <form method="post" action={`/executions/${id}/redeployment`}>
          <Csrf visitor={frame.visitor} />
          <input type="hidden" name="environment" value={environment.name} />
          <div class="stack ask-body">
            <h1>{what}?</h1>
            <Facts p={p} />
            <p class="q2">
              A new execution begins at the deploy and takes over all that {id} built. No other environment is
              deployed to. {environment.name} {rulesWords(environment)}.
            </p>
            <Older frame={frame} why={p.older} />
          </div>
          <footer>
            <a class="btn" href={`/environments/${environment.name}`} autofocus>
              Not now
            </a>
            <button type="submit" class="btn pri">
              <Icon frame={frame} name="ui-rerun" />
              {what}
            </button>
          </footer>
        </form>
      </div>
    </div>,
  )
}

function Facts({ p }: { p: RedeployProps }) {
  return (
    <dl class="facts">
      <dt>Deploys</dt>
      <dd>
        {p.sha === null ? null : <span class="m">{shortSha(p.sha)} </span>}
        {p.title ?? ''}
        <span class="q2"> version {p.version}</span>
      </dd>
      {p.digest === null ? null : (
        <>
          <dt>Image</dt>
          <dd class="m" title={p.digest}>
            {shortDigest(p.digest)}
          </dd>
        </>
      )}
      <dt>Replaces</dt>
      <dd>
        {p.replaces === null ? (
          'nothing'
        ) : p.replaces === p.id ? (
          'itself: it is what is deployed'
        ) : (
          <a class="u" href={`/executions/${p.replaces}`}>
            {p.replaces}
          </a>
        )}
      </dd>
    </dl>
  )
}
