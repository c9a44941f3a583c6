/**
 * Where an engine ran its stages, and what leads there: it has another name in each execution, and a path below it says
 * the same in all of them. `…/p-01j8…-0/workspace/` on `local`, `/workspace/source/` on `argo`.
 */
const WORKSPACE =
  /(?:file:\/\/)?(?:\/[^\s"'<>()]*)?\/p-[0-9a-z]{26}-\d+\/workspace\/|(?:file:\/\/)?(?<![\w.-])\/workspace\/source\//g

/** A text with all paths below the workspace as they are seen from its top. Of a length that was bounded before. */
export function fromWorkspace(text: string): string {
  // Nearly every text has none: one look at it is enough.
  return text.includes('/workspace/') ? text.replace(WORKSPACE, '') : text
}
