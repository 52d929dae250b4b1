// Opens a node's directory into what the stories need: database, clock, randomness, network, keys.
import { randomBytes } from 'node:crypto'
import { setFlagsFromString } from 'node:v8'
import type { AppointingDeps } from '../appointing.ts'
import { readAdopted, requireAdopted } from '../charter/store.ts'
import type { Settings } from '../config.ts'
import { Failure } from '../errors.ts'
import { guarded } from '../gate.ts'
import type { LogSigner } from '../log/append.ts'
import { guardedSigner, signingGate } from '../opening.ts'
import type { OutboundDeps } from '../outbound.ts'
import { type Scratch, scratchOf } from '../replay.ts'
import type { ActKey } from '../signing.ts'
import type { SyncDeps } from '../sync.ts'
import { copiesFile } from './copies-file.ts'
import { type NodeDb, openDatabase } from './database.ts'
import {
  copiesPath,
  databasePath,
  headPath,
  lockPath,
  readKey,
  readSettings,
  stampPath,
} from './directory.ts'
import { peerFetch, reachOf } from './fetch.ts'
import { headFile } from './head-file.ts'
import { runningLock } from './lock.ts'
import { readTokenKey, realmOf } from './people.ts'
import { readNextLogKey } from './rotation.ts'
import { signaturePool } from './signature-pool.ts'
import { stampFile } from './stamp-file.ts'

export type OpenNode = {
  directory: string
  settings: Settings
  db: NodeDb
  sync: SyncDeps
  /** Where the past is judged again for a look-up. */
  scratch: Scratch
  /** What `serve` does first: commands beside it rely on what the members tell this process, and on nothing that was told before. */
  begin(): Promise<void>
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

export type SigningOptions = {
  /** How long the members are waited for before the node calls itself read-only, in milliseconds. */
  waitMs?: number
  /** Sign though too few members answer: an operator's decision, and why. */
  withoutPeers?: { reason: string } | undefined
}

/** Codes: ERR_CONFIG_*, ERR_KEY_UNREADABLE, ERR_DATABASE_*. */
export async function openNode(
  directory: string,
  env: Readonly<Record<string, string | undefined>>,
  nowMs: () => number = Date.now,
  signing: SigningOptions = {},
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
  const signer: LogSigner = {
    origin: settings.origin,
    log,
    witness,
    applied,
    ...(nextLog === undefined ? {} : { nextLog }),
  }
  const running = runningLock(lockPath(directory))
  const stamps = stampFile(stampPath(directory))
  const outside = {
    db,
    market: settings.market,
    memory: headFile(headPath(directory)),
    copies: copiesFile(copiesPath(directory)),
    nowMs,
    random: (bytes: number) => new Uint8Array(randomBytes(bytes)),
    fetch: peerFetch(reachOf(settings, directory)),
    verifyMany: signatures.verifyMany,
  }
  const gate = signingGate({
    ...outside,
    signer,
    stamps,
    // Beside a running node its word counts; the node itself, and a command without one, ask the members.
    reliesOnPass: running.isTakenByOther,
    waitMs: signing.waitMs ?? 0,
    withoutPeers: signing.withoutPeers,
  })
  const node = guarded(await readKey(directory, 'node'), gate)
  const sync: SyncDeps = {
    ...outside,
    gate,
    signer: guardedSigner(signer, gate),
    headsEtags: new Map(),
    nodeKey: node,
    holder: `${process.pid}-${randomBytes(6).toString('hex')}`,
  }
  return {
    directory,
    settings,
    db,
    sync,
    scratch: scratchOf(() => openDatabase(':memory:')),
    begin: async () => {
      if (running.take()) await stamps.write(`void-${randomBytes(8).toString('hex')}`)
    },
    outbound: async () => ({ ...sync, adopted: await requireAdopted(db) }),
    nodeKey: async () => node,
    agencyKey: () => readKey(directory, 'agency'),
    people: { db, nowMs, random: sync.random, key: tokenKey, realm: realmOf(settings) },
    close: () => {
      running.give()
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
