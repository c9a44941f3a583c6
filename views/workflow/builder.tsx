import { Editor } from '../editor.tsx'
import type { Frame } from '../model.ts'
import { Ago, Csrf, Findings, Icon, leadWords } from '../parts.tsx'
import { Sides } from './diff.tsx'
import type { Sheet } from './field.tsx'
import { WorkflowForm } from './form.tsx'
import { tabPath, workflowTab } from './frame.tsx'
import type { BuilderProps, Overtaken } from './model.ts'
import { RefMenu } from './ref.tsx'

/** A workflow as form and text, side by side: whoever changes the one changes the other. */
export function builderPage(frame: Frame, p: BuilderProps): string {
  const { workflow, rights } = p
  const buttons = <Buttons p={p} />
  const path = `/workflows/${workflow?.slug ?? 'new'}`
  const mayAct = rights.edit === null || (workflow !== null && rights.run === null)
  return workflowTab(
    frame,
    {
      workflow,
      tab: 'builder',
      draws: 'builder',
      actions: mayAct ? <Actions frame={frame} p={p} path={path} /> : null,
      bar: mayAct ? (
        <section class="bot" aria-label="Actions">
          {buttons}
        </section>
      ) : null,
    },
    <form id="builder" method="post" action={path}>
      <Csrf visitor={frame.visitor} />
      <input type="hidden" name="base" value={p.base} />
      <input type="hidden" name="window" value={p.window} />
      <input type="hidden" name="seen" value={p.seen} />
      {p.tried === 'tried' ? <input type="hidden" name="tried" value="1" /> : null}
      <Findings frame={frame} lead={leadWords(p.findings, p.stops)} findings={p.findings} />
      {p.overtaken === null || workflow === null ? null : (
        <OvertakenNote frame={frame} slug={workflow.slug} overtaken={p.overtaken} />
      )}
      {rights.edit === null ? null : <p class="note notice">{rights.edit}</p>}
      <div class="edit">
        <FormPanel frame={frame} p={p} />
        <Editor
          frame={frame}
          text={p.text}
          findings={p.findings}
          {...(rights.edit === null ? { hint: 'form and text change together' } : {})}
          {...(rights.edit === null ? {} : { readonly: 'readonly' as const })}
          {...(workflow === null || workflow.changedSince === null
            ? {}
            : {
                compare: {
                  path: `${tabPath(workflow.slug, 'versions')}&from=${p.base}&to=draft`,
                  word: `Compare with ${p.base}`,
                },
              })}
        />
      </div>
    </form>,
  )
}

/** A workflow to come is changed as soon as anything was written. */
function isChanged({ workflow, seen }: BuilderProps): boolean {
  return workflow === null ? seen !== '' : workflow.changedSince !== null
}

function Actions({ frame, p, path }: { frame: Frame; p: BuilderProps; path: string }) {
  return (
    <div class="row wraps acts-row">
      {/* Enter in a field presses the first button of its form: it must be one that saves nothing. */}
      <button type="submit" class="vh" name="do" value="apply" form="builder" tabindex={-1}>
        Apply to the text
      </button>
      {p.workflow !== null && p.rights.run === null ? (
        <RefMenu frame={frame} choice={p.ref} form="builder" />
      ) : null}
      {p.rights.edit === null && isChanged(p) ? (
        <a class="btn flat" href={`${path}/discard`}>
          Discard changes
        </a>
      ) : null}
      <div class="row no-s">
        <Buttons p={p} />
      </div>
    </div>
  )
}

function Buttons({ p }: { p: BuilderProps }) {
  const { workflow, rights } = p
  const mayRun = rights.run === null
  if (rights.edit !== null)
    return (
      <button type="submit" class="btn pri" name="do" value="execute" form="builder">
        Execute Now
      </button>
    )
  return (
    <>
      <button
        type="submit"
        class={workflow === null && !mayRun ? 'btn pri' : 'btn'}
        name="do"
        value="update"
        form="builder"
      >
        {workflow === null ? 'Create workflow' : 'Update'}
      </button>
      {mayRun ? (
        <button type="submit" class="btn pri" name="do" value="execute" form="builder">
          {workflow === null ? 'Create' : 'Update'} &amp; Execute Now
        </button>
      ) : null}
    </>
  )
}

/** Neither of two who change the same workflow overwrites the other without knowing. */
function OvertakenNote(p: { frame: Frame; slug: string; overtaken: Overtaken }) {
  const { frame, slug, overtaken } = p
  const { newest, base, summary } = overtaken
  const versions = tabPath(slug, 'versions')
  return (
    <div class="note notice over" role="status">
      <Icon frame={frame} name="st-error" class="fault" />
      <div>
        <p>
          <b class="b">
            {newest.by} saved version {newest.number} <Ago frame={frame} at={newest.at} />,
          </b>{' '}
          after you began from version {base}. {summary.join(' ')}
        </p>
        <p class="row wraps">
          <a class="u" href={`${versions}&from=${base}&to=${newest.number}`}>
            What {newest.by} changed
          </a>
          <button type="submit" class="btn sm" name="do" value={`over ${newest.number}`}>
            Save mine over version {newest.number}
          </button>
        </p>
        <details id="differs">
          <summary>What yours would change in version {newest.number}</summary>
          <Sides from={`Version ${newest.number}`} to="Your changes" lines={overtaken.lines} />
        </details>
      </div>
    </div>
  )
}

function FormPanel({ frame, p }: { frame: Frame; p: BuilderProps }) {
  return (
    <section
      class="pan steps"
      aria-labelledby="phases"
      id="form"
      data-broken={p.form === null ? '' : undefined}
    >
      <header>
        <h2 id="phases">Phases</h2>
        <span class="q2 no-s">Validation and Source always run</span>
        <span class="gap row">
          {p.rights.edit === null ? (
            <button type="submit" class="btn sm unscripted" name="do" value="apply">
              Apply to the text
            </button>
          ) : null}
          <button type="submit" class="btn sm" name="do" value="plan">
            Dry run
          </button>
        </span>
      </header>
      {p.form === null ? (
        <p class="none">The text cannot be read, so there is no form of it. Mend it, and the form is back.</p>
      ) : (
        <fieldset disabled={p.rights.edit !== null}>
          <legend class="vh">Workflow</legend>
          <WorkflowForm sheet={sheetOf(frame, p, p.form)} named={p.workflow === null ? 'new' : 'named'} />
        </fieldset>
      )}
    </section>
  )
}

function sheetOf(frame: Frame, { findings, choices, at }: BuilderProps, form: Sheet['form']): Sheet {
  return { frame, form, findings, choices, at }
}
