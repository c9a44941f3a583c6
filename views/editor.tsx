import type { Finding } from '../src/domain/fault.ts'
import type { Frame } from './model.ts'
import { Icon } from './parts.tsx'

/** A definition as text: numbered lines, each problem under its line, and the plain field that works everywhere. */
export function Editor(p: {
  frame: Frame
  text: string
  findings: readonly Finding[]
  readonly?: 'readonly'
}) {
  const lines = p.text.split('\n')
  return (
    <section class="pan" aria-label="Definition">
      <header>
        <h2>
          <label for="text">Definition</label>
        </h2>
        <span class="q gap">YAML</span>
      </header>
      <div class="editor" data-editor="">
        <div class="gutter" aria-hidden="true" data-gutter="">
          {lines.map((_, i) => (
            <span class={p.findings.some((finding) => finding.line === i + 1) ? 'err' : undefined}>
              {i + 1}
            </span>
          ))}
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
      <LineProblems frame={p.frame} lines={lines} findings={p.findings} />
    </section>
  )
}

/** Each line that has a problem, with the sentence under it. */
function LineProblems(p: { frame: Frame; lines: readonly string[]; findings: readonly Finding[] }) {
  const placed = p.findings.filter((finding) => finding.line !== null)
  if (placed.length === 0) return null
  return (
    <section class="yaml" aria-label="Lines with problems" tabindex={0}>
      {placed.map((finding) => (
        <>
          <p class="err" id={`y${finding.line}`}>
            <i>{finding.line}</i>
            <span>{p.lines[(finding.line ?? 1) - 1] ?? ''}</span>
          </p>
          <p class="err">
            <i />
            <span class="say">
              <Icon frame={p.frame} name="st-failed" class="inline" /> {finding.message}
            </span>
          </p>
        </>
      ))}
    </section>
  )
}
