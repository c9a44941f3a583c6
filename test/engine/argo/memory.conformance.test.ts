import { conformance, type Harness } from '../conformance.ts'
import { NAMESPACE, Room } from './room.ts'

conformance('argo, before a simulated cluster in simulated time,', async (): Promise<Harness> => {
  const room = new Room()
  const { api } = room.standIn
  return {
    engine: room.engine(),
    source: {
      url: 'https://git.example/shop.git',
      sha: 'a'.repeat(40),
      branch: 'main',
      tag: null,
      credential: null,
    },
    script: (behaviour) => JSON.stringify(behaviour),
    async restart() {
      ;(this as { engine: Harness['engine'] }).engine = room.engine()
    },
    proceed: async (handle, stage) => room.proceed(handle, stage),
    kill: async (handle) => {
      api.delete('pods', NAMESPACE, room.pod(handle)?.metadata.name ?? '', { graceSeconds: 30 })
    },
    lose: async (handle) => {
      api.delete('workflows', NAMESPACE, handle, { propagation: 'Foreground' })
    },
    during: (work) => room.during(work),
    close: async () => room.standIn.close(),
  }
})
