import type { ReportFormat } from '../../src/domain/report.ts'
import type { Ledger } from '../../src/ledger/ledger.ts'
import { createReading } from '../../src/report/reading.ts'
import { FIRST } from '../../src/store/findings.ts'
import type { Store } from '../../src/store/store.ts'
import type { ReportRow } from '../../src/store/tables.ts'

interface Left {
  readonly executionId: number
  readonly stage: number
  readonly name: string
  readonly format: ReportFormat
  readonly text: string
}

/** Keeps and reads a report as the runner does, at once. */
export function shelve({ store, ledger }: { store: Store; ledger: Ledger }, left: Left): ReportRow {
  const { executionId, name, format, text } = left
  const row = store.executions.byId(executionId)
  if (row === null) throw new Error('no such execution')
  const reading = createReading()
  const content = reading.keep({ body: Buffer.from(text), packing: 'none' }, [])
  const { workflowId, branch } = row
  const { stage } = left
  store.reports.keep({
    ...{ executionId, workflowId, branch, stage, name, path: `out/${name}`, format, keptAt: 0, content },
  })
  const report = store.reports.one(executionId, name)
  if (report === null) throw new Error('it was not kept')
  const base = store.reports.base(report)
  const { summary, findings, tests } = reading.open(content.packed, format)
  store.findings.add(report, base, { from: 0, rows: reading.findings(0, findings) })
  store.findings.addTests(report, base, { from: 0, rows: reading.tests(0, tests) })
  if (base !== null) store.findings.addFixed(report, base, findings, FIRST)
  store.reports.read(report.id, base?.id ?? null, summary)
  ledger.reported(executionId)
  store.reports.told(report.id)
  return report
}

/** A report in SARIF of these rules, one finding each; `error:` before a rule makes it high, nothing medium. */
export function sarif(...rules: readonly string[]): string {
  const results = rules.map((rule, index) => ({
    ruleId: rule.replace(/^error:/, ''),
    level: rule.startsWith('error:') ? 'error' : 'warning',
    message: { text: `${rule} is not good <b>&` },
    locations: [
      { physicalLocation: { artifactLocation: { uri: `src/${rule}.ts` }, region: { startLine: index + 1 } } },
    ],
  }))
  return JSON.stringify({ version: '2.1.0', runs: [{ tool: { driver: { name: 'Linter' } }, results }] })
}
