/** The first byte of what is stored says how the rest is to be read; a supervisor's spool and a backup outlive us. */
const PLAIN = 0
const ZSTD = 1

/** While a stage writes: fast. */
const LIVE_LEVEL = 3
/** Once, after it was sealed, off the main thread: a fifth smaller for 4 ms a chunk; a tenth more would cost five times that. */
const SEALED_LEVEL = 10
/** A few lines get larger by being compressed. */
const WORTHWHILE_BYTES = 128

/** A chunk's body as it is stored at first. */
export function compress(body: Uint8Array): Uint8Array {
  if (body.length < WORTHWHILE_BYTES) return tagged(PLAIN, body)
  return tagged(ZSTD, Bun.zstdCompressSync(body, { level: LIVE_LEVEL }))
}

/** The body of a stored chunk. */
export function decompress(packed: Uint8Array): Uint8Array {
  const rest = packed.subarray(1)
  return packed[0] === ZSTD ? Bun.zstdDecompressSync(rest) : rest
}

/** Less than this is quicker decompressed than handed to another thread. */
const HANDED_BYTES = 4096

/** The body of a stored chunk, decompressed on another thread where that is worth it. */
export async function decompressAside(packed: Uint8Array): Promise<Uint8Array> {
  if (packed[0] !== ZSTD || packed.length < HANDED_BYTES) return decompress(packed)
  return await Bun.zstdDecompress(packed.subarray(1))
}

/** The same chunk, smaller; made on another thread. */
export async function recompress(packed: Uint8Array): Promise<Uint8Array> {
  if (packed[0] !== ZSTD) return packed
  const smaller = await Bun.zstdCompress(decompress(packed), { level: SEALED_LEVEL })
  return smaller.length + 1 < packed.length ? tagged(ZSTD, smaller) : packed
}

function tagged(tag: number, bytes: Uint8Array): Uint8Array {
  const all = new Uint8Array(bytes.length + 1)
  all[0] = tag
  all.set(bytes, 1)
  return all
}
