import { MEASURE_KINDS } from '../../src/domain/measure.ts'
import { STATUSES } from '../../src/domain/status.ts'

/** Places that stories of a few dozen seeds must all have come to; a simulation that never went there proves nothing of them. */
const MUST_SEE: readonly string[] = [
  ...STATUSES.map((status) => `status: ${status}`),
  'event: gate.expired',
  'event: gate.rejected',
  'event: submit.refused',
  'event: timeout.passed',
  'event: validation.failed',
  'lost: gone',
  'lost: unknown',
  'superseded',
  'asked too late',
  'released',
  'leftover',
  'crash',
  'follow: resumed',
  'follow: said twice',
  'wire: undelivered',
  'wire: answer lost',
  'wire: late',
  'wire: silent',
  'stream: dead',
  'shake: unlabel',
  'harm: killed',
  'harm: lost',
  'log with a gap',
  'shake: compact',
  'shake: controller',
  'shake: evict',
  'shake: kubelet',
  'shake: oom',
  'shake: usurp',
  'stream: broken',
  'twin',
  'act: conflict',
  'act: forbidden',
  'double-click: conflict',
  'log compared',
  'report: read',
  'report: wrong',
  'report: compared',
  ...MEASURE_KINDS.map((kind) => `measure: ${kind}`),
  'rerun: done',
  'rerun: conflict',
  'rerun: forbidden',
  'rerun: taken over',
  'rerun: at a gate',
  'rerun: of a rerun',
  'rerun: let go',
]

/** Which of them were never seen. */
export function missing(coverage: ReadonlyMap<string, number>): string[] {
  return MUST_SEE.filter((what) => !coverage.has(what))
}
