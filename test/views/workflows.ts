import { diff } from '../../src/domain/diff.ts'
import { formOf } from '../../src/domain/form/read.ts'
import { builderPage } from '../../views/workflow/builder.tsx'
import { dryRunPage } from '../../views/workflow/dryrun.tsx'
import { historyTab } from '../../views/workflow/history.tsx'
import type { BuilderProps, RefChoice, WorkflowLine } from '../../views/workflow/model.ts'
import { triggersTab } from '../../views/workflow/triggers.tsx'
import { variablesTab } from '../../views/workflow/variables.tsx'
import { comparisonPage, versionPage, versionsTab } from '../../views/workflow/versions.tsx'
import { executionLine, FRAME, HOSTILE } from './fixtures.ts'

/** The pages of a workflow, with something hostile wherever people write. */

const newest = { number: 36, at: FRAME.now, by: HOSTILE }
const workflow: WorkflowLine = { slug: 'storefront', newest, changedSince: FRAME.now - 60_000 }
const ref: RefChoice = {
  ...{ kind: 'branch', name: HOSTILE, own: HOSTILE, pattern: HOSTILE, problem: HOSTILE },
  recent: [{ kind: 'branch', name: HOSTILE }],
}
const findings = [
  ...['', 'name', 'source.git', 'tools.preBuild[0].script.run', 'deploy[0]', 'variables.A', 'argo.image'],
].map((path) => ({ path, line: 1, column: 1, message: HOSTILE }))

const text = JSON.stringify({
  kind: 'workflow',
  name: HOSTILE,
  engine: HOSTILE,
  source: { git: { url: HOSTILE, tag: HOSTILE } },
  variables: { A: HOSTILE, B: { secret: HOSTILE }, [HOSTILE]: '', C: `${HOSTILE}\n${HOSTILE}`, D: [] },
  tools: {
    preBuild: [
      { script: { name: HOSTILE, run: HOSTILE, if: { branch: [HOSTILE] }, env: { A: HOSTILE } } },
      { script: { run: `</textarea>${HOSTILE}`, retries: HOSTILE } },
    ],
  },
  build: { script: { run: HOSTILE, artifacts: [HOSTILE], timeout: {} } },
  deploy: [{ environment: HOSTILE, approvers: [HOSTILE], verify: { run: HOSTILE } }],
  argo: { image: HOSTILE, tolerations: [] },
})

/** A builder with something in every part of it. */
export function builderProps(some: Partial<BuilderProps> = {}): BuilderProps {
  return {
    ...{ workflow, text, base: 35, window: HOSTILE, seen: HOSTILE, form: formOf(text), findings },
    ...{ stops: 'update', tried: 'tried' },
    overtaken: { newest, base: 35, summary: [HOSTILE], lines: diff('a', HOSTILE) },
    choices: {
      ...{ engines: ['local', 'argo'], defaultEngine: 'local' },
      environments: new Map([[HOSTILE, HOSTILE]]),
      ...{ secrets: [HOSTILE], credentials: [HOSTILE], registries: [HOSTILE], people: [HOSTILE] },
    },
    ref,
    rights: { edit: null, run: null },
    at: 'tools.preBuild[0]',
    ...some,
  }
}

export const WORKFLOWS: Readonly<Record<string, string>> = {
  'a builder': builderPage(FRAME, builderProps()),
  'a builder of a new workflow': builderPage(FRAME, builderProps({ workflow: null, overtaken: null })),
  'a builder of nothing that can be read': builderPage(
    FRAME,
    builderProps({ text: `</textarea>${HOSTILE}`, form: null }),
  ),
  'a builder for a viewer': builderPage(FRAME, builderProps({ rights: { edit: HOSTILE, run: HOSTILE } })),
  'a dry run': dryRunPage(FRAME, {
    ...{ workflow, ref, event: 'manual', findings },
    plan: {
      phases: [
        { phase: 'pre-build', stages: [{ id: HOSTILE, segment: null, skipped: HOSTILE }] },
        { phase: 'push', stages: [] },
      ],
      segments: [
        {
          ...{ number: 0, engine: 'local', environment: HOSTILE, stages: [HOSTILE] },
          gate: {
            ...{ kind: 'approval', environment: HOSTILE, approvers: [HOSTILE], quorum: 2 },
            ...{ selfApproval: false, expiresMs: 1_000 },
          },
        },
      ],
    },
  }),
  'its history': historyTab(FRAME, { workflow, executions: [executionLine()], since: 0 }),
  'its variables': variablesTab(FRAME, {
    workflow,
    groups: [
      {
        ...{ title: HOSTILE, hint: HOSTILE },
        variables: [
          { name: HOSTILE, value: HOSTILE, known: 'known' },
          { name: HOSTILE, value: { secret: HOSTILE }, known: 'unknown' },
          { name: HOSTILE, value: { secret: HOSTILE }, known: 'known' },
        ],
      },
    ],
    mayOpenSecrets: 'may',
  }),
  'no variables': variablesTab(FRAME, { workflow, groups: [], mayOpenSecrets: 'may not' }),
  'its triggers': triggersTab(FRAME, { workflow, ref, address: HOSTILE, conflict: HOSTILE }),
  'its versions': versionsTab(FRAME, {
    ...{ workflow, rows: [{ ...newest, number: 3, summary: Array(5).fill(HOSTILE) }] },
    ...{ place: 'older', before: 2, mayRestore: 'may' },
  }),
  'a version': versionPage(FRAME, {
    ...{ workflow, version: { ...newest, number: 2 }, text: HOSTILE, summary: [HOSTILE], mayRestore: 'may' },
  }),
  'two versions': comparisonPage(FRAME, {
    workflow,
    comparison: {
      from: HOSTILE,
      to: HOSTILE,
      summary: [HOSTILE],
      lines: diff(`a\n${HOSTILE}`, `${HOSTILE}\nb`),
    },
  }),
}
