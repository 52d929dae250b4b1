// `portcullis init`: keys, settings, database and the member file to hand to the alliance.
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import type { MemberFile } from '../charter/found.ts'
import { isTimeZone } from '../decision/date.ts'
import { MARKET_PATTERN } from '../decision/vocabulary.ts'
import { Failure } from '../errors.ts'
import { openDatabase } from '../node/database.ts'
import { createDirectory, databasePath, readKey, settingsPath } from '../node/directory.ts'
import { formatVkey, isOrigin } from '../tlog/key.ts'
import { terminal } from './terminal.ts'

export type InitOptions = {
  market: string
  origin: string
  name: string
  url: string
  timeZone: string
  dir: string
  schedule?: string
  port?: string
  insecureHttp?: boolean
  json?: boolean
}

export function initCommand(): Command {
  return new Command('init')
    .description('create a node: keys, settings, database, and a member file for the alliance')
    .requiredOption('--market <code>', 'ISO 3166 code in lower case: us')
    .requiredOption('--origin <origin>', 'name of the log, for ever: feeds.example.gov/us')
    .requiredOption('--name <name>', 'name of the agency as people read it')
    .requiredOption(
      '--url <url>',
      'where the other members reach this node: https://feeds.example.gov',
    )
    .requiredOption('--dir <directory>', "the node's directory, created here")
    .option('--time-zone <zone>', "the agency's IANA time zone", 'UTC')
    .option('--port <port>', 'TCP port to listen on')
    .option('--schedule <cron>', 'when to sync, five or six cron fields in UTC')
    .option('--insecure-http', 'accept http:// peers, for demos and tests only')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      '\nExample:\n  npm run -s portcullis -- init --market us --origin feeds.example.gov/us \\\n    --name "Example Trade Commission" --url https://feeds.example.gov --dir ./us\n',
    )
    .action(async (options: InitOptions) => {
      const member = await initNode(options)
      const file = memberPath(options.dir)
      terminal(options).say({ directory: options.dir, member: file, market: member.market }, [
        `Created a node for ${member.market} in ${options.dir}.`,
        `Back up ${join(options.dir, 'keys')} now: these keys cannot be made again. Keep keys/root.jwk.json offline.`,
        `Next: give ${file} to the founders; with all of them, one runs: npm run -s portcullis -- charter new --help`,
      ])
    })
}

export const memberPath = (directory: string): string => join(directory, 'member.json')

/** Creates the directory and writes the member file. Codes: ERR_USAGE, ERR_DIRECTORY_IN_USE. */
export async function initNode(options: InitOptions): Promise<MemberFile> {
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
  })
  openDatabase(databasePath(dir)).close()
  const member = await memberFile(options)
  writeFileSync(memberPath(dir), `${JSON.stringify(member, null, 2)}\n`)
  return member
}

async function memberFile({ market, origin, name, url, dir }: InitOptions): Promise<MemberFile> {
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
