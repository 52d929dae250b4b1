// The publisher's own copy of every signed act, outside of the database: what a lost tail is put together from when no mirror has it
// (design: protocol 1.4, 1.10).

export interface Copies {
  /** Durable when it returns. Called after the commit and before the head leaves. */
  keep(entries: readonly { index: number; bytes: Uint8Array }[]): Promise<void>
  /** The entries from an index on without a gap, as far as there are copies, at most `most`. */
  read(from: number, most: number): Promise<Uint8Array[]>
}
