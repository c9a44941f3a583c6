import type { Frame } from '../model.ts'
import { Icon } from '../parts.tsx'

/** The second step before something newer is replaced: without its tick the deploy is refused. */
export function Older(p: { frame: Frame; why: string | null }) {
  if (p.why === null) return null
  return (
    <div class="note flush">
      <Icon frame={p.frame} name="ui-clock" />
      <div>
        <p>{p.why}</p>
        <label class="tick">
          <input type="checkbox" name="confirm" value="yes" required />
          Replace it with what is older
        </label>
      </div>
    </div>
  )
}
