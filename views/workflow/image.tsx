import type { Child } from 'hono/jsx'
import { BUILD_FIELDS, type FieldSpec, IMAGE_FIELDS, PUSH_FIELDS } from '../../src/domain/form/fields.ts'
import { type Path, pathText, valueAt } from '../../src/domain/path.ts'
import { PHASE_WORDS } from '../../src/domain/status.ts'
import { list } from '../words.ts'
import { Add, PartField, Remove, type Sheet, Wrong } from './field.tsx'
import { idOf } from './ids.ts'
import { BUILD_SHOWN, IMAGE_SHOWN, PUSH_SHOWN, ScriptFields, scriptName } from './script.tsx'
import { otherProblems, Pair, Section, textAt } from './section.tsx'

const SCRIPT: Path = ['build', 'script']
const IMAGE: Path = ['build']
const PUSH: Path = ['push']

/** What builds: a Dockerfile, or a script. */
export function BuildSection({ sheet }: { sheet: Sheet }) {
  const isThere = (path: Path) => valueAt(sheet.form.value, path) !== undefined
  const summary = isThere(SCRIPT)
    ? scriptName(sheet, SCRIPT, 0)
    : isThere(IMAGE)
      ? textAt(sheet, ['build', 'dockerfile']) || 'Dockerfile'
      : 'not configured'
  return (
    <Section sheet={sheet} title={PHASE_WORDS.build} path={IMAGE} summary={summary}>
      {isThere(SCRIPT) ? (
        <One sheet={sheet} path={SCRIPT} name="script" what="the build" shown={BUILD_SHOWN}>
          <ScriptFields sheet={sheet} part={SCRIPT} more={BUILD_FIELDS} />
        </One>
      ) : isThere(IMAGE) ? (
        <One sheet={sheet} path={IMAGE} name="image" what="the build" shown={IMAGE_SHOWN}>
          <Fields sheet={sheet} part={IMAGE} fields={IMAGE_FIELDS} />
        </One>
      ) : (
        <div class="adds">
          <Add frame={sheet.frame} path="build" word="Add a Dockerfile" />
          <Add frame={sheet.frame} path="build.script" word="Add a build script" />
        </div>
      )}
    </Section>
  )
}

/** Where the image goes. */
export function PushSection({ sheet }: { sheet: Sheet }) {
  const isThere = valueAt(sheet.form.value, PUSH) !== undefined
  const words = [textAt(sheet, ['push', 'image']), textAt(sheet, ['push', 'registry'])]
  return (
    <Section
      sheet={sheet}
      title={PHASE_WORDS.push}
      path={PUSH}
      summary={isThere ? words.filter((word) => word !== '').join(' to ') : 'not configured'}
    >
      {isThere ? (
        <One sheet={sheet} path={PUSH} name="push" what="the push" shown={PUSH_SHOWN}>
          <Fields sheet={sheet} part={PUSH} fields={PUSH_FIELDS} />
        </One>
      ) : (
        <Add frame={sheet.frame} path="push" word="Add a push" />
      )}
    </Section>
  )
}

function One(p: {
  sheet: Sheet
  path: Path
  name: string
  what: string
  shown: readonly string[]
  children?: Child
}) {
  const { sheet, path } = p
  const id = idOf(pathText(path))
  return (
    <div class="tool" id={path === SCRIPT ? id : `${id}-part`}>
      <h3>
        {p.name}
        <span class="gap row">
          <Remove frame={sheet.frame} path={pathText(path)} what={p.what} />
        </span>
      </h3>
      <Wrong frame={sheet.frame} id={`${id}-own`} problems={otherProblems(sheet.findings, path, p.shown)} />
      {p.children}
    </div>
  )
}

/** What the form has no field for is kept, and named. */
function Fields(p: { sheet: Sheet; part: Path; fields: readonly FieldSpec[] }) {
  const keys = Object.keys(Object(valueAt(p.sheet.form.value, p.part)))
  const others = keys.filter((key) => !p.fields.some((spec) => spec.key === key))
  return (
    <>
      <Pair>
        {p.fields.map((spec) => (
          <PartField sheet={p.sheet} part={p.part} spec={spec} />
        ))}
      </Pair>
      {others.length === 0 ? null : (
        <div>
          <p class="hint">{list(others)}: change them in the text.</p>
        </div>
      )}
    </>
  )
}
