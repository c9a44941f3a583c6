import { conformance } from '../engine/conformance.ts'
import { Clock, settled } from './clock.ts'
import { Ground } from './ground.ts'

conformance('the simulated engine', async () => {
  const clock = new Clock(0)
  const ground = new Ground('local', clock)
  return {
    engine: ground,
    source: {
      url: 'https://git.example/shop.git',
      sha: 'a'.repeat(40),
      branch: 'main',
      tag: null,
      credential: null,
    },
    script: (behaviour) => JSON.stringify(behaviour),
    restart: async () => {},
    proceed: async (handle, stage) => {
      ground.segments.get(handle)?.proceed.add(stage)
    },
    kill: async (handle) => ground.kill(handle),
    lose: async (handle) => ground.lose(handle),
    during: async (work) => {
      let over = false
      const watched = work.finally(() => {
        over = true
      })
      watched.catch(() => undefined)
      for (await settled(); !over; await settled()) if (!clock.step(clock.now() + 60_000)) break
      return watched
    },
    close: async () => {},
  }
})
