import { POD_FIELDS, STEP_FIELDS, WORKFLOW_FIELDS } from '../../src/domain/form/fields.ts'
import { shownVariables } from '../../src/domain/form/read.ts'
import { type Path, pathText, valueAt } from '../../src/domain/path.ts'
import { PHASE_WORDS } from '../../src/domain/status.ts'
import { TOOL_NAMES } from '../../src/domain/tools/tool.ts'
import { list } from '../words.ts'
import { Add, PartField, Remove, type Sheet, Wrong } from './field.tsx'
import { idOf } from './ids.ts'
import { BuildSection, PushSection } from './image.tsx'
import { Card, SCRIPT_SHOWN, ScriptFields, STEP_SHOWN, toolEntry } from './script.tsx'
import { listAt, otherProblems, Pair, Section, strayProblems, textAt } from './section.tsx'
import { SourceSection } from './source.tsx'
import { Variables } from './variable.tsx'

/** The parts of a workflow in the order in which they run, each folded to a line until it is opened. */
export function WorkflowForm(p: { sheet: Sheet; named: 'named' | 'new' }) {
  const { sheet } = p
  const settings = WORKFLOW_FIELDS.filter(({ key }) => p.named === 'new' || key !== 'name')
  return (
    <>
      <Section
        sheet={sheet}
        title="Settings"
        path={['name']}
        also={[['engine'], ['timeout'], ['concurrency']]}
        summary={settingWords(sheet)}
        problems={strayProblems(sheet.findings)}
        {...(p.named === 'new' ? { open: 'open' as const } : {})}
      >
        <Pair>
          {settings.map((spec) => (
            <PartField sheet={sheet} part={[]} spec={spec} />
          ))}
        </Pair>
      </Section>
      <SourceSection sheet={sheet} {...(p.named === 'new' ? { open: 'open' as const } : {})} />
      <Tools sheet={sheet} title={PHASE_WORDS['pre-build']} path={['tools', 'preBuild']} />
      <BuildSection sheet={sheet} />
      <Tools sheet={sheet} title={PHASE_WORDS['post-build']} path={['tools', 'postBuild']} />
      <PushSection sheet={sheet} />
      <Tools sheet={sheet} title={PHASE_WORDS['post-push']} path={['tools', 'postPush']} />
      <DeploySection sheet={sheet} />
      <Tools sheet={sheet} title={PHASE_WORDS['post-deploy']} path={['tools', 'postDeploy']} />
      <VariablesSection sheet={sheet} />
      <PodsSection sheet={sheet} />
      <Proposed id="secrets" words={sheet.choices.secrets} />
      <Proposed id="people" words={sheet.choices.people} />
    </>
  )
}

function Proposed(p: { id: string; words: readonly string[] }) {
  return (
    <datalist id={p.id}>
      {p.words.map((word) => (
        <option value={word} />
      ))}
    </datalist>
  )
}

function settingWords(sheet: Sheet): string {
  const engine = textAt(sheet, ['engine'])
  const timeout = textAt(sheet, ['timeout'])
  const group = textAt(sheet, ['concurrency', 'group'])
  return [
    engine === '' ? `${sheet.choices.defaultEngine}, the server’s engine` : engine,
    ...(timeout === '' ? [] : [`at most ${timeout}`]),
    ...(group === '' ? [] : [`takes turns in ${group}`]),
  ].join(', ')
}

function Tools(p: { sheet: Sheet; title: string; path: Path }) {
  const { sheet, path } = p
  const tools = listAt(sheet, path)
  const entries = tools.map((_, index) => toolEntry(sheet, [...path, index], index))
  return (
    <Section
      sheet={sheet}
      title={p.title}
      path={path}
      summary={entries.length === 0 ? 'not configured' : entries.map(({ name }) => name).join(', ')}
    >
      {entries.map(({ name, part, fields, shown }, index) => (
        <Card sheet={sheet} path={[...path, index]} name={name} place={[index, entries.length]} shown={shown}>
          <ScriptFields sheet={sheet} part={part} fields={fields} />
        </Card>
      ))}
      <div class="adds">
        <Add frame={sheet.frame} path={pathText(path)} word="Add a script" />
        {TOOL_NAMES.map((tool) => (
          <Add frame={sheet.frame} path={pathText([...path, tool])} word={`Add ${tool}`} />
        ))}
      </div>
    </Section>
  )
}

