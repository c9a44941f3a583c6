import { afterEach, beforeEach, expect, test } from 'bun:test'
import { connect, type Socket } from 'node:net'
import fc from 'fast-check'
import { createClient } from '../../src/contract/client.ts'
import type { LinesEventWire, LogLineWire } from '../../src/contract/schemas.ts'
import { type Message, messages } from '../../src/contract/sse.ts'
import { type Harness, startHarness } from './harness.ts'

let server: Harness
let id: string
beforeEach(async () => {
  server = startHarness()
  await server.define()
  id = await server.trigger()
  server.script.prepare(id)
  server.script.start(id)
  server.script.startStage(id, 'source')
})
afterEach(() => server.close())

const texts = (from: number, count: number) => Array.from({ length: count }, (_, i) => `line ${from + i}`)
const linesOf = (message: Message): readonly LogLineWire[] =>
  (JSON.parse(message.data) as LinesEventWire).lines

/** Opens a stream and reads one message after another; `close` hangs up. */
async function open(path: string, lastEventId?: string) {
  const abort = new AbortController()
  const response = await fetch(server.address + path, {
    signal: abort.signal,
    headers: {
      authorization: 'Bearer ppl_viewer',
      accept: 'text/event-stream',
      ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
    },
  })
  const reader = messages(response.body ?? new ReadableStream())
  return {
    status: response.status,
    async next(): Promise<Message> {
      const { value, done } = await reader.next()
      if (done || value === undefined) throw new Error('the stream ended')
      return value
    },
    async rest(): Promise<Message[]> {
      const all: Message[] = []
      for await (const message of reader) all.push(message)
      return all
    },
    close: () => abort.abort(),
  }
}

const LOG = () => `/api/v1/executions/${id}/stages/source/log`

test('a follower sees what was stored, then each line as it comes, then the end', async () => {
  server.script.write(id, 'source', texts(1, 3))
  const viewer = await open(`${LOG()}?follow=true`)

  const stored = await viewer.next()
  server.script.write(id, 'source', texts(4, 2))
  const live = await viewer.next()
  server.script.endStage(id, 'source')
  const end = await viewer.rest()

  expect(stored).toMatchObject({ id: '3', event: 'lines' })
  expect(linesOf(stored).map((line) => [line.number, line.text])).toEqual([
    [1, 'line 1'],
    [2, 'line 2'],
    [3, 'line 3'],
  ])
  expect(live.id).toBe('5')
  expect(end.map(({ event, data }) => [event, data])).toEqual([['end', '{"status":"succeeded"}']])
  expect(server.web.streams()).toBe(0)
})

test('headers arrive before the first line does', async () => {
  const viewer = await open(`${LOG()}?follow=true`)

  expect(viewer.status).toBe(200)
  viewer.close()
})

test('whoever comes back gets every line once, wherever the connection broke', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constant('drop' as const)), { maxLength: 12 }),
      async (story) => {
        const run = await server.trigger()
        server.script.startStage(run, 'validation')
        const path = `/api/v1/executions/${run}/stages/validation/log?follow=true`
        const seen: number[] = []
        let last: string | undefined
        let written = 0
        let viewer = await open(path, last)
        const catchUp = async () => {
          while (seen.length < written) {
            const message = await viewer.next()
            seen.push(...linesOf(message).map((line) => line.number))
            last = message.id ?? undefined
          }
        }
        for (const step of story) {
          if (step === 'drop') {
            viewer.close()
            viewer = await open(path, last)
          } else {
            server.script.write(run, 'validation', texts(written + 1, step))
            written += step
            // Half of the time the reader is behind when the connection breaks.
            if (step % 2 === 0) await catchUp()
          }
        }
        await catchUp()
        viewer.close()
        expect(seen).toEqual(Array.from({ length: written }, (_, i) => i + 1))
      },
    ),
    { numRuns: 25 },
  )
})

