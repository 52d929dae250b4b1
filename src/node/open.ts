// Opens a node's directory into what the stories need: database, clock, randomness, network, keys.
import { randomBytes } from 'node:crypto'
import { setFlagsFromString } from 'node:v8'
import type { AppointingDeps } from '../appointing.ts'
import { readAdopted, requireAdopted } from '../charter/store.ts'
import type { Settings } from '../config.ts'
import { Failure } from '../errors.ts'
import { openGate } from '../gate.ts'
import type { OutboundDeps } from '../outbound.ts'
import { type Scratch, scratchOf } from '../replay.ts'
import type { ActKey } from '../signing.ts'
import type { SyncDeps } from '../sync.ts'
import { type NodeDb, openDatabase } from './database.ts'
import { databasePath, headPath, readKey, readSettings } from './directory.ts'
import { peerFetch, reachOf } from './fetch.ts'
import { headFile } from './head-file.ts'
import { readTokenKey, realmOf } from './people.ts'
import { readNextLogKey } from './rotation.ts'
import { signaturePool } from './signature-pool.ts'

export type OpenNode = {
  directory: string
  settings: Settings
  db: NodeDb
  sync: SyncDeps
  /** Where the past is judged again for a look-up. */
  scratch: Scratch
  /** Everything publishing needs, with the charter as adopted now. Code ERR_CHARTER_NONE before. */
  outbound(): Promise<OutboundDeps>
  nodeKey(): Promise<ActKey>
  agencyKey(): Promise<ActKey>
  /** Users, tokens and the audit log of this node. */
  people: AppointingDeps
  close(): void
}

// Merging makes short-lived objects by the million: a nursery that does not grow keeps a cold sync 100 MB smaller at the same speed.
setFlagsFromString('--semi-space-growth-factor=1')
// What outlives the nursery is mostly waste as well: collected at 1.3 times what is in use instead of up to 4 times, at the same speed.
setFlagsFromString('--heap-growing-percent=30')

/** Codes: ERR_CONFIG_*, ERR_KEY_UNREADABLE, ERR_DATABASE_*. */
export async function openNode(
  directory: string,
  env: Readonly<Record<string, string | undefined>>,
  nowMs: () => number = Date.now,
): Promise<OpenNode> {
  const settings = readSettings(directory, env)
  const log = await readKey(directory, 'log')
  const witness = await readKey(directory, 'witness')
  const applied = await readKey(directory, 'applied')
  const nextLog = await readNextLogKey(directory)
  const tokenKey = await readTokenKey(directory)
  const db = openDatabase(databasePath(directory))
  await requirePinned(db, settings)
  const signatures = signaturePool()
  const gate = openGate
  const sync: SyncDeps = {
    db,
    gate,
    market: settings.market,
    memory: headFile(headPath(directory)),
    signer: {
      origin: settings.origin,
      log,
      witness,
      applied,
      ...(nextLog === undefined ? {} : { nextLog }),
    },
    nowMs,
    random: (bytes) => new Uint8Array(randomBytes(bytes)),
    fetch: peerFetch(reachOf(settings, directory)),
    headsEtags: new Map(),
    verifyMany: signatures.verifyMany,
    nodeKey: await readKey(directory, 'node'),
    holder: `${process.pid}-${randomBytes(6).toString('hex')}`,
  }
  return {
    directory,
    settings,
    db,
    sync,
    scratch: scratchOf(() => openDatabase(':memory:')),
    outbound: async () => ({ ...sync, adopted: await requireAdopted(db) }),
    nodeKey: () => readKey(directory, 'node'),
    agencyKey: () => readKey(directory, 'agency'),
    people: { db, nowMs, random: sync.random, key: tokenKey, realm: realmOf(settings) },
    close: () => {
      signatures.close()
      db.close()
    },
  }
}

/** The charter that was adopted must be the one the settings pin: a directory put together from two alliances would sign for both. */
async function requirePinned(db: NodeDb, { alliance }: Settings): Promise<void> {
  const adopted = await readAdopted(db)
  if (adopted === null || adopted.alliance === alliance) return
  db.close()
  const message = `charter 1 in the database has hash ${adopted.alliance}, the settings pin ${alliance}`
  const cure =
    'compare both with the hash the founders confirmed; then mend `alliance` in portcullis.yaml'
  throw new Failure('ERR_CHARTER_PIN', message, { cure })
}
