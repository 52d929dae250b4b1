// A node's backup in one file: the database as of one moment, and in it the settings and, where asked, the keys; and the way back.
import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { readAdopted } from '../charter/store.ts'
import { parseSettings, type Settings } from '../config.ts'
import { equalBytes } from '../encoding/bytes.ts'
import { Failure } from '../errors.ts'
import { readHead } from '../log/read.ts'
import { leafHash } from '../tlog/hash.ts'
import { appendLeaves } from '../tlog/tree.ts'
import { type NodeDb, openDatabase } from './database.ts'
import { databasePath, lockPath, settingsPath, stampPath } from './directory.ts'
import { runningLock } from './lock.ts'

/** What a backup holds, as it says of itself and as it was found. `made` is POSIX seconds. */
export type BackupReport = {
  market: string
  origin: string
  made: number
  /** Entries of the own log, and of all logs together. */
  entries: number
  mirrored: number
  charter: number | null
  /** Names of the files beside the database. */
  files: string[]
  hasKeys: boolean
}
export type Restored = BackupReport & {
  directory: string
  /** Where the database that was there before is now. */
  replaced: string | null
}

const KEY_FILE = /^keys\/[a-z0-9-]+\.(jwk|public)\.json$/
const SETTINGS_NAME = 'portcullis.yaml'
const PAGE = 4096

/**
 * Writes a backup while the node goes on: one read transaction, so that it is the state of one moment. Keys are left out unless asked for.
 * Codes: ERR_DIRECTORY_IN_USE where the file exists, ERR_CONFIG_*, ERR_DATABASE_*.
 */
export async function writeBackup(
  directory: string,
  out: string,
  options: { withKeys: boolean; nowS: number },
): Promise<BackupReport> {
  if (existsSync(out)) throw new Failure('ERR_DIRECTORY_IN_USE', `${out} exists already`)
  const settings = readSettingsFile(settingsPath(directory))
  const part = `${out}.part`
  rmSync(part, { force: true })
  try {
    const source = openDatabase(databasePath(directory))
    try {
      source.raw.prepare('VACUUM INTO ?').run(part)
    } finally {
      source.close()
    }
    chmodSync(part, 0o600)
    addFiles(part, directory, settings, options)
    const report = await checkBackup(part)
    flush(part)
    renameSync(part, out)
    return report
  } catch (error) {
    rmSync(part, { force: true })
    throw error
  }
}

function addFiles(
  path: string,
  directory: string,
  settings: Settings,
  { withKeys, nowS }: { withKeys: boolean; nowS: number },
): void {
  const raw = new Database(path)
  try {
    raw.exec('CREATE TABLE backup_file (name TEXT PRIMARY KEY, bytes BLOB NOT NULL) STRICT')
    raw.exec('CREATE TABLE backup (market TEXT, origin TEXT, made INTEGER) STRICT')
    const add = raw.prepare('INSERT INTO backup_file (name, bytes) VALUES (?, ?)')
    add.run(SETTINGS_NAME, readFileSync(settingsPath(directory)))
    if (withKeys) {
      for (const name of readdirSync(join(directory, 'keys')).map((file) => `keys/${file}`))
        if (KEY_FILE.test(name)) add.run(name, readFileSync(join(directory, name)))
    }
    raw.prepare('INSERT INTO backup VALUES (?, ?, ?)').run(settings.market, settings.origin, nowS)
  } finally {
    raw.close()
  }
}

/**
 * Puts a backup into an empty directory, or with `replace` in the place of a node's database, which is kept beside it. Settings, keys and what
 * was signed last stay as they are where they are there. It is looked through before anything is touched, and the node asks the members
 * before it signs. Codes: ERR_BACKUP_FORMAT, ERR_DIRECTORY_IN_USE, ERR_NODE_RUNNING, ERR_FILE_UNREADABLE.
 */
export async function restoreBackup(
  file: string,
  directory: string,
  replace: boolean,
): Promise<Restored> {
  if (!existsSync(file)) throw new Failure('ERR_FILE_UNREADABLE', `${file} is not there`)
  const isEmpty = !existsSync(directory) || readdirSync(directory).length === 0
  if (!isEmpty && !replace) {
    throw new Failure('ERR_DIRECTORY_IN_USE', `${directory} is not empty`, {
      cure: 'choose an empty directory, or add --replace to put the backup in the place of its database',
    })
  }
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const running = runningLock(lockPath(directory))
  if (!running.take()) {
    throw new Failure('ERR_NODE_RUNNING', `a node is running on ${directory}`, {
      cure: 'stop it first',
    })
  }
  const part = join(directory, 'portcullis.db.restoring')
  try {
    for (const end of ['', '-wal', '-shm']) rmSync(`${part}${end}`, { force: true })
    copyFileSync(file, part)
    const report = await checkBackup(part)
    requireSameNode(directory, report)
    const files = takeFilesOut(part)
    flush(part)
    return { ...report, directory, replaced: putInPlace(directory, part, files) }
  } finally {
    for (const end of ['', '-wal', '-shm']) rmSync(`${part}${end}`, { force: true })
    running.give()
  }
}

function requireSameNode(directory: string, { origin }: BackupReport): void {
  const path = settingsPath(directory)
  if (!existsSync(path)) return
  const settings = readSettingsFile(path)
  if (settings.origin === origin) return
  throw new Failure(
    'ERR_BACKUP_FORMAT',
    `the backup is of ${origin}, the directory of ${settings.origin}`,
  )
}

