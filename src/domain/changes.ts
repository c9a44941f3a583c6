import { canonicalJson } from './canonical.ts'
import {
  type DeployStep,
  type Push,
  type Script,
  TOOL_PHASES,
  type Variables,
  type Workflow,
} from './definition.ts'
import { durationText } from './duration.ts'
import { refWords } from './ref.ts'
import { PHASE_WORDS } from './status.ts'

/*
 * What a version changed, as people would tell each other: by what is in it, not by its lines.
 */

/** More of a long list helps nobody. */
const SENTENCES_MAX = 20

/** What differs between two versions of a workflow, one sentence each; none where only the text differs. */
export function changesBetween(before: Workflow, after: Workflow): readonly string[] {
  const sentences = [
    ...settingChanges(before, after),
    ...sourceChanges(before, after),
    ...variableChanges('', before.variables, after.variables),
    ...TOOL_PHASES.flatMap((phase) =>
      listChanges(named(before.tools[phase]), named(after.tools[phase]), {
        where: PHASE_WORDS[phase],
        change: scriptChanges,
      }),
    ),
    ...buildChanges(before.build, after.build),
    ...pushChanges(before.push, after.push),
    ...listChanges(stepsByName(before.deploy), stepsByName(after.deploy), {
      where: PHASE_WORDS.deploy,
      change: stepChanges,
    }),
  ]
  if (sentences.length === 0 && differ(before, after)) return ['Something else changes; its lines say what.']
  if (sentences.length <= SENTENCES_MAX) return sentences
  return [...sentences.slice(0, SENTENCES_MAX), `And ${sentences.length - SENTENCES_MAX} more.`]
}

function settingChanges(before: Workflow, after: Workflow): readonly string[] {
  const group = ({ concurrency }: Workflow) =>
    concurrency === null
      ? null
      : `${concurrency.limit} at a time in ${concurrency.group}, ${concurrency.onConflict}`
  return [
    ...valueChange('Engine', before.engine, after.engine),
    ...valueChange('Timeout', durationOf(before.timeoutMs), durationOf(after.timeoutMs)),
    ...valueChange('Concurrency', group(before), group(after)),
    ...(differ(before.argo, after.argo) ? ['How pods are made changes.'] : []),
  ]
}

function sourceChanges({ source: before }: Workflow, { source: after }: Workflow): readonly string[] {
  return [
    ...valueChange('Repository', before.url, after.url),
    ...valueChange('Source', refWords(before.ref), refWords(after.ref)),
    ...valueChange('Credential', before.credential, after.credential),
  ]
}

/** “Timeout is 2h, was 1h.” */
function valueChange(what: string, before: string | null, after: string | null): readonly string[] {
  if (before === after) return []
  if (before === null) return [`${what} is ${after}.`]
  return [after === null ? `${what} is no longer ${before}.` : `${what} is ${after}, was ${before}.`]
}

function durationOf(ms: number | null): string | null {
  return ms === null ? null : durationText(ms)
}

/** Names alone: of a secret more must not be said, and a value may be long. */
function variableChanges(where: string, before: Variables, after: Variables): readonly string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  return names.flatMap((name) => {
    const [old, now] = [before[name], after[name]]
    if (!differ(old, now)) return []
    return [
      `Variable ${name}${where} ${now === undefined ? 'is gone' : old === undefined ? 'is new' : 'changes'}.`,
    ]
  })
}

function differ(a: unknown, b: unknown): boolean {
  return canonicalJson(a ?? null) !== canonicalJson(b ?? null)
}

type Named<T> = ReadonlyMap<string, T>

/** Scripts by what people call them: unnamed ones by what they run. */
function named(scripts: readonly Script[]): Named<Script> {
  return new Map(scripts.map((script) => [script.name ?? firstLine(script.run), script]))
}

/** As much of a script as stands for it. */
const SCRIPT_CHARS_MAX = 40

