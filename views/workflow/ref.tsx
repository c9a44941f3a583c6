import type { GitRef } from '../../src/domain/definition.ts'
import type { Frame } from '../model.ts'
import { Icon, Problem } from '../parts.tsx'
import { shortSha } from '../words.ts'
import type { RefChoice } from './model.ts'
import { REF_WORDS } from './source.tsx'

/** Which commit the next execution takes: what the workflow names, or another branch, tag or commit. */
export function RefMenu(p: { frame: Frame; choice: RefChoice; form: string }) {
  const { choice } = p
  return (
    <details class="menu ref-menu" id="ref-menu" open={choice.problem !== null}>
      <summary class="btn">
        <Icon frame={p.frame} name={choice.kind === 'tag' ? 'ui-tag' : 'ui-branch'} />
        <span class="cut">
          {choice.name === '' ? `Choose ${choice.kind}` : refWord(choice.kind, choice.name)}
        </span>
        <Icon frame={p.frame} name="ui-down" class="q" />
      </summary>
      <div class="drop">
        <RefFields frame={p.frame} choice={choice} form={p.form} />
      </div>
    </details>
  )
}

/** The two fields of a ref, and those that ran lately. */
export function RefFields({ frame, choice, form }: { frame: Frame; choice: RefChoice; form: string }) {
  return (
    <>
      <input type="hidden" name="ref-own" value={choice.own} form={form} />
      <fieldset>
        <legend class="l">Runs on</legend>
        <span class="row">
          {(['branch', 'tag', 'sha'] as const).map((kind) => (
            <label class="check">
              <input type="radio" name="ref-kind" value={kind} checked={kind === choice.kind} form={form} />
              {REF_WORDS[kind]}
            </label>
          ))}
        </span>
      </fieldset>
      <div>
        <label class="l" for="ref">
          Its name
        </label>
        <input
          class="in"
          id="ref"
          name="ref"
          form={form}
          value={choice.name}
          placeholder={choice.pattern ?? undefined}
          list="refs"
          spellcheck={false}
          autocapitalize="none"
          autocomplete="off"
          aria-invalid={choice.problem === null ? undefined : 'true'}
          aria-describedby="ref-hint"
        />
        {choice.problem === null ? (
          <p class="hint" id="ref-hint">
            {choice.pattern === null
              ? 'A commit is named in full.'
              : `The workflow runs on every ${choice.kind} like ${choice.pattern}.`}
          </p>
        ) : (
          <Problem frame={frame} id="ref-hint">
            {choice.problem}
          </Problem>
        )}
        <datalist id="refs">
          {choice.recent.map(({ kind, name }) => (
            <option value={name}>{REF_WORDS[kind]}</option>
          ))}
        </datalist>
      </div>
    </>
  )
}

function refWord(kind: GitRef['kind'], name: string): string {
  return kind === 'sha' ? shortSha(name) : name
}
