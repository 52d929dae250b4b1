// The files of an alliance bundle, read from the database one at a time: a large log takes no more memory than a small one.
import { readCharterFile } from '../charter/store.ts'
import type { Db } from '../db.ts'
import { encodeUtf8 } from '../encoding/utf8.ts'
import { readMirrorBundle, readMirrorTile } from '../pull/mirror.ts'
import { type ArchiveFile, charterPath, checkpointPath, filePath, logFiles } from './layout.ts'

/** One log as it goes into the bundle: its head as a signed note, none where the charter froze it without one, and from which entry on. */
export type ArchivedLog = {
  hash: string
  origin: string
  size: number
  note: Uint8Array | null
  from: number
}

/** All files in their order. The heads are given, so what a running node appends meanwhile does not get in. */
export async function* archiveFiles(
  db: Db,
  charters: number,
  logs: readonly ArchivedLog[],
): AsyncGenerator<ArchiveFile> {
  for (let n = 1; n <= charters; n++) {
    const file = await readCharterFile(db, n)
    if (file === null) throw new TypeError(`charter ${n} is not stored`)
    yield { path: charterPath(n), bytes: encodeUtf8(file) }
  }
  for (const log of logs) yield* filesOfLog(db, log)
}

async function* filesOfLog(
  db: Db,
  { hash, origin, size, note, from }: ArchivedLog,
): AsyncGenerator<ArchiveFile> {
  if (note !== null) yield { path: checkpointPath(hash), bytes: note }
  for (const file of logFiles(size, from)) {
    const { index, width } = file
    const bytes =
      file.kind === 'tile'
        ? await readMirrorTile(db, origin, file.level, index, width)
        : await readMirrorBundle(db, origin, index, width)
    if (bytes === null) throw new TypeError(`${origin} does not hold its own ${file.path}`)
    yield { path: filePath(hash, file.path), bytes }
  }
}
