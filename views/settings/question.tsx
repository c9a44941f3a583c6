import { page } from '../layout.tsx'
import type { Frame } from '../model.ts'
import { Csrf } from '../parts.tsx'

interface Question {
  readonly title: string
  /** What becomes of what. */
  readonly consequence: string
  /** Whether somebody can take it back. */
  readonly lasting: 'for good' | 'until undone'
  readonly action: string
  readonly button: string
  readonly back: { readonly path: string; readonly word: string }
}

/** Asks before something is taken away; the safe choice comes first. */
export function questionPage(frame: Frame, p: Question): string {
  return page(
    frame,
    { title: p.title, live: null, name: 'question' },
    <div class="alone top0">
      <div class="pan asks">
        <form method="post" action={p.action}>
          <Csrf visitor={frame.visitor} />
          <div class="stack ask-body">
            <h1>{p.title}</h1>
            <p>{p.consequence}</p>
            {p.lasting === 'for good' ? <p class="b">This cannot be undone.</p> : null}
          </div>
          <footer>
            <a class="btn" href={p.back.path} autofocus>
              {p.back.word}
            </a>
            <button type="submit" class="btn bad pri">
              {p.button}
            </button>
          </footer>
        </form>
      </div>
    </div>,
  )
}
