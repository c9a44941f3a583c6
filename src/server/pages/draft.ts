import { normal } from '../../domain/form/read.ts'
import { NEW_WORKFLOW } from '../../store/drafts.ts'
import type { WorkflowRow } from '../../store/tables.ts'
import type { Version } from '../../store/workflows.ts'
import type { ServerDeps, Visitor } from '../context.ts'

/** A workflow that says nothing yet but what most will say. */
const NOTHING = 'kind: workflow\nsource:\n  git:\n    branch: main\n'

/** What stands in somebody's builder: what they changed and have not saved, or else what is saved. */
export interface Draft {
  readonly workflow: WorkflowRow | null
  readonly newest: Version | null
  readonly text: string
  /** The version that the text began from; 0 where there is none. */
  readonly base: number
  /** The window that wrote it last; empty where nothing was written. */
  readonly writer: string
  /** Since when it differs from what is saved; null where it does not. */
  readonly beganAt: number | null
}

/** Null is a workflow that is being made. */
export function draftOf({ store }: ServerDeps, visitor: Visitor, workflow: WorkflowRow | null): Draft {
  const newest = workflow === null ? null : store.workflows.latest(workflow)
  const kept = store.drafts.find(keyOf(visitor, workflow))
  const isSaved = kept !== null && kept.text === savedText(newest) && kept.base === (newest?.number ?? 0)
  return {
    workflow,
    newest,
    text: kept?.text ?? savedText(newest),
    base: kept?.base ?? newest?.number ?? 0,
    writer: kept?.writer ?? '',
    beganAt: kept === null || isSaved ? null : kept.beganAt,
  }
}

/** Keeps a text as what this visitor changed, written by one of their windows. */
export function keepDraft(
  { store, world }: ServerDeps,
  visitor: Visitor,
  workflow: WorkflowRow | null,
  written: { readonly text: string; readonly base: number; readonly writer: string },
): void {
  store.drafts.put({ ...keyOf(visitor, workflow), ...written, beganAt: world.now() })
}

/** Lets go of what was changed: it is saved, or nobody wants it. */
export function dropDraft({ store }: ServerDeps, visitor: Visitor, workflow: WorkflowRow | null): void {
  store.drafts.remove(keyOf(visitor, workflow))
}

function keyOf({ person }: Visitor, workflow: WorkflowRow | null) {
  return { owner: person.name, workflowId: workflow?.id ?? NEW_WORKFLOW }
}

/** As browsers send it back. */
function savedText(newest: Version | null): string {
  return newest === null ? NOTHING : normal(newest.text)
}
