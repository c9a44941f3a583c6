import { raw } from 'hono/html'
import type { ExecutionLine, Frame } from '../model.ts'
import { executionRow } from './row.ts'

/** Executions, newest first; on a phone each row becomes a card of three lines. */
export function ExecutionTable(p: { frame: Frame; rows: readonly ExecutionLine[]; caption: string }) {
  return (
    <table class="tb fix cards hist">
      <caption class="vh">{p.caption}</caption>
      <colgroup>
        <col width="176" />
        <col width="176" />
        <col />
        <col width="260" />
        <col width="104" />
        <col width="158" />
        <col width="112" />
        <col width="148" />
      </colgroup>
      <thead>
        <tr>
          <th scope="col">Status</th>
          <th scope="col">Execution ID</th>
          <th scope="col">Change</th>
          <th scope="col">Triggered By</th>
          <th scope="col">Triggered At</th>
          <th scope="col">Phases</th>
          <th scope="col" class="n">
            Duration
          </th>
          <th scope="col">Report</th>
        </tr>
      </thead>
      <tbody id="rows">{raw(p.rows.map((row) => executionRow(p.frame, row)).join(''))}</tbody>
    </table>
  )
}
