// RFC 6962 §2.1 written as its recursive definitions say, to compare the quick code with.
import { EMPTY_ROOT, nodeHash } from '../../src/tlog/hash.ts'

function splitOf(n: number): number {
  let k = 1
  while (k * 2 < n) k *= 2
  return k
}

export class NaiveTree {
  private readonly leaves: readonly Uint8Array[]
  private readonly known = new Map<string, Uint8Array>()

  constructor(leaves: readonly Uint8Array[]) {
    this.leaves = leaves
  }

  leaf(index: number): Uint8Array {
    return this.leaves[index] ?? EMPTY_ROOT
  }

  /** MTH(D[start:end]) */
  hash(start: number, end: number): Uint8Array {
    if (start === end) return EMPTY_ROOT
    if (end - start === 1) return this.leaf(start)
    const name = `${start}-${end}`
    const split = start + splitOf(end - start)
    const hash = this.known.get(name) ?? nodeHash(this.hash(start, split), this.hash(split, end))
    this.known.set(name, hash)
    return hash
  }

  /** PATH(m, D[start:end]) */
  path(m: number, start: number, end: number): Uint8Array[] {
    if (end - start === 1) return []
    const k = splitOf(end - start)
    return m < k
      ? [...this.path(m, start, start + k), this.hash(start + k, end)]
      : [...this.path(m - k, start + k, end), this.hash(start, start + k)]
  }

  /** SUBPROOF(m, D[start:end], whole) */
  proof(m: number, start: number, end: number, whole = true): Uint8Array[] {
    if (m === end - start) return whole ? [] : [this.hash(start, end)]
    const k = splitOf(end - start)
    return m <= k
      ? [...this.proof(m, start, start + k, whole), this.hash(start + k, end)]
      : [...this.proof(m - k, start + k, end, false), this.hash(start, start + k)]
  }
}
