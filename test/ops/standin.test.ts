import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readSettings } from '../../src/config/settings.ts'
import { doctor } from '../../src/ops/doctor.ts'
import { realWorld } from '../../src/world.ts'
import { cannotIsolate, ProcessRuntime } from '../argo/processes.ts'
import { REAL_TIME } from '../argo/realtime.ts'
import { ClusterServer } from '../argo/server.ts'
import { QUICK, StandIn } from '../argo/standin.ts'
import { all } from '../cluster/ground.ts'

let dir: string
let runtime: ProcessRuntime
let standIn: StandIn
let server: ClusterServer
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'periplus-doctor-'))
  runtime = new ProcessRuntime(dir)
  standIn = new StandIn({ time: REAL_TIME, runtime, delays: QUICK })
  server = new ClusterServer(standIn, REAL_TIME)
  await server.start()
})
afterEach(async () => {
  standIn.close()
  await runtime.close()
  await server.close()
  rmSync(dir, { recursive: true, force: true })
})

async function examine(
  flags: Readonly<Record<string, string>> = {},
  probing: 'wanted' | 'unwanted' = 'wanted',
) {
  const given = {
    '--argo-namespace': 'argo',
    '--argo-image': 'busybox:1.37',
    '--kubeconfig': server.kubeconfig(join(dir, 'kubeconfig')),
  }
  const { config } = readSettings(new Map(Object.entries({ ...given, ...flags })), {})
  const { signal } = new AbortController()
  const checks = await all(doctor({ config, world: realWorld(), signal, probing }))
  return new Map(checks.map((check) => [check.what, check]))
}

describe.skipIf(cannotIsolate() !== null)('a trial in a cluster of real processes', () => {
  test('ends well, and nothing of it stays', async () => {
    const checks = await examine()

    expect(checks.get('trial')).toMatchObject({ found: 'well' })
    expect([...checks.values()].filter(({ found }) => found === 'amiss' || found === 'unknown')).toEqual([])
    expect(standIn.api.list('workflows', 'argo', {}).items).toEqual([])
  })
})

test('a namespace that may not be read is tried, and nothing stays of that', async () => {
  server.denied.add('get namespaces')

  const checks = await examine({}, 'unwanted')

  expect(checks.get('namespace')).toMatchObject({
    found: 'well',
    says: expect.stringContaining('only a dry run'),
  })
  expect(standIn.api.list('workflows', 'argo', {}).items).toEqual([])
})

test('a right that is missing is found, whatever the cluster is', async () => {
  server.denied.add('get pods/log')

  const checks = await examine()

  expect(checks.get('rights')).toMatchObject({
    found: 'amiss',
    says: expect.stringContaining('lacks in argo: get pods/log.'),
  })
  expect(checks.get('rights')?.manifest).toContain('kind: RoleBinding')
})