test('a whole execution is followed stage after stage, by ids of stage and line', async () => {
  const viewer = await open(`/api/v1/executions/${id}/log?follow=true`)
  server.script.write(id, 'source', texts(1, 2))
  const first = await viewer.next()
  viewer.close()
  server.script.write(id, 'source', texts(3, 1))
  server.script.endStage(id, 'source')
  server.script.startStage(id, 'build')
  server.script.write(id, 'build', ['built'])

  const again = await open(`/api/v1/executions/${id}/log?follow=true`, first.id ?? '')
  const [source, build] = [await again.next(), await again.next()]
  server.script.endStage(id, 'build', 'failed')
  server.script.endSegment(id, 'failed')
  const end = await again.rest()

  expect([first.id, source.id, build.id]).toEqual(['1:2', '1:3', '2:1'])
  expect(linesOf(source).map((line) => line.text)).toEqual(['line 3'])
  expect(JSON.parse(build.data)).toMatchObject({ stage: 'build', ordinal: 2 })
  expect(end.map(({ event, data }) => [event, data])).toEqual([['end', '{"status":"failed"}']])
})

test('a stage that was never reached does not hold the followers of the execution up', async () => {
  server.script.endStage(id, 'source', 'failed')
  server.script.endSegment(id, 'failed')

  const viewer = await open(`/api/v1/executions/${id}/log?follow=true`)

  expect((await viewer.rest()).map(({ event }) => event)).toEqual(['end'])
})

test('a Last-Event-ID that is none is refused', async () => {
  for (const [path, last] of [
    [`${LOG()}?follow=true`, '1:2'],
    [`/api/v1/executions/${id}/log?follow=true`, '5'],
    ['/api/v1/events', 'x'],
  ] as const) {
    const viewer = await open(path, last)

    expect(viewer.status).toBe(422)
  }
})

test('windows say where they go on, and a negative start counts from the end', async () => {
  server.script.write(id, 'source', texts(1, 25))

  const first = await server.json(`${LOG()}?limit=10`)
  const second = await server.json(first.next)
  const tail = await server.json(`${LOG()}?from=-3`)
  const beyond = await server.json(`${LOG()}?from=100`)

  expect(first).toMatchObject({ total: 25, sealed: false, ordinal: 1 })
  expect(second.lines[0]).toMatchObject({ number: 11, text: 'line 11', kind: 'line' })
  expect(tail.lines.map((line: LogLineWire) => line.number)).toEqual([23, 24, 25])
  expect(tail.next).toBeNull()
  expect(beyond).toMatchObject({ lines: [], next: null })
})

test('a window over the whole execution goes on from stage to stage', async () => {
  server.script.write(id, 'source', texts(1, 5))
  server.script.endStage(id, 'source')
  server.script.startStage(id, 'build')
  server.script.write(id, 'build', texts(1, 5))

  const found: string[] = []
  let next: string | null = `/api/v1/executions/${id}/log?limit=3`
  while (next !== null) {
    const page: { lines: { stage: string; number: number }[]; next: string | null } = await server.json(next)
    found.push(...page.lines.map((line) => `${line.stage}:${line.number}`))
    next = page.next
  }

  expect(found).toEqual(['source', 'build'].flatMap((stage) => [1, 2, 3, 4, 5].map((n) => `${stage}:${n}`)))
})

test('text is what was written, with times where wanted, and may be followed', async () => {
  server.script.write(id, 'source', ['\u001b[32mgreen\u001b[0m', '<b>bold</b>'])
  const ask = (query: string) => server.call(`${LOG()}${query}`, { headers: { accept: 'text/plain' } })

  const plain = await ask('')
  const timed = await ask('?timestamps=true')
  const file = await server.call(`${LOG()}?download=true`)
  const followed = await ask('?follow=true')
  server.script.write(id, 'source', ['last'])
  server.script.endStage(id, 'source')

  expect(await plain.text()).toBe('\u001b[32mgreen\u001b[0m\n<b>bold</b>\n')
  expect(plain.headers.get('content-type')).toBe('text/plain; charset=utf-8')
  expect(await timed.text()).toStartWith('2026-09-01T08:00:00.000Z \u001b[32mgreen')
  expect(file.headers.get('content-disposition')).toBe('attachment; filename="storefront-1-source.log"')
  expect(await followed.text()).toEndWith('<b>bold</b>\nlast\n')
})

test('a log of many lines is downloaded whole', async () => {
  for (let from = 1; from <= 50_000; from += 10_000) server.script.write(id, 'source', texts(from, 10_000))

  const text = await (await server.call(`${LOG()}?download=true`)).text()

  expect(text.split('\n')).toHaveLength(50_001)
  expect(text).toEndWith('line 50000\n')
})

