import { Collector, type CollectorDelays } from './collector.ts'
import { Controller, type ControllerOptions } from './controller.ts'
import { Kubelet } from './kubelet.ts'
import type { LogLimits } from './logfile.ts'
import { ApiServer } from './model.ts'
import type { KubeletDelays, Troubles } from './node.ts'
import type { Time } from './objects.ts'
import type { Runtime } from './runtime.ts'

export interface Delays {
  readonly controller: Pick<ControllerOptions, 'requeueMs' | 'reactMs' | 'writeMs' | 'lookMs'>
  readonly collector: CollectorDelays
  readonly kubelet: KubeletDelays
}

/** What was recorded on an idle machine. */
export const RECORDED: Delays = {
  controller: { requeueMs: 10_000, reactMs: 25, writeMs: 15, lookMs: 15 },
  collector: { dependentsMs: 10, orphansMs: 250, namespaceMs: 5_000 },
  kubelet: {
    scheduleMs: 8,
    acceptMs: 20,
    sandboxMs: 400,
    initMs: 100,
    initRunMs: 150,
    startMs: 450,
    relistMs: 1_004,
    relistAtMs: 0,
    relistLagMs: 150,
    signalMs: 130,
    stoppedMs: 140,
    clearMs: 1_070,
    removeMs: 300,
    pollMs: 1_000,
    waitMs: 30,
    logEndMs: 1_000,
    scheduleRetryMs: 5_000,
    mountRetryMs: 1_500,
    configRetryMs: 12_000,
    backoffMs: 2_000,
    imageRetryMs: 29_500,
  },
}

/** The same order of events in some milliseconds, for tests that run in real time. */
export const QUICK: Delays = {
  controller: { requeueMs: 100, reactMs: 5, writeMs: 2, lookMs: 1 },
  collector: { dependentsMs: 2, orphansMs: 20, namespaceMs: 20 },
  kubelet: {
    scheduleMs: 1,
    acceptMs: 1,
    sandboxMs: 2,
    initMs: 1,
    initRunMs: 2,
    startMs: 2,
    relistMs: 10,
    relistAtMs: 0,
    relistLagMs: 0,
    signalMs: 1,
    stoppedMs: 5,
    clearMs: 10,
    removeMs: 250,
    pollMs: 5,
    waitMs: 2,
    logEndMs: 10,
    scheduleRetryMs: 20,
    mountRetryMs: 20,
    configRetryMs: 50,
    backoffMs: 20,
    imageRetryMs: 100,
  },
}

export interface StandInOptions {
  readonly time: Time
  readonly runtime: Runtime
  readonly delays?: Delays
  readonly namespaces?: readonly string[]
  readonly instanceId?: string
  readonly workflowDefaults?: Readonly<Record<string, unknown>>
  readonly logLimits?: LogLimits
}

/** The kubelet's defaults. */
const LOG_LIMITS = { bytesMax: 10 * 1024 * 1024, filesMax: 5 }

/** A cluster with Argo Workflows: all its parts, in one clock, with the hands that tests need. */
export class StandIn {
  readonly api: ApiServer
  readonly collector: Collector
  readonly controller: Controller
  readonly kubelet: Kubelet
  /** What is wrong with the world; asked each time it matters. */
  readonly troubles: Troubles = {
    unschedulable: () => null,
    image: () => null,
    runsAsRoot: () => true,
    executor: () => null,
  }

  constructor({ time, runtime, delays = RECORDED, ...options }: StandInOptions) {
    const {
      namespaces = ['argo'],
      instanceId = null,
      workflowDefaults = {},
      logLimits = LOG_LIMITS,
    } = options
    this.api = new ApiServer(time, namespaces)
    this.collector = new Collector(this.api, time, delays.collector)
    this.kubelet = new Kubelet({
      api: this.api,
      time,
      runtime,
      delays: delays.kubelet,
      troubles: this.troubles,
      logLimits,
    })
    this.controller = new Controller(this.api, time, {
      ...delays.controller,
      instanceId,
      workflowDefaults,
      terminate: (pod) => this.kubelet.terminate(pod),
    })
  }

  /** Whatever still runs is killed. */
  close(): void {
    this.controller.down()
    this.kubelet.close()
  }
}
