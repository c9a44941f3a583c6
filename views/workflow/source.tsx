import { controlName } from '../../src/domain/form/control.ts'
import { SOURCE_FIELDS } from '../../src/domain/form/fields.ts'
import { REF_KINDS, shownRef } from '../../src/domain/form/read.ts'
import type { Path } from '../../src/domain/path.ts'
import { PHASE_WORDS } from '../../src/domain/status.ts'
import { PartField, type Sheet, Wrong } from './field.tsx'
import { idOf } from './ids.ts'
import { ownProblems, Pair, Section, textAt } from './section.tsx'

const SOURCE: Path = ['source', 'git']

/** The repository, and which of its commits. */
export function SourceSection(p: { sheet: Sheet; open?: 'open' }) {
  const { sheet } = p
  const { kind, ref } = shownRef(sheet.form, SOURCE)
  const url = textAt(sheet, [...SOURCE, 'url'])
  const problems = ownProblems(sheet.findings, SOURCE, [...REF_KINDS])
  return (
    <Section
      sheet={sheet}
      title={PHASE_WORDS.source}
      path={['source']}
      summary={[url.replace(/^\w+:\/\/|\.git$/g, ''), ref.text].filter((word) => word !== '').join(', ')}
      {...(p.open === undefined ? {} : { open: p.open })}
    >
      <Pair>
        {SOURCE_FIELDS.map((spec) => (
          <PartField sheet={sheet} part={SOURCE} spec={spec} />
        ))}
        <div>
          <label class="l" for={idOf(ref.key)}>
            {REF_WORDS[refKind(kind.text)]}
          </label>
          <div class="ref">
            <select
              class="in"
              name={controlName(kind)}
              id={idOf(kind.key)}
              aria-label="What names the commit"
            >
              {REF_KINDS.map((one) => (
                <option value={one} selected={one === kind.text}>
                  {REF_WORDS[one]}
                </option>
              ))}
            </select>
            <input
              class="in"
              name={controlName(ref)}
              id={idOf(ref.key)}
              value={ref.text}
              spellcheck={false}
              autocapitalize="none"
              autocomplete="off"
              aria-invalid={problems.length > 0 ? 'true' : undefined}
              aria-describedby={`${idOf(ref.key)}-p`}
            />
          </div>
          {problems.length > 0 ? (
            <Wrong frame={sheet.frame} id={`${idOf(ref.key)}-p`} problems={problems} />
          ) : (
            <p class="hint" id={`${idOf(ref.key)}-p`}>
              A name for many, release/*, asks at each run.
            </p>
          )}
        </div>
      </Pair>
    </Section>
  )
}

export const REF_WORDS = { branch: 'Branch', tag: 'Tag', sha: 'Commit' } as const

function refKind(text: string): keyof typeof REF_WORDS {
  return REF_KINDS.find((kind) => kind === text) ?? 'branch'
}
