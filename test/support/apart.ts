// A second program for what leaves a node: notes, fork proofs, tlog-proofs, checked from the published formats (C2SP, RFC 6962, RFC 9162)
// with node:crypto and nothing of ours.
import { createHash, createPublicKey, verify } from 'node:crypto'

const sha256 = (...parts: Buffer[]): Buffer =>
  createHash('sha256').update(Buffer.concat(parts)).digest()
const leafOf = (entry: Buffer) => sha256(Buffer.from([0]), entry)
const nodeOf = (left: Buffer, right: Buffer) => sha256(Buffer.from([1]), left, right)
const SPKI = Buffer.from('302a300506032b6570032100', 'hex')

type Head = { origin: string; size: number; root: Buffer; text: string; lines: string[] }

function readNote(note: string): Head {
  const blank = note.lastIndexOf('\n\n')
  const text = note.slice(0, blank + 1)
  const [origin = '', size = '', root = ''] = text.split('\n')
  const lines = note
    .slice(blank + 2)
    .split('\n')
    .filter((line) => line !== '')
  return { origin, size: Number(size), root: Buffer.from(root, 'base64'), text, lines }
}

/** True when the note carries a signature by this vkey, of type 1 or 4, that holds. */
function isSignedBy({ text, lines }: Head, vkey: string): boolean {
  const [name = '', id = '', ...rest] = vkey.split('+')
  const key = Buffer.from(rest.join('+'), 'base64')
  const publicKey = createPublicKey({
    key: Buffer.concat([SPKI, key.subarray(1)]),
    format: 'der',
    type: 'spki',
  })
  return lines.some((line) => {
    const [dash, by, base64 = ''] = line.split(' ')
    const bytes = Buffer.from(base64, 'base64')
    if (dash !== '—' || by !== name || bytes.subarray(0, 4).toString('hex') !== id) return false
    if (key[0] === 1) return verify(null, Buffer.from(text), publicKey, bytes.subarray(4))
    const time = bytes.readBigUInt64BE(4)
    const message = Buffer.from(`cosignature/v1\ntime ${time}\n${text}`)
    return verify(null, message, publicKey, bytes.subarray(12))
  })
}

/** RFC 9162 §2.1.4.2 for a smaller tree that is not empty. */
function isConsistent(
  m: number,
  n: number,
  first: Buffer,
  second: Buffer,
  path: Buffer[],
): boolean {
  const isPower = Number.isInteger(Math.log2(m))
  const nodes = isPower ? [first, ...path] : [...path]
  let [at, last] = [m - 1, n - 1]
  while (at % 2 === 1) [at, last] = [Math.floor(at / 2), Math.floor(last / 2)]
  const [start, ...more] = nodes
  if (start === undefined) return false
  let [fr, sr] = [start, start]
  for (const node of more) {
    if (last === 0) return false
    if (at % 2 === 1 || at === last) {
      fr = nodeOf(node, fr)
      sr = nodeOf(node, sr)
      while (at % 2 === 0 && at !== 0) [at, last] = [Math.floor(at / 2), Math.floor(last / 2)]
    } else {
      sr = nodeOf(sr, node)
    }
    ;[at, last] = [Math.floor(at / 2), Math.floor(last / 2)]
  }
  return last === 0 && fr.equals(first) && sr.equals(second)
}

/** RFC 9162 §2.1.3.2. */
function isIncluded(
  index: number,
  size: number,
  leaf: Buffer,
  root: Buffer,
  path: Buffer[],
): boolean {
  let [at, last, hash] = [index, size - 1, leaf]
  if (index >= size) return false
  for (const node of path) {
    if (last === 0) return false
    if (at % 2 === 1 || at === last) {
      hash = nodeOf(node, hash)
      while (at % 2 === 0 && at !== 0) [at, last] = [Math.floor(at / 2), Math.floor(last / 2)]
    } else {
      hash = nodeOf(hash, node)
    }
    ;[at, last] = [Math.floor(at / 2), Math.floor(last / 2)]
  }
  return last === 0 && hash.equals(root)
}

/** True when the proof of /v1/evidence shows that the log of this vkey signed two histories. */
export function provesFork(body: string, vkey: string): boolean {
  const { origin, first, second, root, proof } = JSON.parse(body)
  const [one, two] = [readNote(first), readNote(second)]
  for (const head of [one, two]) {
    if (head.origin !== origin || !isSignedBy(head, vkey)) return false
  }
  if (one.size === two.size) return !one.root.equals(two.root)
  const within = Buffer.from(root, 'base64')
  const path = proof.map((hash: string) => Buffer.from(hash, 'base64'))
  return isConsistent(one.size, two.size, within, two.root, path) && !one.root.equals(within)
}

/** How many of the witnesses signed the head of a tlog-proof that holds for its entry and is signed by the log; null where it does not. */
export function witnessesOf(
  file: string,
  vkey: string,
  witnesses: readonly string[],
): number | null {
  const blank = file.indexOf('\n\n')
  const [version, extra = '', index = '', ...hashes] = file.slice(0, blank).split('\n')
  const head = readNote(file.slice(blank + 2))
  const entry = Buffer.from(extra.replace('extra ', ''), 'base64')
  const path = hashes.map((hash) => Buffer.from(hash, 'base64'))
  const at = Number(index.replace('index ', ''))
  const holds =
    version === 'c2sp.org/tlog-proof@v1' &&
    isSignedBy(head, vkey) &&
    isIncluded(at, head.size, leafOf(entry), head.root, path)
  return holds ? witnesses.filter((witness) => isSignedBy(head, witness)).length : null
}