test('the typed client follows a log and calls what the table lists', async () => {
  const client = createClient({ server: 'http://periplus', socket: server.socket })
  server.script.write(id, 'source', texts(1, 2))
  server.script.endStage(id, 'source')

  const me = await client.call('getMe', {})
  const seen: string[] = []
  for await (const message of client.stream('getStageLog', {
    params: { id, stage: 'source' },
    query: { follow: true },
  })) {
    seen.push(message.event)
  }
  const text = await new Response(
    await client.text('getStageLog', { params: { id, stage: 'source' } }),
  ).text()
  const refused = client.call('getExecution', { params: { id: 'nope/../x' } })

  expect(me).toEqual({ name: 'local-admin', role: 'admin', local: true })
  expect(seen).toEqual(['lines', 'end'])
  expect(text).toBe('line 1\nline 2\n')
  await expect(refused).rejects.toMatchObject({ kind: 'not_found' })
})

test('events arrive in their order with the execution as it is, and a resume replays what was missed', async () => {
  const viewer = await open('/api/v1/events')
  server.script.endStage(id, 'source')
  const first = await viewer.next()
  viewer.close()
  server.script.startStage(id, 'build')
  server.script.endStage(id, 'build')

  const again = await open('/api/v1/events', first.id ?? '')
  const missed = [await again.next(), await again.next()]
  again.close()

  expect(JSON.parse(first.data)).toMatchObject({
    event: { type: 'stage.finished', stage: 'source', execution: id },
    execution: { id, status: 'running' },
  })
  expect(missed.map(({ data }) => JSON.parse(data).event.type)).toEqual(['stage.started', 'stage.finished'])
  expect(missed.map((message) => Number(message.id))).toEqual([Number(first.id) + 1, Number(first.id) + 2])
})

test('events are narrowed to an execution or a workflow', async () => {
  const other = await server.trigger()
  const [mine, ofWorkflow] = [
    await open(`/api/v1/events?execution=${other}`),
    await open('/api/v1/events?workflow=storefront'),
  ]

  server.script.endStage(id, 'source')
  server.ledger.terminate(server.script.rowOf(other).id, { kind: 'system', name: 'test' }, null)

  expect(JSON.parse((await mine.next()).data).event.execution).toBe(other)
  expect(JSON.parse((await ofWorkflow.next()).data).event.execution).toBe(id)
  mine.close()
  ofWorkflow.close()
})

test('whoever missed more than a thousand events, or comes from another instance, is told to reload', async () => {
  const { id: key } = server.script.rowOf(id)
  for (let i = 0; i < 1_001; i += 1) server.ledger.waits(key, `reason ${i}`)

  const behind = await open('/api/v1/events', '1')
  const ahead = await open('/api/v1/events', '999999')

  expect((await behind.next()).event).toBe('reload')
  expect((await ahead.next()).event).toBe('reload')
  behind.close()
  ahead.close()
})

test('one stream of a page carries changes and lines, and one id resumes both', async () => {
  const since = server.store.events.last()
  server.script.write(id, 'source', texts(1, 2))
  const page = await open(`/live?execution=${id}&stage=source&since=${since}&from=2`)
  const lines = await page.next()
  server.ledger.waits(server.script.rowOf(id).id, 'image pull')
  const changed = await page.next()
  page.close()
  server.script.write(id, 'source', texts(3, 1))

  const again = await open(`/live?execution=${id}&stage=source&since=${since}&from=1`, changed.id ?? '')
  const missed = await again.next()
  server.script.endStage(id, 'source')
  const [finished, end] = [await again.next(), await again.next()]
  again.close()

  expect(linesOf(lines).map((line) => line.number)).toEqual([2])
  expect(lines.id).toBe(`${since}:2`)
  expect(changed).toMatchObject({ event: 'changed', id: `${since + 1}:2` })
  expect(JSON.parse(changed.data)).toMatchObject({ execution: id, type: 'waits', status: 'running' })
  expect(linesOf(missed).map((line) => line.number)).toEqual([3])
  expect([finished.event, end.event]).toEqual(['changed', 'end'])
})