function firstLine(run: string): string {
  const [line = ''] = run.trim().split('\n')
  return `“${line.length > SCRIPT_CHARS_MAX ? `${line.slice(0, SCRIPT_CHARS_MAX)}…` : line}”`
}

function stepsByName(steps: readonly DeployStep[]): Named<DeployStep> {
  return new Map(steps.map((step) => [step.environment, step]))
}

function listChanges<T>(
  before: Named<T>,
  after: Named<T>,
  { where, change }: { readonly where: string; readonly change: (before: T, after: T) => readonly string[] },
): readonly string[] {
  const gone = [...before.keys()].filter((name) => !after.has(name))
  const came = [...after.keys()].filter((name) => !before.has(name))
  const kept = [...after].flatMap(([name, now]) => {
    const old = before.get(name)
    const parts = old === undefined ? [] : change(old, now)
    return parts.length === 0 ? [] : [`${where}: ${name} has another ${parts.join(', ')}.`]
  })
  const order = (of: Named<T>, other: Named<T>) => [...of.keys()].filter((name) => other.has(name))
  return [
    ...gone.map((name) => `${where}: ${name} is gone.`),
    ...came.map((name) => `${where}: ${name} is new.`),
    ...kept,
    ...(differ(order(before, after), order(after, before)) ? [`${where}: the order changes.`] : []),
  ]
}

/** The parts of a script that differ, by the words of its form. */
function scriptChanges(before: Script, after: Script): readonly string[] {
  return changedParts(before, after, {
    name: 'name',
    run: 'script',
    image: 'image',
    timeoutMs: 'timeout',
    retries: 'number of retries',
    env: 'set of variables',
    resources: 'claim to resources',
    condition: 'condition',
    continueOnFailure: 'answer to failure',
    asRoot: 'user',
  })
}

function buildChanges(before: Workflow['build'], after: Workflow['build']): readonly string[] {
  const what = PHASE_WORDS.build
  if (before === null || after === null)
    return before === after ? [] : [`${what} ${after === null ? 'is gone' : 'is new'}.`]
  if (before.kind === 'image' && after.kind === 'image')
    return another(
      what,
      changedParts(before, after, {
        dockerfile: 'Dockerfile',
        context: 'context',
        target: 'target',
        platforms: 'list of platforms',
        args: 'set of arguments',
        secrets: 'set of secrets',
        ...TURNS,
      }),
    )
  if (before.kind === 'script' && after.kind === 'script')
    return another(what, [
      ...scriptChanges(before, after),
      ...changedParts(before, after, { artifacts: 'list of artifacts' }),
    ])
  return [`${what} is ${after.kind === 'image' ? 'from a Dockerfile' : 'by a script'} now.`]
}

function pushChanges(before: Push | null, after: Push | null): readonly string[] {
  const what = PHASE_WORDS.push
  if (before === null || after === null)
    return before === after ? [] : [`${what} ${after === null ? 'is gone' : 'is new'}.`]
  return another(
    what,
    changedParts(before, after, { registry: 'registry', image: 'image', tags: 'list of tags', ...TURNS }),
  )
}

const TURNS = { timeoutMs: 'timeout', retries: 'number of retries' } as const

function another(what: string, parts: readonly string[]): readonly string[] {
  return parts.length === 0 ? [] : [`${what} has another ${parts.join(', ')}.`]
}

function stepChanges(before: DeployStep, after: DeployStep): readonly string[] {
  return changedParts(before, after, {
    manual: 'gate',
    approvers: 'list of approvers',
    quorum: 'number of approvals',
    expiresMs: 'time to decide',
    verify: 'verification',
  })
}

function changedParts<T extends object>(
  before: T,
  after: T,
  words: Readonly<Partial<Record<keyof T, string>>>,
): readonly string[] {
  return Object.entries<string | undefined>(words).flatMap(([key, word]) =>
    word !== undefined && differ(Reflect.get(before, key), Reflect.get(after, key)) ? [word] : [],
  )
}
