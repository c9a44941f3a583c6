import { createArgoEngine } from '../../src/engine/argo/argo.ts'
import type { Site } from '../../src/engine/argo/compile.ts'
import { INSTANCE_LABEL, WORKFLOW_LABEL } from '../../src/engine/argo/names.ts'
import type { Engine, Handle, SegmentOrder } from '../../src/engine/engine.ts'
import { realWorld } from '../../src/world.ts'
import type { Behaviour, Harness } from '../engine/conformance.ts'
import { podScriptOf } from '../engine/scripts.ts'
import { type Reached, type Run, reach, siteFor } from './cluster.ts'
import { withRepository } from './repository.ts'
import type { Settings } from './settings.ts'
import { leftOf, sweep } from './sweep.ts'

/** A stranger deletes with so much patience. */
const STRANGER_GRACE_SECONDS = 1
/** More lines than these make a manifest larger than some controllers take, so they are counted and not written out. */
const LINES_WRITTEN_OUT = 100

/** The real cluster: what tests may do there is what the engine itself may do. */
export class LiveGround implements Harness {
  readonly source: SegmentOrder['source']
  readonly #reached: Reached
  readonly #run: Run
  readonly #site: Site
  readonly #waitSeconds: number
  engine: Engine

  constructor(settings: Settings, run: Run) {
    this.#run = run
    this.#reached = reach(settings)
    this.#site = siteFor(settings, run)
    this.#waitSeconds = settings.waitSeconds
    this.source = run.source
    this.engine = this.#open()
  }

  script(behaviour: Behaviour): string {
    if (behaviour.does === 'ends' && behaviour.lines.length > LINES_WRITTEN_OUT) return counted(behaviour)
    // Nothing that may be done to a pod from outside could wake it, but its own clock.
    return podScriptOf(
      behaviour,
      `i=0; while [ $i -lt ${this.#waitSeconds} ]; do sleep 1; i=$((i + 1)); done`,
    )
  }

  async restart(): Promise<void> {
    this.engine = this.#open()
  }

  /** A stage that waits goes on by itself. */
  async proceed(): Promise<void> {}

  async kill(handle: Handle): Promise<void> {
    const { cluster } = this.#reached
    const { items } = await cluster.list('pods', { labelSelector: `${WORKFLOW_LABEL}=${handle}` })
    for (const { metadata } of items)
      await cluster.deletePod(metadata.name, metadata.uid ?? '', STRANGER_GRACE_SECONDS)
  }

  async lose(handle: Handle): Promise<void> {
    await this.#reached.deleteForeground(handle)
  }

  during<T>(work: Promise<T>): Promise<T> {
    return work
  }

  async close(): Promise<void> {
    const { cluster } = this.#reached
    const { instance } = this.#run
    const { items } = await cluster.list('workflows', { labelSelector: `${INSTANCE_LABEL}=${instance}` })
    for (const { metadata } of items) {
      await this.engine.terminate(metadata.name)
      for await (const _ of this.engine.follow(metadata.name, {}, new AbortController().signal));
      await this.engine.release(metadata.name)
    }
    const left = await leftOf(cluster, instance)
    if (left.length === 0) return
    await sweep(cluster, instance)
    throw new Error(`This was left behind: ${left.join(', ')}.`)
  }

  #open(): Engine {
    const { cluster } = this.#reached
    return createArgoEngine({
      cluster: this.#run.madeIn === 'pod' ? withRepository(cluster) : cluster,
      site: this.#site,
      world: realWorld(),
    })
  }
}

/** Writes the same lines by counting. */
function counted({ lines, exit }: Extract<Behaviour, { does: 'ends' }>): string {
  const wrong = lines.findIndex((line, index) => line !== `line ${index + 1}`)
  if (wrong >= 0) throw new Error(`So many lines must be numbered, and line ${wrong + 1} is not.`)
  return `seq 1 ${lines.length} | sed 's/^/line /'; exit ${exit}`
}
