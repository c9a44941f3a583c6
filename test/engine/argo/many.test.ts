import { expect, spyOn, test } from 'bun:test'
import type { News } from '../../../src/engine/engine.ts'
import { milestones, orderOf } from '../conformance.ts'
import { Room } from './room.ts'

const SEGMENTS = 200
const SOURCE = {
  url: 'https://git.example/shop.git',
  sha: 'a'.repeat(40),
  branch: 'main',
  tag: null,
  credential: null,
}

test(`${SEGMENTS} segments at once are told by two watches, each to its end`, async () => {
  const room = new Room()
  const watch = spyOn(room.cluster, 'watch')
  const engine = room.engine()
  const script = JSON.stringify({ does: 'ends', lines: ['one'], exit: 0 })
  const orders = Array.from({ length: SEGMENTS }, () => orderOf({ source: SOURCE }, [script]))
  const told = new Map<string, News[]>(orders.map(({ handle }) => [handle, []]))

  await Promise.all(orders.map((order) => engine.submit(order)))
  const stories = orders.map(async ({ handle }) => {
    for await (const news of engine.follow(handle, {}, new AbortController().signal))
      told.get(handle)?.push(news)
  })
  await room.during(Promise.all(stories))

  expect(watch.mock.calls.map(([kind]) => kind).toSorted()).toEqual(['pods', 'workflows'])
  for (const news of told.values())
    expect(milestones(news)).toEqual(['segment.started', '1 began', '1 succeeded', 'succeeded'])
})
