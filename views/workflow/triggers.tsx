import type { Frame } from '../model.ts'
import { tabPath, workflowTab } from './frame.tsx'
import type { RefChoice, WorkflowLine } from './model.ts'

interface TriggersProps {
  readonly workflow: WorkflowLine
  readonly ref: RefChoice
  /** Where people reach this server. */
  readonly address: string
  /** What becomes of one that begins while another runs, in words. */
  readonly conflict: string
}

/** How executions begin. */
export function triggersTab(frame: Frame, p: TriggersProps): string {
  const { workflow, ref } = p
  const example = ref.name === '' ? `a-${ref.kind}` : ref.name
  return workflowTab(
    frame,
    { workflow, tab: 'triggers' },
    <div class="stack">
      <section class="pan" aria-labelledby="by-hand">
        <header>
          <h2 id="by-hand">By hand</h2>
        </header>
        <div class="fields">
          <p>
            <a class="u" href={tabPath(workflow.slug, 'builder')}>
              Update &amp; Execute Now
            </a>{' '}
            in the Builder, or the command line. Whoever is an executor may.
          </p>
          <code class="cmd">
            periplus run {workflow.slug} --{ref.kind === 'sha' ? 'sha' : ref.kind} {example} --wait
          </code>
          {ref.pattern === null ? null : (
            <p class="hint">
              The source is every {ref.kind} like {ref.pattern}, so each run names one.
            </p>
          )}
        </div>
      </section>
      <section class="pan" aria-labelledby="by-api">
        <header>
          <h2 id="by-api">Through the API</h2>
          <a class="gap q2 u" href="/api">
            Reference
          </a>
        </header>
        <div class="fields">
          <p>
            With a token of{' '}
            <a class="u" href="/settings/tokens">
              yours
            </a>
            . A repeat with the same key begins nothing twice.
          </p>
          <code class="cmd">{curl(p.address, workflow.slug, ref.kind, example)}</code>
        </div>
      </section>
      <p class="hint">{p.conflict}</p>
    </div>,
  )
}

function curl(address: string, slug: string, kind: string, name: string): string {
  return `curl -X POST ${address}/api/v1/executions \\
  -H "Authorization: Bearer $PERIPLUS_TOKEN" \\
  -H "Content-Type: application/json" \\
  -H "Idempotency-Key: $(uuidgen)" \\
  -d '${JSON.stringify({ workflow: slug, [kind]: name })}'`
}
