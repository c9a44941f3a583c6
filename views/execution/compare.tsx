import type { Pace } from '../../src/domain/comparison.ts'
import { type DiffLine, hunks } from '../../src/domain/diff.ts'
import { isFinal, type StageStatus } from '../../src/domain/status.ts'
import { page } from '../layout.tsx'
import type { CommitLine, ExecutionLine, Frame } from '../model.ts'
import { Ago, Badge, StageIcon, Took } from '../parts.tsx'
import { counted, duration, STAGE_WORDS, shortSha, TRIGGER_WORDS } from '../words.ts'

interface ComparedStage {
  readonly status: StageStatus
  readonly ms: number | null
  readonly takenFrom: string | null
}

interface Pair<T> {
  readonly before: T | null
  readonly after: T | null
}

interface Deployed {
  readonly at: number
  readonly by: string
}

/** What differs between two executions of a workflow. */
export interface CompareProps {
  readonly before: ExecutionLine
  readonly after: ExecutionLine
  readonly pace: Pace | null
  readonly definition: readonly DiffLine[]
  readonly commits: readonly CommitLine[]
  readonly stages: readonly (Pair<ComparedStage> & { readonly id: string; readonly pace: Pace | null })[]
  readonly outputs: readonly (Pair<string> & { readonly name: string })[]
  readonly environments: readonly (Pair<Deployed> & { readonly name: string })[]
}

interface Props {
  readonly frame: Frame
  readonly p: CompareProps
}

/** Lines shown around what changed in a definition. */
const AROUND = 3

export function comparePage(frame: Frame, p: CompareProps): string {
  const { before, after } = p
  return page(
    frame,
    { title: `${after.id} compared with ${before.id}`, live: null, name: 'compare' },
    <>
      <nav class="crumb" aria-label="Breadcrumb">
        <a href="/executions">Executions</a>
        <span aria-hidden="true">/</span>
        <a href={`/executions/${after.id}`}>{after.id}</a>
      </nav>
      <div class="head">
        <h1>
          {after.id} compared with {before.id}
        </h1>
        <form class="row" action={`/executions/${after.id}/compare`}>
          <label class="vh" for="with">
            Compare with
          </label>
          <input class="in short" id="with" name="with" placeholder="Compare with another" />
          <button class="btn" type="submit">
            Compare
          </button>
        </form>
      </div>
      <div class="stack">
        <Facts frame={frame} p={p} />
        <Stages frame={frame} p={p} />
        <Commits p={p} />
        <Definition p={p} />
        <Outputs p={p} />
        <Environments frame={frame} p={p} />
      </div>
    </>,
  )
}

/** A table with one column for each of the two. */
function Versus(props: { p: CompareProps; title: string; first: string; more?: string; children: unknown }) {
  const { p, title, first, more, children } = props
  return (
    <section class="pan" aria-label={title}>
      <header>
        <h2>{title}</h2>
      </header>
      <section class="scroll" tabindex={0} aria-label={`${title}, side by side`}>
        <table class="tb versus">
          <caption class="vh">
            {title} of {p.before.id} and {p.after.id}
          </caption>
          <thead>
            <tr>
              <th scope="col">{first}</th>
              {[p.before, p.after].map((one) => (
                <th scope="col">
                  <a class="u" href={`/executions/${one.id}`}>
                    {one.id}
                  </a>
                </th>
              ))}
              {more === undefined ? null : (
                <th scope="col" class="n">
                  {more}
                </th>
              )}
            </tr>
          </thead>
          <tbody>{children}</tbody>
        </table>
      </section>
    </section>
  )
}

function Facts({ frame, p }: Props) {
  const both = [p.before, p.after]
  const sameRef = p.before.branch === p.after.branch && p.before.tag === p.after.tag
  return (
    <Versus p={p} title="What was run" first="What">
      <Fact name="Status" cells={both.map((one) => <Badge frame={frame} status={one.status} />)} />
      <Fact
        name="Commit"
        changed={p.before.sha !== p.after.sha}
        cells={both.map((one) => (
          <>
            <span class="m">{one.sha === null ? 'none' : shortSha(one.sha)}</span> {one.title ?? ''}
          </>
        ))}
      />
      <Fact
        name={p.after.tag === null ? 'Branch' : 'Tag'}
        changed={!sameRef}
        cells={both.map((one) => one.branch ?? one.tag ?? 'none')}
      />
      <Fact
        name="Version"
        changed={p.before.version !== p.after.version}
        cells={both.map((one) => (
          <a class="u" href={`/workflows/${one.workflow}?version=${one.version}`}>
            version {one.version}
          </a>
        ))}
      />
      <Fact
        name="Triggered"
        changed={p.before.trigger !== p.after.trigger || p.before.triggeredBy !== p.after.triggeredBy}
        cells={both.map((one) => (
          <>
            {TRIGGER_WORDS[one.trigger]} by {one.triggeredBy}, <Ago frame={frame} at={one.triggeredAt} />
          </>
        ))}
      />
      <Fact
        name="Took"
        changed={p.pace !== null && p.pace !== 'alike'}
        cells={both.map((one) => (isFinal(one.status) ? <Took frame={frame} of={one} /> : 'goes on'))}
      />
    </Versus>
  )
}

