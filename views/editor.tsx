import type { Finding } from '../src/domain/fault.ts'
import type { Frame } from './model.ts'
import { Icon } from './parts.tsx'
import { inked } from './yaml.ts'

/** A definition as text: numbered lines, each problem at its line, and the plain field that works everywhere. */
export function Editor(p: {
  frame: Frame
  text: string
  findings: readonly Finding[]
  readonly?: 'readonly'
  /** What more there is to be said of it, in a few words. */
  hint?: string
  /** Where the text is shown beside the one it began from. */
  compare?: { readonly path: string; readonly word: string }
}) {
  const lines = p.text.split('\n')
  return (
    <section class="pan definition" aria-label="Definition">
      <header>
        <h2>
          <label for="text">Definition</label>
        </h2>
        {p.hint === undefined ? null : <span class="q no-s">{p.hint}</span>}
        {p.compare === undefined ? (
          <span class="q gap">YAML</span>
        ) : (
          <a class="gap q2 u" href={p.compare.path}>
            {p.compare.word}
          </a>
        )}
      </header>
      <div class="editor" data-editor="">
        <div class="gutter" aria-hidden="true" data-gutter="">
          {lines.map((_, i) => (
            <span class={p.findings.some((finding) => finding.line === i + 1) ? 'err' : undefined}>
              {i + 1}
            </span>
          ))}
        </div>
        <div class="paper">
          <div class="inks scripted" aria-hidden="true" data-inks="">
            <Inks frame={p.frame} lines={lines} findings={p.findings} />
          </div>
          <textarea
            id="text"
            name="text"
            class="code"
            spellcheck={false}
            autocapitalize="none"
            autocomplete="off"
            wrap="off"
            rows={Math.max(20, lines.length + 1)}
            readonly={p.readonly !== undefined}
            aria-invalid={p.findings.length > 0 ? 'true' : undefined}
            aria-describedby={p.findings.length > 0 ? 'problems' : undefined}
          >
            {/* A first newline in a textarea is dropped by HTML. */ `\n${p.text}`}
          </textarea>
        </div>
      </div>
      <LineProblems frame={p.frame} lines={lines} findings={p.findings} />
    </section>
  )
}

/** What is seen of the text where there is a script: its inks, and what is wrong at the end of its line. */
function Inks(p: { frame: Frame; lines: readonly string[]; findings: readonly Finding[] }) {
  return (
    <>
      {inked(p.lines).map((pieces, index) => {
        const problems = p.findings.filter(({ line }) => line === index + 1)
        return (
          <p class={problems.length === 0 ? undefined : 'err'}>
            {pieces.map(({ text, ink }) => (ink === null ? text : <span class={ink}>{text}</span>))}
            {problems.map(({ message }) => (
              <span class="say">
                <Icon frame={p.frame} name="st-failed" class="inline" /> {message}
              </span>
            ))}
          </p>
        )
      })}
    </>
  )
}

/** Each line that has a problem, with the sentences under it. */
function LineProblems(p: { frame: Frame; lines: readonly string[]; findings: readonly Finding[] }) {
  const numbers = new Set(p.findings.flatMap(({ line }) => (line === null ? [] : [line])))
  if (numbers.size === 0) return null
  return (
    <section class="yaml lines-wrong" aria-label="Lines with problems" tabindex={0}>
      {[...numbers].map((number) => (
        <>
          <p class="err" id={`y${number}`}>
            <i>{number}</i>
            <span>{p.lines[number - 1] ?? ''}</span>
          </p>
          {p.findings.map(({ line, message }) =>
            line !== number ? null : (
              <p class="err">
                <i />
                <span class="say">
                  <Icon frame={p.frame} name="st-failed" class="inline" /> {message}
                </span>
              </p>
            ),
          )}
        </>
      ))}
    </section>
  )
}