test('what happens to others does not make the page of one execution reload', async () => {
  const other = server.script.rowOf(await server.trigger()).id
  const viewer = await open(`/api/v1/events?execution=${id}`)
  for (let i = 0; i < 1_001; i += 1) server.ledger.waits(other, `reason ${i}`)
  server.script.endStage(id, 'source')

  const message = await viewer.next()
  viewer.close()

  expect(message.event).toBe('event')
})

test('a stream ends soon after its reader was shut out', async () => {
  const viewer = await open('/api/v1/events')
  const token = server.store.people.tokens.list(null).find(({ user }) => user === 'viewer')

  server.store.people.tokens.remove(token?.id ?? 0, null)
  server.passTime()

  expect(await viewer.rest()).toEqual([])
  expect(server.web.streams()).toBe(0)
})

test('a stream whose log cannot be read ends, and leaves nothing behind', async () => {
  const viewer = await open(`${LOG()}?follow=true`)
  const { window } = server.store.logs
  Object.assign(server.store.logs, {
    window: () => {
      throw new Error('disk trouble')
    },
  })

  server.script.write(id, 'source', ['unreadable'])
  const rest = await viewer.rest()
  const text = server.call(`${LOG()}?download=true`).then((response) => response.text())
  const broken = await text.then(
    () => 'whole',
    () => 'broken off',
  )
  Object.assign(server.store.logs, { window })

  expect(rest).toEqual([])
  expect(broken).toBe('broken off')
  expect(server.web.streams()).toBe(0)
})

test('quiet streams are kept alive, and end when the server does', async () => {
  const response = await fetch(`${server.address}/api/v1/events`, {
    headers: { authorization: 'Bearer ppl_viewer' },
  })
  const reader = (response.body ?? new ReadableStream()).getReader()
  await reader.read()

  server.passTime()
  const beat = new TextDecoder().decode((await reader.read()).value)
  server.web.drain()
  const end = await reader.read()

  expect(beat).toStartWith(':')
  expect(end.done).toBe(true)
})

test('a hundred viewers get the same bytes, made once', async () => {
  const viewers = await Promise.all(Array.from({ length: 100 }, () => open(`${LOG()}?follow=true`)))
  let reads = 0
  const { window } = server.store.logs
  Object.assign(server.store.logs, {
    window: (...asked: Parameters<typeof window>) => {
      reads += 1
      return window(...asked)
    },
  })

  server.script.write(id, 'source', texts(1, 10))
  const messages = await Promise.all(viewers.map((viewer) => viewer.next()))
  for (const viewer of viewers) viewer.close()

  expect(new Set(messages.map(({ data }) => data)).size).toBe(1)
  expect(reads).toBeLessThanOrEqual(4)
})

test('a viewer that stops reading is not read for, and goes on where it stopped', async () => {
  const socket = await stalled(`${LOG()}?follow=true`)
  let bytes = 0
  const { window } = server.store.logs
  Object.assign(server.store.logs, {
    window: (...asked: Parameters<typeof window>) => {
      const lines = window(...asked)
      bytes += lines.reduce((sum, line) => sum + line.text.length, 0)
      return lines
    },
  })

  for (let from = 1; from <= 200; from += 1) {
    server.script.write(
      id,
      'source',
      Array.from({ length: 1_000 }, () => 'x'.repeat(200)),
    )
    // The server's turn: what it would send, it sends now.
    await new Promise(setImmediate)
  }
  const whileStalled = bytes
  server.script.endStage(id, 'source')
  const text = await drained(socket)

  // 40 MB were written; what was read for the viewer is what the kernel's buffers and one backlog hold.
  expect(whileStalled).toBeLessThan(12 * 1024 * 1024)
  expect(text.match(/"number":/g)).toHaveLength(200_000)
  expect(text).toContain('event: end')
}, 30_000)

/** A connection that asks for a stream and then reads nothing. */
function stalled(path: string): Promise<Socket> {
  return new Promise((resolve) => {
    const socket = connect(server.port ?? 0, '127.0.0.1', () => {
      socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ppl_viewer\r\n\r\n`)
      socket.pause()
      resolve(socket)
    })
  })
}

function drained(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    const parts: Buffer[] = []
    socket.on('data', (bytes: Buffer) => {
      parts.push(bytes)
      if (bytes.includes('event: end')) {
        socket.destroy()
        resolve(Buffer.concat(parts).toString())
      }
    })
    socket.resume()
  })
}
