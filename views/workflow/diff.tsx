import { type DiffLine, hunks } from '../../src/domain/diff.ts'

/** Lines shown around what changed. */
const AROUND = 4

/** Two texts side by side, or one under the other where there is no room: what is the same stands once in both. */
export function Sides(p: { from: string; to: string; lines: readonly DiffLine[] }) {
  const lines = hunks(p.lines, AROUND)
  if (lines.length === 0) return <p class="none q2">Both say the same.</p>
  return (
    <section class="scroll" tabindex={0} aria-label="What changed, line by line">
      <table class="sides">
        <caption class="vh">Lines of both; – was taken out, + was put in</caption>
        <colgroup>
          <col class="n" />
          <col />
          <col class="n" />
          <col />
        </colgroup>
        <thead>
          <tr>
            <th scope="col" colspan={2}>
              {p.from}
            </th>
            <th scope="col" colspan={2}>
              {p.to}
            </th>
          </tr>
        </thead>
        <tbody>
          {rowsOf(lines).map((row) =>
            row === null ? (
              <tr class="left-out">
                <td colspan={4}>…</td>
              </tr>
            ) : (
              <Row row={row} />
            ),
          )}
        </tbody>
      </table>
    </section>
  )
}

interface SidesRow {
  readonly was: DiffLine | null
  readonly is: DiffLine | null
}

/** What went beside what came in its place. */
function rowsOf(lines: readonly (DiffLine | null)[]): readonly (SidesRow | null)[] {
  const rows: (SidesRow | null)[] = []
  let gone: DiffLine[] = []
  let came: DiffLine[] = []
  const settle = () => {
    for (let at = 0; at < Math.max(gone.length, came.length); at += 1)
      rows.push({ was: gone[at] ?? null, is: came[at] ?? null })
    gone = []
    came = []
  }
  for (const line of lines) {
    if (line !== null && line.is === null) gone.push(line)
    else if (line !== null && line.was === null) came.push(line)
    else {
      settle()
      rows.push(line === null ? null : { was: line, is: line })
    }
  }
  settle()
  return rows
}

function Row({ row: { was, is } }: { row: SidesRow }) {
  const isSame = was === is
  return (
    <tr class={isSame ? 'both' : undefined}>
      <Side line={was} number={was?.was ?? null} hue={isSame || was === null ? null : 'was'} />
      <Side line={is} number={is?.is ?? null} hue={isSame || is === null ? null : 'is'} />
    </tr>
  )
}

function Side(p: { line: DiffLine | null; number: number | null; hue: 'was' | 'is' | null }) {
  const sign = p.hue === null ? ' ' : p.hue === 'was' ? '–' : '+'
  return (
    <>
      <td class={`n ${p.line === null ? 'nil' : (p.hue ?? '')}`}>{p.number ?? ''}</td>
      <td class={p.line === null ? 'nil' : (p.hue ?? undefined)}>
        {p.line === null ? '' : `${sign} ${p.line.text}`}
      </td>
    </>
  )
}
