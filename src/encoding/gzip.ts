// gzip (RFC 1952) by the runtime's streams, with a limit on what comes out.
import { concatBytes } from './bytes.ts'

/** The gzip form of the bytes. */
export async function gzip(bytes: Uint8Array): Promise<Uint8Array> {
  const packed = await throughStream(new CompressionStream('gzip'), bytes, Number.POSITIVE_INFINITY)
  if (packed === null) throw new Error('gzip without a limit cannot exceed it')
  return packed
}

/**
 * The unpacked bytes, or null when the input is not one whole gzip member or would unpack to more
 * than `maxBytes`. Counts what comes out and stops there: a small bomb costs no more than the
 * limit.
 */
export async function gunzip(bytes: Uint8Array, maxBytes: number): Promise<Uint8Array | null> {
  try {
    return await throughStream(new DecompressionStream('gzip'), bytes, maxBytes)
  } catch {
    return null // corrupt or cut short: the sender's fault, a value like any other bad input
  }
}

async function throughStream(
  stream: CompressionStream | DecompressionStream,
  bytes: Uint8Array,
  maxBytes: number,
): Promise<Uint8Array | null> {
  const writer = stream.writable.getWriter()
  const written = writer.write(bytes as Uint8Array<ArrayBuffer>).then(() => writer.close())
  // a fault shows on the reading side as well; this side must only not become an unhandled
  // rejection
  written.catch(() => undefined)
  const reader: ReadableStreamDefaultReader<Uint8Array> = stream.readable.getReader()
  const chunks: Uint8Array[] = []
  let length = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return concatBytes(chunks)
    length += value.length
    if (length > maxBytes) {
      await reader.cancel()
      return null
    }
    chunks.push(value)
  }
}
