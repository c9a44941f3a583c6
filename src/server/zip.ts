import { promisify } from 'node:util'
import { deflateRaw } from 'node:zlib'
import type { Bytes } from './livestream.ts'

/** Zip files as PKWARE has them since 1993: each file deflated behind its header, then a directory of all. */

const deflate = promisify(deflateRaw)
const encoder = new TextEncoder()

export interface ZipFile {
  /** Ours: ASCII, no directory. */
  readonly name: string
  readonly at: number
  /** Null where it is gone by the time it is come to; then it is left out. */
  readonly read: () => Promise<Uint8Array | null>
}

/** One file after another, as fast as its reader takes them; no more than one is in memory. */
export async function* zipped(files: readonly ZipFile[]): AsyncGenerator<Bytes> {
  const directory: Bytes[] = []
  let offset = 0
  for (const { name, at, read } of files) {
    const bytes = await read()
    if (bytes === null) continue
    const packed = await deflate(bytes)
    const about = aboutOf(name, at, bytes, packed.length)
    directory.push(
      joined(
        signed(0x02014b50, 0x14),
        about.slice(0, 26),
        zeros(10),
        number(offset, 4),
        encoder.encode(name),
      ),
    )
    const header = joined(signed(0x04034b50), about.slice(0, 26), encoder.encode(name))
    yield header
    yield Uint8Array.from(packed)
    offset += header.length + packed.length
  }
  const entries = joined(...directory)
  yield entries
  const count = number(directory.length, 2)
  yield joined(
    signed(0x06054b50),
    zeros(4),
    count,
    count,
    number(entries.length, 4),
    number(offset, 4),
    zeros(2),
  )
}

/** What stands both before a file and in the directory. */
function aboutOf(name: string, at: number, bytes: Uint8Array, packedLength: number): Bytes {
  const date = new Date(at)
  const time = (date.getUTCHours() << 11) | (date.getUTCMinutes() << 5) | (date.getUTCSeconds() >> 1)
  const day = ((date.getUTCFullYear() - 1980) << 9) | ((date.getUTCMonth() + 1) << 5) | date.getUTCDate()
  return joined(
    ...[number(20, 2), number(0, 2), number(8, 2), number(time, 2), number(day, 2)],
    ...[number(Bun.hash.crc32(bytes), 4), number(packedLength, 4), number(bytes.length, 4)],
    ...[number(encoder.encode(name).length, 2), zeros(2)],
  )
}

function signed(signature: number, version?: number): Bytes {
  return version === undefined ? number(signature, 4) : joined(number(signature, 4), number(version, 2))
}

function number(value: number, bytes: 2 | 4): Bytes {
  return Uint8Array.from({ length: bytes }, (_, index) => Math.floor(value / 2 ** (8 * index)) % 256)
}

function zeros(count: number): Bytes {
  return new Uint8Array(count)
}

function joined(...parts: readonly Uint8Array[]): Bytes {
  return Uint8Array.from(Buffer.concat(parts))
}
