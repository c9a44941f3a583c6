/** One server-sent event. */
export interface Message {
  readonly id: string | null
  /** `message` where the server names none. */
  readonly event: string
  readonly data: string
}

/** A server that sends a longer line than this is not ours. */
const LINE_CHARS_MAX = 16 * 1024 * 1024

/** One event in the text/event-stream format. The data must hold no newline, which JSON never does. */
export function frame(message: {
  readonly id?: string | number
  readonly event?: string
  readonly data: string
}): string {
  const id = message.id === undefined ? '' : `id: ${message.id}\n`
  const event = message.event === undefined ? '' : `event: ${message.event}\n`
  return `${id}${event}data: ${message.data}\n\n`
}

/** Reads a text/event-stream; comments are skipped. https://html.spec.whatwg.org/multipage/server-sent-events.html */
export async function* messages(body: ReadableStream<Uint8Array>): AsyncGenerator<Message, void, undefined> {
  let id: string | null = null
  let event = 'message'
  let data: string[] = []
  for await (const line of lines(body)) {
    if (line === '') {
      if (data.length > 0) yield { id, event, data: data.join('\n') }
      event = 'message'
      data = []
      continue
    }
    const colon = line.indexOf(':')
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (field === 'id') id = value
    else if (field === 'event') event = value
    else if (field === 'data') data.push(value)
  }
}

async function* lines(body: ReadableStream<Uint8Array>): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const bytes of body) {
    rest += decoder.decode(bytes, { stream: true })
    const parts = rest.split(/\r\n|\n/)
    rest = parts.pop() ?? ''
    if (rest.length > LINE_CHARS_MAX) throw new RangeError('A line of the event stream is too long.')
    yield* parts
  }
}