/** Last the database itself: an interruption before leaves the old one, one after nothing but files that were missing. */
function putInPlace(
  directory: string,
  part: string,
  files: ReadonlyMap<string, Uint8Array>,
): string | null {
  for (const [name, bytes] of files) {
    const path = join(directory, name)
    if (existsSync(path)) continue
    if (name.startsWith('keys/'))
      mkdirSync(join(directory, 'keys'), { recursive: true, mode: 0o700 })
    writeFileSync(path, bytes, { mode: name.startsWith('keys/') ? 0o600 : 0o644 })
  }
  // Nobody relies on what the members said of the database before.
  rmSync(stampPath(directory), { force: true })
  const path = databasePath(directory)
  const kept = existsSync(path) ? keepBeside(path) : null
  for (const end of ['-wal', '-shm']) rmSync(`${path}${end}`, { force: true })
  renameSync(part, path)
  flush(directory)
  return kept
}

/** A copy, so that at no moment there is no database. One that cannot be opened any more is kept as it is, with its write-ahead log. */
function keepBeside(path: string): string {
  const kept = freeName(`${path}.replaced`)
  try {
    // What the write-ahead log still holds goes into the database.
    openDatabase(path).close()
  } catch (error) {
    if (!(error instanceof Error)) throw error
  }
  for (const end of ['', '-wal'])
    if (existsSync(`${path}${end}`)) copyFileSync(`${path}${end}`, `${kept}${end}`)
  return kept
}

function freeName(path: string): string {
  for (let count = 1; ; count++) if (!existsSync(`${path}-${count}`)) return `${path}-${count}`
}

/** The files of a backup, which is a plain database afterwards. */
function takeFilesOut(path: string): Map<string, Uint8Array> {
  const raw = new Database(path)
  try {
    // Keys must not stay behind in pages that are free.
    raw.pragma('secure_delete = ON')
    type Row = { name: string; bytes: Uint8Array }
    const rows = raw.prepare('SELECT name, bytes FROM backup_file ORDER BY name').all() as Row[]
    raw.exec('DROP TABLE backup_file; DROP TABLE backup; DELETE FROM signing_pass')
    return new Map(rows.map(({ name, bytes }) => [name, bytes]))
  } finally {
    raw.close()
  }
}

/** Looks a backup through: sound pages, known names, settings that read, a log that leads to its signed head. Code ERR_BACKUP_FORMAT. */
export async function checkBackup(path: string): Promise<BackupReport> {
  let db: NodeDb
  try {
    const raw = new Database(path, { readonly: true })
    const sound = raw.prepare("SELECT count(*) FROM sqlite_master WHERE name = 'backup'").pluck()
    const isBackup = sound.get() === 1 && raw.pragma('integrity_check', { simple: true }) === 'ok'
    raw.close()
    if (!isBackup) throw broken('it is no backup, or damaged')
    db = openDatabase(path)
  } catch (error) {
    if (error instanceof Failure) throw error
    throw broken('it is no database')
  }
  try {
    const names = db.raw.prepare('SELECT name FROM backup_file ORDER BY name').pluck().all()
    const files = names as string[]
    const unknown = files.find((name) => name !== SETTINGS_NAME && !KEY_FILE.test(name))
    if (unknown !== undefined) throw broken(`${unknown} is no file of a backup`)
    const told = db.raw.prepare('SELECT market, origin, made FROM backup').get() as
      | Pick<BackupReport, 'market' | 'origin' | 'made'>
      | undefined
    if (told === undefined) throw broken('it does not say whose it is')
    await requireWholeLog(db)
    const one = (text: string) => Number(db.raw.prepare(text).pluck().get())
    return {
      ...told,
      entries: one('SELECT count(*) FROM entry'),
      mirrored: one('SELECT count(*) FROM feed_entry'),
      charter: (await readAdopted(db))?.charter.terms.n ?? null,
      files,
      hasKeys: files.some((name) => KEY_FILE.test(name)),
    }
  } finally {
    db.close()
  }
}

/** Every entry is there, and they hash to the root that was signed. */
async function requireWholeLog(db: NodeDb): Promise<void> {
  const head = await readHead(db)
  const entries = db.raw
    .prepare('SELECT bytes FROM entry WHERE idx >= ? ORDER BY idx LIMIT ?')
    .pluck()
  let tree = appendLeaves(0, [], [])
  for (;;) {
    const page = entries.all(tree.size, PAGE) as Uint8Array[]
    if (page.length === 0) break
    tree = appendLeaves(tree.size, tree.frontier, page.map(leafHash))
  }
  const isWhole = head === null ? tree.size === 0 : head.size === tree.size
  if (!isWhole || (head !== null && !equalBytes(head.root, tree.root)))
    throw broken('its log does not lead to its signed head')
}

function readSettingsFile(path: string): Settings {
  if (!existsSync(path)) throw new Failure('ERR_CONFIG_MISSING', `there is no ${path}`)
  return parseSettings(readFileSync(path, 'utf8'), {}, path)
}

function flush(path: string): void {
  const file = openSync(path, 'r')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

function broken(what: string): Failure {
  return new Failure('ERR_BACKUP_FORMAT', `not a backup that can be restored: ${what}`, {
    cure: 'take another backup; without any, the members have every act: see "Lost database" in the README',
  })
}
