// Creates a node's directory and makes a charter its own: what `init` and `charter adopt` do.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { adopt } from '../adoption.ts'
import { announceCharters } from '../announce.ts'
import type { Charter } from '../charter/charter.ts'
import { parseCharter } from '../charter/charter.ts'
import { foundingTerms, type MemberFile, unsignedFile } from '../charter/found.ts'
import { liveLog } from '../charter/members.ts'
import { isTimeZone } from '../decision/date.ts'
import { EFFECTS, type Effect, MARKET_PATTERN } from '../decision/vocabulary.ts'
import { encodeBase64 } from '../encoding/base64.ts'
import { parseDecimal } from '../encoding/decimal.ts'
import { Failure } from '../errors.ts'
import { readHead } from '../log/read.ts'
import { countMirrored, readPrefix } from '../pull/cut.ts'
import { formatVkey, isOrigin } from '../tlog/key.ts'
import { openDatabase } from './database.ts'
import {
  createDirectory,
  databasePath,
  readKey,
  readSettings,
  readWrittenSettings,
  settingsPath,
  writeSettings,
} from './directory.ts'
import { openNode } from './open.ts'

export type NodeChoice = {
  market: string
  origin: string
  name: string
  url: string
  timeZone: string
  dir: string
  schedule?: string
  port?: string
  insecureHttp?: boolean
  /** Nobody's rate is limited: where one machine asks for everybody. */
  unlimited?: boolean
}

export const memberPath = (directory: string): string => join(directory, 'member.json')

/** Creates the directory and writes the member file. Codes: ERR_USAGE, ERR_DIRECTORY_IN_USE. */
export async function initNode(options: NodeChoice): Promise<MemberFile> {
  const { market, origin, name, url, dir } = options
  check('--market', MARKET_PATTERN.test(market), 'two lower-case letters')
  check(
    '--origin',
    isOrigin(origin),
    'lower-case letters, digits, dots and dashes, parts joined by /',
  )
  check('--url', isBaseUrl(url), 'http(s)://host[:port] without a path')
  check('--time-zone', isTimeZone(options.timeZone), 'an IANA zone such as Europe/Berlin')
  if (existsSync(settingsPath(dir))) {
    throw new Failure('ERR_DIRECTORY_IN_USE', `${dir} holds a node already`, {
      cure: 'choose another directory with --dir',
    })
  }
  await createDirectory(dir, {
    market,
    origin,
    name,
    url: url.replace(/\/$/, ''),
    time_zone: options.timeZone,
    ...(options.port === undefined ? {} : { port: Number(options.port) }),
    ...(options.schedule === undefined ? {} : { schedule: options.schedule, jitter_s: 0 }),
    ...(options.insecureHttp === true ? { insecure_http: true } : {}),
    ...(options.unlimited === true ? { lookups_per_minute: 0, heads_per_minute: 0 } : {}),
  })
  openDatabase(databasePath(dir)).close()
  const member = await memberFile(options)
  writeFileSync(memberPath(dir), `${JSON.stringify(member, null, 2)}\n`)
  return member
}

async function memberFile({ market, origin, name, url, dir }: NodeChoice): Promise<MemberFile> {
  const jwk = async (role: 'root' | 'agency' | 'node') => {
    const { x } = await readKey(dir, role)
    return { kty: 'OKP' as const, crv: 'Ed25519' as const, x }
  }
  const vkey = async (role: 'log' | 'witness' | 'applied', keyName: string) => {
    const { publicKey } = await readKey(dir, role)
    return formatVkey({ name: keyName, type: role === 'log' ? 1 : 4, publicKey })
  }
  return {
    market,
    name,
    url: url.replace(/\/$/, ''),
    origin,
    rootKey: await jwk('root'),
    agencyKey: await jwk('agency'),
    nodeKey: await jwk('node'),
    logKey: await vkey('log', origin),
    witness: await vkey('witness', `${origin}/witness`),
    applied: await vkey('applied', `${origin}/applied`),
  }
}

function isBaseUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, pathname, search, hash } = new URL(text)
  return /^https?:$/.test(protocol) && pathname === '/' && search === '' && hash === ''
}

function check(option: string, holds: boolean, form: string): void {
  if (!holds) throw new Failure('ERR_USAGE', `${option}: expected ${form}`, { at: option })
}

/** The unsigned file of charter 1. Codes: ERR_USAGE, ERR_CHARTER_RULE. */
export function newCharter(
  members: readonly MemberFile[],
  options: { defaultEffect: string; threshold?: string },
): string {
  const { defaultEffect, threshold } = options
  if (!(EFFECTS as readonly string[]).includes(defaultEffect)) {
    throw new Failure('ERR_USAGE', `--default-effect: one of ${EFFECTS.join(', ')}`)
  }
  const nowS = Math.floor(Date.now() / 1000)
  const k = threshold === undefined ? {} : { threshold: Number(threshold) }
  const terms = foundingTerms(members, { defaultEffect: defaultEffect as Effect, nowS, ...k })
  const text = JSON.stringify(unsignedFile(terms))
  charterOf(text)
  return text
}

/**
 * Adopts a charter, pins charter 1's hash in the settings, and says so in the own log where that is open. Codes: ERR_CHARTER_*,
 * ERR_CONFIG_*, and those of publishing a notice: the charter is adopted then all the same.
 */
export async function adoptCharter(text: string, directory: string): Promise<Charter> {
  const settings = readSettings(directory, process.env)
  const db = openDatabase(databasePath(directory))
  let hasLog = false
  let result: Awaited<ReturnType<typeof adopt>>
  try {
    result = await adopt({ db, nowMs: Date.now }, text, settings.alliance)
    if (!result.ok) throw new Failure(result.code, result.detail)
    if (settings.alliance === null) {
      writeSettings(directory, { ...readWrittenSettings(directory), alliance: result.value.hash })
    }
    hasLog = (await readHead(db)) !== null
  } finally {
    db.close()
  }
  if (hasLog) await announceIn(directory)
  return result.value
}

async function announceIn(directory: string): Promise<void> {
  const node = await openNode(directory, process.env)
  try {
    const outbound = await node.outbound()
    await announceCharters(outbound, await node.nodeKey())
  } finally {
    node.close()
  }
}

/**
 * Where a market's live log stands here after `size` entries, or after all that are merged: `SIZE:ROOT`, as `charter propose --frozen`
 * takes it. Codes: ERR_NOT_MEMBER, ERR_USAGE where fewer entries are here.
 */
export async function freezePoint(
  directory: string,
  market: string,
  size?: string,
): Promise<string> {
  const node = await openNode(directory, process.env)
  try {
    const { adopted } = await node.outbound()
    const origin = liveLog(adopted.charter.terms, market)?.log.origin
    if (origin === undefined)
      throw new Failure('ERR_NOT_MEMBER', `the adopted charter names no market ${market}`)
    const merged = await countMirrored(node.db, origin)
    const entries = size === undefined ? merged : parseDecimal(size)
    if (entries === null || entries > merged)
      throw new Failure('ERR_USAGE', `--size: ${merged} entries of ${market} are merged here`)
    const { root } = await readPrefix(node.db, origin, entries)
    return `${entries}:${encodeBase64(root)}`
  } finally {
    node.close()
  }
}

/** A charter that parses. Codes: ERR_CHARTER_FORMAT, ERR_CHARTER_RULE. */
export function charterOf(text: string): Charter {
  const result = parseCharter(text.trim())
  if (!result.ok) throw new Failure(result.code, result.detail)
  return result.charter
}

/** Code ERR_FILE_UNREADABLE. */
export function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new Failure('ERR_FILE_UNREADABLE', `${file} cannot be read`, {
      cause: error,
      cure: 'check the path',
    })
  }
}
