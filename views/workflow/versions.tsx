import type { Frame } from '../model.ts'
import { Ago, Csrf, Icon } from '../parts.tsx'
import { counted } from '../words.ts'
import { Sides } from './diff.tsx'
import { tabPath, workflowTab } from './frame.tsx'
import type { Comparison, VersionLine, VersionRow, WorkflowLine } from './model.ts'

interface VersionsProps {
  readonly workflow: WorkflowLine
  readonly rows: readonly VersionRow[]
  readonly place: 'newest' | 'older'
  /** Where the next older page begins; null on the last. */
  readonly before: number | null
  readonly mayRestore: 'may' | 'may not'
}

/** Who saved what, newest first. */
export function versionsTab(frame: Frame, p: VersionsProps): string {
  const { workflow, rows } = p
  const { slug, newest, changedSince } = workflow
  const path = tabPath(slug, 'versions')
  return workflowTab(
    frame,
    { workflow, tab: 'versions' },
    <>
      <section class="pan" aria-label="Versions">
        <header>
          <h2>{counted(newest.number, 'version')}</h2>
          {changedSince === null ? null : (
            <a class="gap q2 u" href={`${path}&from=${newest.number}&to=draft`}>
              Your changes, not saved
            </a>
          )}
        </header>
        <table class="tb rows">
          <caption class="vh">Versions of {slug}, newest first</caption>
          <thead>
            <tr>
              <th scope="col">Version</th>
              <th scope="col">What changed</th>
              <th scope="col">Saved</th>
              <th scope="col">By</th>
              <th scope="col">
                <span class="vh">Compare and restore</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <Version frame={frame} p={p} row={row} />
            ))}
          </tbody>
        </table>
      </section>
      {p.place === 'newest' && p.before === null ? null : (
        <nav class="pager" aria-label="Pages of the versions">
          <span class="gap" />
          {p.place === 'newest' ? null : (
            <a class="btn sm" href={path}>
              Newest
            </a>
          )}
          {p.before === null ? null : (
            <a class="btn sm" rel="next" href={`${path}&before=${p.before}`}>
              Older
              <Icon frame={frame} name="ui-right" />
            </a>
          )}
        </nav>
      )}
    </>,
  )
}

/** Sentences of a row; the comparison has them all. */
const SENTENCES_SHOWN = 3

function Version({ frame, p, row }: { frame: Frame; p: VersionsProps; row: VersionRow }) {
  const { slug, newest } = p.workflow
  const more = row.summary.length - SENTENCES_SHOWN
  const path = tabPath(slug, 'versions')
  return (
    <tr data-row="">
      <th scope="row" class="nw">
        <a class="lead" href={`/workflows/${slug}?version=${row.number}`}>
          Version {row.number}
        </a>
      </th>
      <td data-l="Changed" class="q2">
        {row.summary.slice(0, SENTENCES_SHOWN).join(' ')}
        {more <= 0 ? '' : ` And ${more} more.`}
      </td>
      <td data-l="Saved" class="q nw">
        <Ago frame={frame} at={row.at} />
      </td>
      <td data-l="By">{row.by}</td>
      <td class="n nw">
        <span class="row end">
          {row.number === 1 ? null : (
            <a class="u" href={`${path}&from=${row.number - 1}&to=${row.number}`}>
              Compare<span class="vh"> version {row.number} with the one before</span>
            </a>
          )}
          {row.number === newest.number || p.mayRestore === 'may not' ? null : (
            <Restore frame={frame} slug={slug} number={row.number} small="small" />
          )}
        </span>
      </td>
    </tr>
  )
}

/** Saves an older version's text as a new one: nothing is lost by it. */
function Restore(p: { frame: Frame; slug: string; number: number; small?: 'small' }) {
  return (
    <form method="post" action={`/workflows/${p.slug}/restoration`}>
      <Csrf visitor={p.frame.visitor} />
      <input type="hidden" name="version" value={p.number} />
      <button type="submit" class={p.small === undefined ? 'btn' : 'btn sm'}>
        Restore<span class={p.small === undefined ? undefined : 'vh'}> version {p.number}</span>
      </button>
    </form>
  )
}

interface VersionProps {
  readonly workflow: WorkflowLine
  readonly version: VersionLine
  readonly text: string
  readonly summary: readonly string[]
  readonly mayRestore: 'may' | 'may not'
}

/** One version as it was saved. */
export function versionPage(frame: Frame, p: VersionProps): string {
  const { workflow, version } = p
  const { slug, newest } = workflow
  const path = tabPath(slug, 'versions')
  const isNewest = version.number === newest.number
  return workflowTab(
    frame,
    { workflow, tab: 'versions' },
    <section class="pan" aria-labelledby="version">
      <header class="wraps">
        <h2 id="version">Version {version.number}</h2>
        <span class="q2">
          {isNewest ? 'the newest, ' : ''}saved <Ago frame={frame} at={version.at} /> by {version.by}
        </span>
        <span class="gap row wraps">
          {version.number === 1 ? null : (
            <a class="u" href={`${path}&from=${version.number - 1}&to=${version.number}`}>
              Compare with {version.number - 1}
            </a>
          )}
          {isNewest ? null : (
            <a class="u" href={`${path}&from=${version.number}&to=${newest.number}`}>
              Compare with {newest.number}
            </a>
          )}
          {isNewest || p.mayRestore === 'may not' ? null : (
            <Restore frame={frame} slug={slug} number={version.number} />
          )}
        </span>
      </header>
      <p class="none q2">{p.summary.join(' ')}</p>
      <section class="yaml" tabindex={0} aria-label={`Text of version ${version.number}`}>
        {p.text
          .replace(/\n$/, '')
          .split('\n')
          .map((line, index) => (
            <p>
              <i>{index + 1}</i>
              <span>{line}</span>
            </p>
          ))}
      </section>
    </section>,
  )
}

/** Two versions, or one and what is not saved, side by side. */
export function comparisonPage(
  frame: Frame,
  p: { readonly workflow: WorkflowLine; readonly comparison: Comparison },
): string {
  const { workflow, comparison } = p
  return workflowTab(
    frame,
    { workflow, tab: 'versions' },
    <section class="pan" aria-labelledby="compared">
      <header>
        <h2 id="compared">
          {comparison.from} and {comparison.to}
        </h2>
        <a class="gap q2 u" href={tabPath(workflow.slug, 'versions')}>
          All versions
        </a>
      </header>
      <ul class="none">
        {comparison.summary.map((sentence) => (
          <li>{sentence}</li>
        ))}
      </ul>
      <Sides from={comparison.from} to={comparison.to} lines={comparison.lines} />
    </section>,
  )
}
