import type { z } from 'zod'
import type { SystemSchema } from '../contract/administration.ts'
import type { ServerDeps } from './context.ts'
import type { Streams } from './streams.ts'
import { time, timeOrNull } from './wire.ts'

export type System = z.infer<typeof SystemSchema>

/** How the server is just now; the engines and the disk are asked anew. */
export async function systemOf(
  { store, settings, machine, world }: ServerDeps,
  streams: Streams,
): Promise<System> {
  const engines = await machine.engines()
  const running = store.segments.running()
  const { due, retrying, oldestAt } = store.effects.load(world.now())
  const { path, free, total, needed } = machine.disk()
  return {
    version: settings.version,
    startedAt: time(machine.startedAt),
    engines: engines.map((one) => ({
      ...one,
      warnings: [...one.warnings],
      tools: [...one.tools],
      running: running.get(one.name) ?? 0,
    })),
    disk: { path, freeBytes: free, totalBytes: total, neededBytes: needed },
    databases: machine.databases().map((one) => ({ ...one })),
    queue: { waiting: store.effects.queued().length, due, retrying, oldestAt: timeOrNull(oldestAt) },
    streams: streams.open,
    memoryBytes: machine.memory(),
    instance: store.instance,
    timezone: settings.timezone,
  }
}
