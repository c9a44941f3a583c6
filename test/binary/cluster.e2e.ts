import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { cannotIsolate, ProcessRuntime } from '../argo/processes.ts'
import { REAL_TIME } from '../argo/realtime.ts'
import { ClusterServer } from '../argo/server.ts'
import { QUICK, StandIn } from '../argo/standin.ts'
import { periplus, scratch } from './support.ts'

const { dir, remove } = scratch()
const runtime = new ProcessRuntime(join(dir, 'node'))
const standIn = new StandIn({ time: REAL_TIME, runtime, delays: QUICK })
const server = new ClusterServer(standIn, REAL_TIME)
beforeAll(() => server.start())
afterAll(async () => {
  standIn.close()
  await runtime.close()
  await server.close()
  remove()
})

async function doctor(kubeconfig: string, ...flags: readonly string[]) {
  const cluster = ['--argo-namespace', 'argo', '--argo-image', 'busybox:1.37', '--kubeconfig', kubeconfig]
  return await periplus(['doctor', '--json', ...cluster, ...flags])
}

describe('the executable speaks to a cluster with an authority of its own', () => {
  const probe = cannotIsolate() === null ? ['--probe'] : []

  test.each(['token', 'certificate'] as const)('by a %s', async (by) => {
    const { code, out } = await doctor(server.kubeconfig(join(dir, by), by), ...probe)

    const { checks } = JSON.parse(out) as { checks: readonly { what: string; found: string; says: string }[] }
    expect(checks.filter(({ found }) => found === 'amiss')).toEqual([])
    expect(code).toBe(0)
    expect(checks.find(({ what }) => what === 'API server')?.says).toStartWith('Kubernetes v')
  })

  test('and says of one that is gone what would help', async () => {
    const kubeconfig = server.kubeconfig(join(dir, 'gone'))
    await server.kill()

    const { code, out } = await doctor(kubeconfig)

    expect(code).toBe(7)
    expect(out).toContain('Nothing listens at https://127.0.0.1:')
    await server.start()
  })
})
