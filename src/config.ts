// A node's settings: one YAML file in its directory, overridden by PORTCULLIS_* variables; checked once (design: stack 5.3).
import { parse as parseYaml } from 'yaml'
import * as z from 'zod'
import { HASH_PATTERN, MARKET_PATTERN } from './decision/vocabulary.ts'
import { nearestName } from './encoding/nearest.ts'
import { Failure } from './errors.ts'

const settingsSchema = z.strictObject({
  /** ISO 3166 code of this market in lower case, `eu` for the Union: `us`. */
  market: z.string().regex(MARKET_PATTERN),
  /** Origin of this market's live log: `feeds.example.gov/us`. Never changes while the log lives. */
  origin: z.string().min(1).max(255),
  /** Name of the agency as people read it. */
  name: z.string().min(1).max(300),
  /** Base URL under which the other members reach this node: `https://feeds.example.gov`. No path. */
  url: z.url({ protocol: /^https?$/ }),
  /** IANA zone of the agency, for dates in files that name none. */
  time_zone: z.string().min(1).max(64),
  /** Hash of charter 1 in base64url: the alliance. Null until it has been adopted. */
  alliance: z.string().regex(HASH_PATTERN).nullable().default(null),
  /** Address to listen on. Put a TLS proxy in front of anything but the loopback interface. Default 127.0.0.1. */
  host: z.string().min(1).max(255).default('127.0.0.1'),
  /** TCP port to listen on. Default 4337. */
  port: z.int().min(0).max(65_535).default(4337),
  /** When the sync job runs: five- or six-field cron expression, UTC. Default every minute. */
  schedule: z.string().min(9).max(100).default('* * * * *'),
  /** Each run starts up to this many seconds later, so that members do not all ask at once. Default 10. */
  jitter_s: z.int().min(0).max(3600).default(10),
  /** Tell the other members at once when the log has grown. Without, they hear by their schedule. Default true. */
  push: z.boolean().default(true),
  /** Days that a screened manifest and what was found in it are kept; they name live shipments. Default 7. */
  screenings_keep_days: z.int().min(1).max(366).default(7),
  /** Accept http:// and private addresses from the charter. For demos and tests only. Default false. */
  insecure_http: z.boolean().default(false),
  /** Private ranges that peers may be reached in, as CIDR: `[10.20.0.0/16, 'fd00:20::/32']`. Default none: only the public internet. */
  allow_private: z
    .array(z.union([z.cidrv4(), z.cidrv6()]))
    .max(64)
    .default([]),
  /** Ports that peers may be reached at. Default 443 alone. */
  allow_ports: z.array(z.int().min(1).max(65_535)).min(1).max(16).default([443]),
  /** URL of the forward proxy to the other members; it resolves their names, and must itself refuse private addresses. Default none. */
  proxy: z
    .url({ protocol: /^https?$/ })
    .nullable()
    .default(null),
  /** File with further certificates in PEM to trust, from the node's directory if relative. Default none: only those of the system. */
  ca_file: z.string().min(1).max(1000).nullable().default(null),
  /** Who may look up and browse decisions: `open` for everybody, `token` for people with a token. The feed is always open. Default open. */
  lookup_access: z.enum(['open', 'token']).default('open'),
  /** Put look-ups with a token into the audit log: who and when, never what was asked. Default false. */
  audit_lookups: z.boolean().default(false),
  /** How many proxies stand in front of this node and add to X-Forwarded-For; that many entries from the right are believed. Default 0. */
  trusted_proxies: z.int().min(0).max(8).default(0),
  /** Look-ups and page views that a client (a token, or an address without one) may make at once, and as many a minute. 0: no limit. */
  lookups_per_minute: z.int().min(0).max(1_000_000).default(3000),
  /** Heads that an address may show the witness, likewise. Default enough for a hundred a second. 0: no limit. */
  heads_per_minute: z.int().min(0).max(1_000_000).default(6000),
  /** Requests with signed acts that a token may send, likewise. 0: no limit. */
  acts_per_minute: z.int().min(0).max(1_000_000).default(300),
})

export type Settings = z.infer<typeof settingsSchema>
export type SettingsInput = z.input<typeof settingsSchema>

const KEYS = Object.keys(settingsSchema.shape)

/** PORTCULLIS_PORT=80 → { port: 80 }; reads, decides nothing. */
export function readEnvironment(
  env: Readonly<Record<string, string | undefined>>,
): Record<string, unknown> {
  const values: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined || !name.startsWith('PORTCULLIS_')) continue
    const key = name.slice('PORTCULLIS_'.length).toLowerCase()
    if (KEYS.includes(key)) values[key] = parseYaml(value)
  }
  return values
}

/** Checks settings. Codes: ERR_CONFIG_FORMAT, ERR_CONFIG_UNKNOWN_KEY with the nearest known key. `where` names the file. */
export function parseSettings(
  text: string,
  overrides: Record<string, unknown>,
  where: string,
): Settings {
  const written = parseText(text, where)
  for (const key of Object.keys(written)) {
    if (KEYS.includes(key)) continue
    const near = nearestName(key, KEYS)
    throw new Failure('ERR_CONFIG_UNKNOWN_KEY', `${where}: there is no setting \`${key}\``, {
      at: `/${key}`,
      cure: near === null ? `known settings: ${KEYS.join(', ')}` : `did you mean \`${near}\`?`,
    })
  }
  const result = settingsSchema.safeParse({ ...written, ...overrides })
  if (result.success) return result.data
  const issue = result.error.issues[0]
  const key = issue?.path.join('/') ?? ''
  throw new Failure('ERR_CONFIG_FORMAT', `${where}: \`${key}\`: ${issue?.message ?? 'wrong'}`, {
    at: `/${key}`,
    cure: 'the meaning and form of every setting stands in src/config.ts and in the README',
  })
}

function parseText(text: string, where: string): Record<string, unknown> {
  let value: unknown
  try {
    value = parseYaml(text)
  } catch (error) {
    throw new Failure('ERR_CONFIG_FORMAT', `${where} is not YAML`, { cause: error })
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  throw new Failure('ERR_CONFIG_FORMAT', `${where} holds no settings`)
}
