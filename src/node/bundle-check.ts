// Checks an alliance bundle by taking it in as a new node would, into a database that is thrown away.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { charterPath } from '../archive/layout.ts'
import { type Charter, parseCharter } from '../charter/charter.ts'
import type { Adopted } from '../charter/members.ts'
import type { Db } from '../db.ts'
import { decodeUtf8 } from '../encoding/utf8.ts'
import { Failure } from '../errors.ts'
import { readFeeds } from '../pull/feed.ts'
import { stateDigest } from '../status/digest.ts'
import { positionsOf } from '../status/read.ts'
import { importAlliance } from '../transfer.ts'
import { openDatabase } from './database.ts'
import { openTar, type TarFile } from './tar-file.ts'

export type BundleReport = {
  files: number
  alliance: string
  charter: { n: number; hash: string }
  /** `stamp` is the log's own, POSIX seconds. */
  feeds: {
    market: string
    origin: string
    entries: number
    refused: number
    stamp: number | null
  }[]
  digest: string
}

/**
 * Verifies every charter, signature and hash of a bundle, and that it holds the trusted charter where one is given. A bundle that leaves out
 * what its receiver has cannot be verified alone: ERR_ARCHIVE_MISSING. Throws the code of the first log that is refused.
 */
export function verifyBundle(
  path: string,
  trusted: Charter | null,
  progress: Progress,
): Promise<BundleReport> {
  return withBundle(path, trusted, progress, async ({ report }) => report)
}

type Progress = (market: string, merged: number, size: number) => void
export type OpenBundle = { db: Db; adopted: Adopted; report: BundleReport }

/** As `verifyBundle`, and gives what was taken in to `work` before it is thrown away. */
export async function withBundle<T>(
  path: string,
  trusted: Charter | null,
  progress: Progress,
  work: (bundle: OpenBundle) => Promise<T>,
): Promise<T> {
  const archive = openTar(path)
  const directory = mkdtempSync(join(tmpdir(), 'portcullis-verify-'))
  try {
    return await verifyInto(join(directory, 'check.db'), archive, trusted, progress, work)
  } finally {
    archive.close()
    rmSync(directory, { recursive: true, force: true })
  }
}

async function verifyInto<T>(
  path: string,
  archive: TarFile,
  trusted: Charter | null,
  progress: Progress,
  work: (bundle: OpenBundle) => Promise<T>,
): Promise<T> {
  const db = openDatabase(path)
  try {
    const pin = await firstHash(archive)
    const deps = { db, origin: null, pin, nowMs: Date.now }
    const { adopted, feeds } = await importAlliance(deps, archive, progress)
    if (trusted !== null && adopted.charters.get(trusted.terms.n) !== trusted.hash) {
      const message = `the bundle does not hold charter ${trusted.terms.n} of hash ${trusted.hash}`
      throw new Failure('ERR_CHARTER_PIN', message)
    }
    const bad = feeds.find(({ outcome }) => outcome === 'failed')
    if (bad?.code !== undefined) throw new Failure(bad.code, `${bad.market}: ${bad.detail}`)
    const refused = new Map(feeds.map((feed) => [feed.origin, feed.refused]))
    const held = await readFeeds(db)
    const { hash, terms } = adopted.charter
    const positions = positionsOf(adopted, new Map(held.map((feed) => [feed.origin, feed])))
    const report: BundleReport = {
      files: archive.files,
      alliance: adopted.alliance,
      charter: { n: terms.n, hash },
      feeds: held.map(({ market, origin, merged, mergedStamp }) => ({
        market,
        origin,
        entries: merged,
        refused: refused.get(origin) ?? 0,
        stamp: mergedStamp === 0 ? null : mergedStamp,
      })),
      digest: await stateDigest(db, hash, positions),
    }
    return await work({ db, adopted, report })
  } finally {
    db.close()
  }
}

async function firstHash(archive: TarFile): Promise<string> {
  const bytes = await archive.read(charterPath(1))
  if (bytes === null) throw new Failure('ERR_ARCHIVE_MISSING', `no ${charterPath(1)}`)
  const parsed = parseCharter(decodeUtf8(bytes) ?? '')
  if (!parsed.ok) throw new Failure(parsed.code, `charter 1: ${parsed.detail}`)
  return parsed.charter.hash
}
