// The static files of one log, wherever they come from (C2SP tlog-tiles): a peer, a mirror, a bundle of files, the own database.
import type { Result } from '../errors.ts'

export type HeadAnswer =
  | { changed: false }
  | { changed: true; bytes: Uint8Array; etag: string | null }

/** The static files of one log. Everything it gives is a claim; verify/ decides. */
export interface FeedSource {
  checkpoint(etag: string | null): Promise<Result<HeadAnswer>>
  /** Hashes of a tile, exactly 32 bytes times `width`. */
  tile(level: number, index: number, width: number): Promise<Result<Uint8Array>>
  /** An entry bundle as on the wire, after decompression. */
  bundle(index: number, width: number): Promise<Result<Uint8Array>>
}
