import { Fault } from '../../../domain/fault.ts'

/** A newline, in UTF-8 never a part of anything else. */
const NEWLINE = 10

/**
 * The lines of a stream, without their ends, however it is cut into chunks. Holds one line at most; a longer one than
 * `bytesMax` is a Fault, for half an object is none. What stands behind the last newline was cut off and is dropped.
 */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>, bytesMax: number): AsyncGenerator<string> {
  let begun: Uint8Array[] = []
  let begunBytes = 0
  for await (const chunk of chunks) {
    let from = 0
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      yield Buffer.concat([...begun, chunk.subarray(from, end)]).toString('utf8')
      begun = []
      begunBytes = 0
      from = end + 1
    }
    begun.push(chunk.subarray(from))
    begunBytes += chunk.length - from
    if (begunBytes > bytesMax) {
      throw new Fault('engine_unreachable', `The cluster sends an object of more than ${bytesMax} bytes.`)
    }
  }
}