function DeploySection(p: { sheet: Sheet }) {
  const { sheet } = p
  const path: Path = ['deploy']
  const steps = listAt(sheet, path)
  const names = steps.map(
    (_, index) => textAt(sheet, [...path, index, 'environment']) || `environment ${index + 1}`,
  )
  return (
    <Section
      sheet={sheet}
      title={PHASE_WORDS.deploy}
      path={path}
      summary={names.length === 0 ? 'not configured' : names.join(', ')}
    >
      {names.map((name, index) => (
        <Step sheet={sheet} path={[...path, index]} name={name} place={[index, names.length]} />
      ))}
      <Add frame={sheet.frame} path="deploy" word="Add an environment" />
    </Section>
  )
}

function Step(p: { sheet: Sheet; path: Path; name: string; place: readonly [number, number] }) {
  const { sheet, path, name } = p
  const verify = [...path, 'verify']
  const rules = sheet.choices.environments.get(name)
  return (
    <Card sheet={sheet} path={path} name={name} place={p.place} shown={STEP_SHOWN}>
      {rules === undefined ? null : (
        <p class="hint">
          <a class="u" href={`/environments/${name}`}>
            {name}
          </a>{' '}
          {rules}. A workflow can only add to that.
        </p>
      )}
      <Pair>
        {STEP_FIELDS.map((spec) => (
          <PartField
            sheet={sheet}
            part={path}
            spec={spec}
            {...(sheet.at === pathText(path) && spec.key === 'environment'
              ? { first: 'first' as const }
              : {})}
          />
        ))}
      </Pair>
      {valueAt(sheet.form.value, verify) === undefined ? (
        <Add frame={sheet.frame} path={pathText(verify)} word="Add a verification" />
      ) : (
        <div class="tool" id={idOf(pathText(verify))}>
          <h3>
            verification
            <span class="gap row">
              <Remove frame={sheet.frame} path={pathText(verify)} what={`the verification of ${name}`} />
            </span>
          </h3>
          <Wrong
            frame={sheet.frame}
            id={`${idOf(pathText(verify))}-p`}
            problems={otherProblems(sheet.findings, verify, SCRIPT_SHOWN)}
          />
          <ScriptFields sheet={sheet} part={verify} />
        </div>
      )}
    </Card>
  )
}

function VariablesSection(p: { sheet: Sheet }) {
  const { sheet } = p
  const names = shownVariables(sheet.form, ['variables']).variables.map(({ name }) => name.text)
  return (
    <Section
      sheet={sheet}
      title="Variables"
      path={['variables']}
      summary={names.length === 0 ? 'none' : names.join(', ')}
    >
      <Variables sheet={sheet} part={['variables']} />
    </Section>
  )
}

/** How pods are made, where there is a cluster or somebody meant one. */
function PodsSection(p: { sheet: Sheet }) {
  const { sheet } = p
  const argo = valueAt(sheet.form.value, ['argo'])
  if (argo === undefined && !sheet.choices.engines.includes('argo')) return null
  const keys = Object.keys(Object(argo))
  const others = keys.filter((key) => !POD_FIELDS.some((spec) => spec.key.split('.')[0] === key))
  return (
    <Section
      sheet={sheet}
      title="Pods"
      path={['argo']}
      summary={keys.length === 0 ? 'as the server makes them' : keys.join(', ')}
    >
      <Pair>
        {POD_FIELDS.map((spec) => (
          <PartField sheet={sheet} part={['argo']} spec={spec} />
        ))}
      </Pair>
      {others.length === 0 ? null : <p class="hint">{list(others)}: change them in the text.</p>}
    </Section>
  )
}
