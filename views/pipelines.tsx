import { page } from './layout.tsx'
import type { Frame } from './model.ts'
import { Badge } from './parts.tsx'
import { Newest, type PipelineLine, PipelineName, Rate, SOUNDINGS_MAX, Soundings } from './soundings.tsx'
import { NoWorkflow } from './workflow/list.tsx'

/** The running side of each workflow: how it goes just now, and how it went. */
export function pipelinesPage(
  frame: Frame,
  p: { pipelines: readonly PipelineLine[]; since: number },
): string {
  return page(
    frame,
    { title: 'Pipelines', live: { stream: `since=${p.since}`, parts: null }, name: 'pipelines' },
    <>
      <div class="head">
        <div>
          <h1>Pipelines</h1>
          <p class="sub">A pipeline is the running side of a workflow: its executions.</p>
        </div>
        <div class="row">
          <p class="live" role="status">
            Live
          </p>
          <a class="btn" href="/analytics">
            Analytics of all
          </a>
        </div>
      </div>
      {p.pipelines.length === 0 ? (
        <NoWorkflow what="pipeline" />
      ) : (
        <PipelineTable frame={frame} pipelines={p.pipelines} />
      )}
    </>,
  )
}

function PipelineTable(p: { frame: Frame; pipelines: readonly PipelineLine[] }) {
  return (
    <div class="pan scroll">
      <table class="tb pl">
        <caption class="vh">All pipelines by name</caption>
        <thead>
          <tr>
            <th scope="col">Pipeline</th>
            <th scope="col">Last {SOUNDINGS_MAX}</th>
            <th scope="col" class="n">
              Success<span class="no-s">, median</span>
            </th>
            <th scope="col" class="no-s">
              Newest
            </th>
            <th scope="col" class="no-s">
              Status
            </th>
            <th scope="col" class="n no-s">
              Executions
            </th>
          </tr>
        </thead>
        <tbody>
          {p.pipelines.map((one) => (
            <tr data-row="">
              <th scope="row">
                <PipelineName frame={p.frame} of={one} />
              </th>
              <td>
                <Soundings of={one} />
              </td>
              <td class="n nw">
                <Rate of={one} />
              </td>
              <td class="no-s">
                <Newest frame={p.frame} of={one} />
              </td>
              <td class="no-s">
                {one.last === null ? null : <Badge frame={p.frame} status={one.last.status} />}
              </td>
              <td class="n no-s">{one.executions}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
