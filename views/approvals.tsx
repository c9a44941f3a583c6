import { page } from './layout.tsx'
import type { Frame } from './model.ts'
import { GateItem, type WaitingGate } from './waiting.tsx'

/** What waits for this person, and what waits for others. */
export function approvalsPage(
  frame: Frame,
  p: { mine: readonly WaitingGate[]; others: readonly WaitingGate[]; since: number },
): string {
  return page(
    frame,
    { title: 'Approvals', live: { stream: `since=${p.since}`, parts: null }, name: 'approvals' },
    <>
      <div class="head">
        <div>
          <h1>Approvals</h1>
          <p class="sub">
            {p.mine.length === 0 ? 'Nothing waits for you.' : `${p.mine.length} for you to decide.`}
          </p>
        </div>
      </div>
      <div class="stack">
        <GateList frame={frame} title="Waiting for you" gates={p.mine} empty="Nothing waits for you." />
        {p.others.length === 0 ? null : (
          <GateList frame={frame} title="Waiting for others" gates={p.others} empty="" />
        )}
      </div>
    </>,
  )
}

function GateList(p: { frame: Frame; title: string; gates: readonly WaitingGate[]; empty: string }) {
  return (
    <section class="pan">
      <header>
        <h2>{p.title}</h2>
        {p.gates.length === 0 ? null : <span class="num">{p.gates.length}</span>}
      </header>
      {p.gates.length === 0 ? <p class="empty q2">{p.empty}</p> : null}
      {p.gates.map((gate) => (
        <GateItem frame={p.frame} gate={gate} />
      ))}
    </section>
  )
}
