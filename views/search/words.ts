import { bytes, count, counted } from '../words.ts'
import type { Outcome, Progress } from './model.ts'

/** “312 logs in 58 of 4,100 executions, 1.2 GB” */
function progressWords({ logs, executions, bytes: size, of }: Progress): string {
  const all = of.exact ? count(of.count) : `${count(of.count)}+`
  return `${counted(logs, 'log')} in ${count(executions)} of ${all} ${of.count === 1 ? 'execution' : 'executions'}, ${bytes(size)}`
}

/** How a search stands, in a sentence or two. */
export function outcomeWords({ ended, problem, progress }: Outcome): string {
  const { lines, logs, executions } = progress
  const found = lines === 0 ? '' : `${counted(lines, 'line')} found${ended === 'all' ? '' : ' so far'}. `
  switch (ended) {
    case null:
      return `${found}Searching: ${progressWords(progress)}.`
    case 'all':
      return `${found}Searched ${counted(logs, 'log')} in ${counted(executions, 'execution')}, ${bytes(progress.bytes)}.`
    case 'lines':
    case 'time':
      return `${found}Searched ${progressWords(progress)}.`
    case 'problem':
      return problem ?? ''
    default:
      return ended satisfies never
  }
}
