import { createArgoEngine } from '../../src/engine/argo/argo.ts'
import type { News, SegmentOrder } from '../../src/engine/engine.ts'
import type { Check } from '../../src/ops/doctor/check.ts'
import { cluster as examine } from '../../src/ops/doctor/cluster.ts'
import { realWorld } from '../../src/world.ts'
import { finishOf, orderOf } from '../engine/conformance.ts'
import { argoFrom, type Reached, siteFor } from './cluster.ts'
import type { Settings } from './settings.ts'
import { sweep } from './sweep.ts'

/** Without these nothing else can be tried: every test would wait for its limit. */
const VITAL = ['kubeconfig', 'API server', 'Argo Workflows', 'namespace', 'trial']
/** Whoever has not even connected by then is behind something that swallows packets. */
const CHECKOUT_MS_MAX = 60_000

/** What the tests that come before all others stand on. */
export interface Patient extends Reached {
  readonly settings: Settings
  readonly instance: string
  readonly dir: string
  readonly stop: AbortSignal
  readonly say: (line: string) => void
}

/** Looks at the cluster as `periplus doctor --probe` does; whether all is well. Throws where nothing else can be tried. */
export async function doctor({ settings, dir, stop: signal, say }: Patient): Promise<boolean> {
  const argo = argoFrom(settings, dir)
  const around = { argo, variables: process.env, world: realWorld(), signal }
  const checks: Check[] = []
  for await (const check of examine({ ...around, probing: 'wanted' })) {
    checks.push(check)
    say(`${check.found.padEnd(8)} ${check.what}: ${check.says}\n${check.manifest ?? ''}`.trimEnd())
  }
  const amiss = checks.filter(({ found }) => found === 'amiss').map(({ what }) => what)
  if (amiss.some((what) => VITAL.includes(what))) throw new Error('That must be mended first.')
  return amiss.length === 0
}

/** Checks out in a pod, as every segment does; null, or why that cannot be done. */
export async function checkout(
  { cluster, settings, instance, dir, stop }: Patient,
  source: SegmentOrder['source'],
): Promise<string | null> {
  const site = siteFor(settings, { instance, dir })
  const engine = createArgoEngine({ cluster, site, world: realWorld() })
  const order = orderOf({ source }, [null])
  await engine.submit(order)
  const news: News[] = []
  const until = AbortSignal.any([stop, AbortSignal.timeout(CHECKOUT_MS_MAX)])
  for await (const one of engine.follow(order.handle, {}, until)) news.push(one)
  stop.throwIfAborted()
  await sweep(cluster, instance)
  const end = finishOf(news, 1)
  if (end === undefined) return `it had not ended after ${CHECKOUT_MS_MAX / 1_000} s`
  return end.status === 'succeeded' ? null : (end.reason ?? end.status)
}