/** A fact of both; one that differs is bold. */
function Fact(props: { name: string; changed?: boolean; cells: readonly unknown[] }) {
  return (
    <tr>
      <th scope="row">{props.name}</th>
      {props.cells.map((cell) => (
        <td class={props.changed === true ? 'b' : 'q2'}>{cell}</td>
      ))}
    </tr>
  )
}

function Stages({ frame, p }: Props) {
  return (
    <Versus p={p} title="Stages" first="Stage" more="Difference">
      {p.stages.map((stage) => (
        <tr>
          <th scope="row" class="nw">
            {stage.id}
          </th>
          {[stage.before, stage.after].map((one) => (
            <td class="nw">
              {one === null ? <span class="q">not there</span> : <Cell frame={frame} of={one} />}
            </td>
          ))}
          <td class={stage.pace === 'slower' || stage.pace === 'faster' ? 'n nw b' : 'n nw q'}>
            {difference(stage)}
          </td>
        </tr>
      ))}
    </Versus>
  )
}

function Cell(props: { frame: Frame; of: ComparedStage }) {
  const { frame, of } = props
  const took = of.takenFrom === null ? (of.ms === null ? '' : duration(of.ms)) : `from ${of.takenFrom}`
  return (
    <span class="row">
      <StageIcon frame={frame} status={of.status} />
      <span class="vh">{STAGE_WORDS[of.status]}</span>
      {took === '' ? <span class="q">{STAGE_WORDS[of.status].toLowerCase()}</span> : took}
    </span>
  )
}

/** “1 m 02 s slower”, and nothing where times only vary. */
function difference({ before, after, pace }: CompareProps['stages'][number]): string {
  if (pace === null || before?.ms == null || after?.ms == null) return ''
  return pace === 'alike' ? 'alike' : `${duration(Math.abs(after.ms - before.ms))} ${pace}`
}

function Commits({ p }: { p: CompareProps }) {
  if (p.commits.length === 0) return null
  return (
    <section class="pan" aria-labelledby="commits">
      <header>
        <h2 id="commits">{counted(p.commits.length, 'commit')} run between them</h2>
      </header>
      <ol class="commits inset">
        {p.commits.map((commit) => (
          <li>
            <span class="m">{shortSha(commit.sha)}</span>
            <span class="cut">{commit.title ?? ''}</span>
            <span class="q2 cut">{commit.author ?? ''}</span>
            <a class="u n" href={`/executions/${commit.execution}`}>
              {commit.execution}
            </a>
          </li>
        ))}
      </ol>
    </section>
  )
}

function Definition({ p }: { p: CompareProps }) {
  const { before, after, definition } = p
  if (before.version === after.version) return null
  const shown = hunks(definition, AROUND)
  return (
    <section class="pan" aria-labelledby="definition">
      <header>
        <h2 id="definition">
          Definition, version {before.version} and {after.version}
        </h2>
      </header>
      {shown.length === 0 ? (
        <p class="inset q2 same">Both versions say the same.</p>
      ) : (
        <section class="scroll" tabindex={0} aria-label="What changed in the definition">
          <table class="diff">
            <caption class="vh">Lines of both versions; – was taken out, + was put in</caption>
            <tbody>{shown.map((line) => (line === null ? <Gap /> : <Line line={line} />))}</tbody>
          </table>
        </section>
      )}
    </section>
  )
}

function Gap() {
  return (
    <tr>
      <td class="n" colspan={2}>
        …
      </td>
      <td />
      <td />
    </tr>
  )
}

function Line({ line: { was, is, text } }: { line: DiffLine }) {
  const sign = was === null ? '+' : is === null ? '–' : ' '
  return (
    <tr class={was === null ? 'is' : is === null ? 'was' : undefined}>
      <td class="n">{was ?? ''}</td>
      <td class="n">{is ?? ''}</td>
      <td>{sign}</td>
      <td>{text}</td>
    </tr>
  )
}

function Outputs({ p }: { p: CompareProps }) {
  if (p.outputs.length === 0) return null
  return (
    <Versus p={p} title="Outputs" first="Output">
      {p.outputs.map((output) => (
        <Fact
          name={output.name}
          changed={output.before !== output.after}
          cells={[output.before, output.after].map((value) => (
            <span class="m cut out" title={value ?? undefined}>
              {value ?? 'none'}
            </span>
          ))}
        />
      ))}
    </Versus>
  )
}

function Environments({ frame, p }: Props) {
  if (p.environments.length === 0) return null
  return (
    <Versus p={p} title="Environments" first="Environment">
      {p.environments.map((one) => (
        <Fact
          name={one.name}
          changed={(one.before === null) !== (one.after === null)}
          cells={[one.before, one.after].map((deployed) =>
            deployed === null ? (
              'not deployed'
            ) : (
              <>
                by {deployed.by}, <Ago frame={frame} at={deployed.at} />
              </>
            ),
          )}
        />
      ))}
    </Versus>
  )
}
