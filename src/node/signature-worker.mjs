// Checks a batch of Ed25519 signatures on a thread of its own. Plain JavaScript: stripping types would cost each thread 10 MB.
import { createPublicKey, verify } from 'node:crypto'
import { parentPort } from 'node:worker_threads'

const SIGNATURE_BYTES = 64
const keys = new Map()

function keyOf(x) {
  const known = keys.get(x)
  if (known !== undefined) return known
  const key = imported(x)
  keys.set(x, key)
  return key
}

function imported(x) {
  try {
    return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
  } catch {
    return null // no point of the curve: nothing it signed holds
  }
}

// `bytes` holds signature and message of each check one after another, `lengths` the lengths of the messages.
parentPort.on('message', ({ id, xs, owners, lengths, bytes }) => {
  const good = new Uint8Array(lengths.length)
  let at = 0
  for (let i = 0; i < lengths.length; i++) {
    const message = at + SIGNATURE_BYTES
    const end = message + lengths[i]
    const key = keyOf(xs[owners[i]])
    if (key !== null) {
      good[i] = verify(null, bytes.subarray(message, end), key, bytes.subarray(at, message)) ? 1 : 0
    }
    at = end
  }
  parentPort.postMessage({ id, good })
})
