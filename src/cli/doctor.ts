import { FAULTS } from '../domain/fault.ts'
import type { Check, Context } from './command.ts'
import { type Colour, clean, paint } from './print.ts'

const SHAPES: Readonly<Record<Check['found'], readonly [string, Colour]>> = {
  well: ['✓ well', 'green'],
  note: ['· note', 'dim'],
  unknown: ['? unknown', 'yellow'],
  amiss: ['✗ amiss', 'red'],
}

/** `periplus doctor`: a line for each thing as it is looked at, and at the end what to apply. */
export async function doctor({ examine, line, settings, signal, terminal }: Context): Promise<number> {
  const probing = line.flags.has('--probe') ? 'wanted' : 'unwanted'
  const json = line.flags.has('--json')
  if (probing === 'wanted')
    terminal.note('It ends with a trial in the cluster, which may take three minutes.')
  const checks: Check[] = []
  for await (const check of examine(settings.config, { probing, signal })) {
    checks.push(check)
    if (!json) await terminal.out(lineOf(check, terminal))
  }
  const healthy = checks.every(({ found }) => found !== 'amiss')
  const manifests = checks.flatMap(({ manifest }) => (manifest === null ? [] : [manifest]))
  if (json) await terminal.out(`${JSON.stringify({ healthy, checks })}\n`)
  else if (manifests.length > 0)
    await terminal.out(`\n# To be applied with kubectl apply -f -\n${manifests.join('')}`)
  return healthy ? 0 : FAULTS.engine_unreachable.exit
}

/** Wide enough for every word that is looked at, so that the lines align while they come. */
const SHAPE_WIDTH = 10
const WHAT_WIDTH = 15

function lineOf({ what, found, says }: Check, terminal: Context['terminal']): string {
  const [shape, colour] = SHAPES[found]
  return `${paint(shape.padEnd(SHAPE_WIDTH), colour, terminal)} ${what.padEnd(WHAT_WIDTH)} ${clean(says)}\n`
}
