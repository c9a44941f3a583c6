import type { Frame } from '../model.ts'
import { shortSha } from '../words.ts'
import type { ExecutionProps } from './model.ts'

/** What was run since it went well for the last time; a comparison says all that differs. */
export function Since(props: { frame: Frame; p: ExecutionProps }) {
  const { baseline, execution } = props.p
  if (baseline === null) return <div id="since" hidden />
  return (
    <section class="pan" id="since" aria-labelledby="since-title">
      <header>
        <h2 id="since-title">Since {baseline.id}</h2>
        <a class="gap u q2" href={`/executions/${execution.id}/compare/${baseline.id}`}>
          Compare
        </a>
      </header>
      {baseline.commits.length === 0 ? (
        <p class="inset q2 same">The same commit, which succeeded there.</p>
      ) : (
        <ol class="commits mini2 inset" aria-label="Commits that were run since, newest first">
          {baseline.commits.map((commit) => (
            <li>
              <a class="m u" href={`/executions/${commit.execution}`} title={`Run as ${commit.execution}`}>
                {shortSha(commit.sha)}
              </a>
              <span class="cut" title={commit.title ?? undefined}>
                {commit.title ?? ''}
              </span>
              <span class="q2 n cut">{commit.author ?? ''}</span>
            </li>
          ))}
        </ol>
      )}
    </section>
  )
}
