import { connect } from 'node:net'
import { ask } from './server.ts'

/** Somebody who follows a log, over a connection of their own, with as little of a client as it takes. */
export interface Follower {
  /** Resolves when the stream has said its end. */
  readonly ended: Promise<void>
  /** Reads no more. */
  pause(): void
  close(): void
}

/** A viewer's token; each process has its own. */
export async function tokenFor(dir: string): Promise<string> {
  // There already, the second time.
  await ask(dir, 'POST', '/users', { name: 'bench', role: 'viewer' })
  const { status, answer } = await ask(dir, 'POST', '/tokens', {
    name: `bench-${process.pid}`,
    user: 'bench',
  })
  if (typeof answer['token'] !== 'string') throw new Error(`No token: ${status} ${JSON.stringify(answer)}`)
  return answer['token']
}

const END = 'event: end\n'

/** Opens a stream of events; resolves with its first bytes. */
export function follow(address: URL, token: string, path: string): Promise<Follower> {
  const { promise, resolve, reject } = Promise.withResolvers<Follower>()
  const ended = Promise.withResolvers<void>()
  const socket = connect(Number(address.port), address.hostname)
  let tail = ''
  socket.on('error', reject)
  socket.on('connect', () =>
    socket.write(
      `GET ${path} HTTP/1.1\r\nHost: ${address.host}\r\nAuthorization: Bearer ${token}\r\nAccept: text/event-stream\r\n\r\n`,
    ),
  )
  socket.on('data', (bytes: Buffer) => {
    if (tail === '' && !bytes.toString('latin1').startsWith('HTTP/1.1 200')) {
      reject(new Error(`The server answered ${bytes.toString('latin1', 0, 200)}`))
      return
    }
    resolve({ ended: ended.promise, pause: () => socket.pause(), close: () => socket.destroy() })
    // The end is short, and the last thing that is said.
    const last = tail + bytes.toString('latin1', Math.max(0, bytes.length - 200))
    if (last.includes(END)) ended.resolve()
    tail = last.slice(-200)
  })
  return promise
}
