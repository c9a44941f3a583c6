import type { ExecutionLine, Frame } from '../model.ts'
import { ExecutionTable } from './table.tsx'

/** The newest executions of one workflow, and the way to all of them. */
export function Newest(p: { frame: Frame; slug: string; executions: readonly ExecutionLine[] }) {
  const { slug, executions } = p
  return (
    <section class="pan" aria-label="Execution history">
      <header>
        <h2>Newest executions</h2>
        <a class="gap q2" href={`/executions?workflow=${slug}`}>
          All executions of {slug}
        </a>
      </header>
      {executions.length === 0 ? (
        <div class="empty">
          <h3>It has not run yet</h3>
          <code class="cmd">periplus run {slug} --wait</code>
        </div>
      ) : (
        <ExecutionTable frame={p.frame} rows={executions} caption={`Executions of ${slug}, newest first`} />
      )}
    </section>
  )
}
