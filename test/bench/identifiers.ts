// One million identifiers in large acts, synced between two processes, against bare SQLite inserts of the same rows.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import type { Product } from '../../src/decision/schema.ts'
import { startProcess } from '../../src/node/alliance.ts'
import { openDatabase } from '../../src/node/database.ts'
import { databasePath } from '../../src/node/directory.ts'
import { benchAlliance, fillLog, gtin } from './feed.ts'
import { round } from './limits.ts'
import { ownLogMerged, runSyncChild } from './sync.ts'

const ACTS = 5_000
const PER_ACT = 200
const ROWS_PER_COMMIT = 1024 * PER_ACT

export async function benchIdentifiers(): Promise<Record<string, number>> {
  const alliance = await benchAlliance()
  try {
    const log = await fillLog(alliance.origin, 50, ACTS, largeAct)
    const origin = await startProcess(alliance.origin)
    await ownLogMerged(origin.url, log.entries)
    const report = runSyncChild(alliance.reader)
    await origin.stop()
    if (report.merged !== log.entries + 1 || report.refused !== 0)
      throw new Error(JSON.stringify(report))
    const db = openDatabase(databasePath(alliance.reader))
    const rows = db.raw.prepare('SELECT kind, value, product FROM identifier').raw().all() as [
      string,
      string,
      number,
    ][]
    db.close()
    const bareMs = bareInserts(join(alliance.directory, 'bare.db'), rows)
    const ours = rows.length / report.ms
    return {
      identifiers: rows.length,
      acts: log.entries,
      bytes_per_act: round(log.bytes / log.entries, 0),
      identifiers_per_s: round(ours * 1000, 0),
      bare_inserts_per_s: round((rows.length / bareMs) * 1000, 0),
      ratio: round(ours / (rows.length / bareMs)),
      peak_mb: round(report.peak_mb, 0),
    }
  } finally {
    rmSync(alliance.directory, { recursive: true, force: true })
  }
}

function largeAct(act: number): Product[] {
  const gtins = Array.from({ length: PER_ACT }, (_, at) => gtin(act * PER_ACT + at))
  return [{ pid: `p${act}`, listing: 'listed', brand: `Brand${act % 97}`, gtins }]
}

/** The same rows in the order in which they came, one prepared insert, commits of the same size. */
function bareInserts(path: string, rows: [string, string, number][]): number {
  const db = new Database(path)
  db.pragma('journal_mode = WAL')
  db.pragma('synchronous = NORMAL')
  db.exec(`CREATE TABLE identifier (kind TEXT NOT NULL, value TEXT NOT NULL, product INTEGER NOT NULL,
    PRIMARY KEY (kind, value, product)) STRICT, WITHOUT ROWID`)
  const insert = db.prepare('INSERT INTO identifier (kind, value, product) VALUES (?, ?, ?)')
  const ordered = rows.toSorted((a, b) => a[2] - b[2])
  const from = performance.now()
  for (let at = 0; at < ordered.length; at += ROWS_PER_COMMIT) {
    db.transaction(() => {
      for (const row of ordered.slice(at, at + ROWS_PER_COMMIT)) insert.run(...row)
    })()
  }
  const ms = performance.now() - from
  db.close()
  return ms
}
