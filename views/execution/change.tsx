import type { Frame, GateLine } from '../model.ts'
import { Ago } from '../parts.tsx'
import { counted, shortSha } from '../words.ts'

/** The commits between what stands in a gate's environment and what would come there. */
export function Change(p: { frame: Frame; id: string; gate: GateLine }) {
  const { frame, id, gate } = p
  const { replaces } = gate
  if (replaces === null) return null
  const { commits, total } = replaces
  return (
    <section class="pan" aria-labelledby="change-title">
      <header>
        <h2 id="change-title">{titleOf(gate.environment, replaces)}</h2>
        <a class="gap u q2" href={`/executions/${id}/compare/${replaces.id}`}>
          Compare with {replaces.id}
        </a>
      </header>
      {commits.length === 0 ? (
        <p class="inset q2 same">No other commit of its branch was run between them.</p>
      ) : (
        <ol class="commits inset" aria-label="Commits that were run between them, newest first">
          {commits.map((commit) => (
            <li>
              <a class="m u" href={`/executions/${commit.execution}`} title={`Run as ${commit.execution}`}>
                {shortSha(commit.sha)}
              </a>
              <span class="cut" title={commit.title ?? undefined}>
                {commit.title ?? ''}
              </span>
              <span class="q2 cut">{commit.author ?? ''}</span>
              <span class="q n nw">
                <Ago frame={frame} at={commit.at} />
              </span>
            </li>
          ))}
        </ol>
      )}
      {total > commits.length ? (
        <p class="inset q2 same">{counted(total - commits.length, 'commit')} more stand in the comparison.</p>
      ) : null}
    </section>
  )
}

function titleOf(environment: string, { total, direction }: NonNullable<GateLine['replaces']>): string {
  if (total === 0) return `Since ${environment}’s last deployment`
  const commits = counted(total, 'commit')
  return direction === 'taken back'
    ? `${commits} would be taken back from ${environment}`
    : `${commits} since ${environment}’s last deployment`
}
