import { afterAll, afterEach, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readSettings } from '../../src/config/settings.ts'
import { type Running, startServer } from '../../src/serve.ts'
import { Ground, refused } from '../cluster/ground.ts'

const MAIN = join(import.meta.dir, '..', '..', 'src', 'main.ts')
const ground = new Ground()
const dir = mkdtempSync(join(tmpdir(), 'periplus-serve-'))
const running: Running[] = []
afterEach(async () => {
  for (const server of running.splice(0)) await server.stop()
})
afterAll(async () => {
  await ground.remove()
  rmSync(dir, { recursive: true })
})

async function start(kubeconfig: string): Promise<string> {
  const flags = {
    '--data': join(dir, 'data'),
    '--listen': '0',
    '--log-level': 'error',
    '--min-free': '0B',
    '--argo-namespace': 'argo',
    '--kubeconfig': kubeconfig,
    '--engine': 'argo',
  }
  const server = await startServer(readSettings(new Map(Object.entries(flags)), {}).config, [
    process.execPath,
    MAIN,
  ])
  running.push(server)
  return server.address
}

/** By the socket: whoever is not signed in is not told why. */
function readiness(address: string): Promise<Response> {
  return fetch(`${address}/readyz`, { unix: join(dir, 'data', 'run', 'periplus.sock') })
}

/** What `/readyz` says of the cluster, asked again until it has answered. */
async function cluster(address: string): Promise<{ readonly status: number; readonly check: object }> {
  for (;;) {
    const answer = await readiness(address)
    const { checks } = (await answer.json()) as { checks: readonly { name: string; reason: string | null }[] }
    const check = checks.find(({ name }) => name === 'engine argo')
    if (check !== undefined && !check.reason?.includes('has not answered yet'))
      return { status: answer.status, check }
  }
}

describe('a server with a cluster', () => {
  test('says that it is there', async () => {
    ground.answer = () => Response.json({ items: [], metadata: { resourceVersion: '1' } })

    const { status, check } = await cluster(await start(ground.kubeconfig()))

    expect({ status, check }).toMatchObject({ status: 200, check: { ok: true, reason: null } })
    expect(ground.asked[0]?.path).toBe('/apis/argoproj.io/v1alpha1/namespaces/argo/workflows')
  })

  test('that is away starts all the same, and says why and what would help', async () => {
    const { status, check } = await cluster(
      await start(ground.kubeconfig({ cluster: { server: 'https://127.0.0.1:1' } })),
    )

    expect({ status, check }).toMatchObject({ status: 200, check: { ok: false } })
    expect(check).toHaveProperty(
      'reason',
      expect.stringContaining('Nothing listens at https://127.0.0.1:1 (context test).'),
    )
  })

  test('that never answers is listened for and not waited for', async () => {
    const { promise: asked, resolve } = Promise.withResolvers<void>()
    ground.answer = () => {
      resolve()
      return new Promise(() => {})
    }

    const address = await start(ground.kubeconfig())
    await asked

    expect((await fetch(`${address}/healthz`)).status).toBe(200)
  })

  test('that refuses something is told of with the right that is missing', async () => {
    ground.answer = () =>
      refused(
        403,
        'Forbidden',
        'workflows.argoproj.io is forbidden: User "x" cannot list resource "workflows"',
      )

    const address = await start(ground.kubeconfig())
    await cluster(address)

    expect(await (await readiness(address)).text()).toContain(
      'does not let periplus list workflows.argoproj.io in the namespace argo',
    )
  })
})
