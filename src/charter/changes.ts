// Reads the changes of a proposal from the flags of a command line, small texts each (design: protocol 1.9; reference 6.7).
import { decodeBase64 } from '../encoding/base64.ts'
import { parseDecimal } from '../encoding/decimal.ts'
import { ok, type Result, refusal } from '../errors.ts'
import { memberFileSchema } from './found.ts'
import type { Change, Frozen } from './propose.ts'
import { type PublicJwk, publicJwkSchema } from './schema.ts'

/** The flags as given; files are named by path. */
export type ChangeFlags = {
  add?: string[]
  leave?: string[]
  release?: string[]
  /** `size:root`, for the one log that ends, or `market:size:root`. */
  frozen?: string[]
  addLogKey?: string[]
  dropLogKey?: string[]
  /** `market:file` or `market:file@index`. */
  addAgencyKey?: string[]
  endAgencyKey?: string[]
  /** Leaf index from which the keys of `endAgencyKey` count no more. */
  at?: string
  /** `market:act,act` or `market:act,act@index`. */
  twoKeys?: string[]
  /** `market:act,act`. */
  oneKey?: string[]
  /** `market:member.json`. */
  successorLog?: string[]
  /** `kid:file`. */
  replaceRoot?: string[]
  dropRoot?: string[]
  /** `path=value`. */
  set?: string[]
}

/**
 * The changes in the order of their kinds. `readJson` gives what a file holds, `sizes` how many entries of each market's live log are merged
 * here. Code ERR_USAGE with the flag and its form.
 */
export function parseChanges(
  flags: ChangeFlags,
  readJson: (file: string) => unknown,
  sizes: ReadonlyMap<string, number> = new Map(),
): Result<Change[]> {
  const changes: Change[] = []
  const ending = [...(flags.leave ?? []), ...(flags.successorLog ?? []).map(beforeColon)]
  const freezes = new Map((flags.frozen ?? []).map((text) => parseFrozen(text, ending)))
  const bad = (flag: string, form: string) => refusal('ERR_USAGE', `${flag}: ${form}`)
  for (const file of flags.add ?? []) {
    const member = memberFileSchema.safeParse(readJson(file))
    if (!member.success) return bad('--add', `${file} is not a member.json that init wrote`)
    changes.push({ do: 'add', member: member.data })
  }
  for (const market of flags.leave ?? []) {
    const frozen = freezes.get(market)
    if (frozen == null) return bad('--leave', `needs --frozen ${FROZEN_FORM}`)
    changes.push({ do: 'leave', market, frozen })
  }
  for (const text of flags.successorLog ?? []) {
    const market = beforeColon(text)
    const frozen = freezes.get(market)
    if (frozen == null) return bad('--successor-log', `needs --frozen ${FROZEN_FORM}`)
    const member = memberFileSchema.safeParse(readJson(afterColon(text)))
    if (!member.success) return bad('--successor-log', 'MARKET:member.json of the next log')
    changes.push({ do: 'successor_log', market, member: member.data, frozen })
  }
  for (const text of flags.release ?? []) {
    const market = text.split('/', 1)[0] ?? text
    const decisions: true | string[] = text === market ? true : [text]
    changes.push({ do: 'release', market, decisions })
  }
  for (const vkey of flags.addLogKey ?? []) changes.push({ do: 'add_log_key', vkey })
  for (const vkey of flags.dropLogKey ?? []) changes.push({ do: 'drop_log_key', vkey })
  for (const text of flags.addAgencyKey ?? []) {
    const [file = '', index = '0'] = afterColon(text).split('@')
    const jwk = parseJwk(readJson(file))
    const fromIndex = parseDecimal(index)
    if (jwk === null || fromIndex === null)
      return bad('--add-agency-key', 'MARKET:FILE of an Ed25519 JWK, or MARKET:FILE@INDEX')
    changes.push({ do: 'add_agency_key', market: beforeColon(text), jwk, fromIndex })
  }
  for (const kid of flags.endAgencyKey ?? []) {
    const atIndex = flags.at === undefined ? null : parseDecimal(flags.at)
    if (atIndex === null) return bad('--end-agency-key', 'needs --at INDEX')
    changes.push({ do: 'end_agency_key', kid, atIndex })
  }
  for (const text of flags.twoKeys ?? []) {
    const [acts = '', index] = afterColon(text).split('@')
    const market = beforeColon(text)
    const fromIndex = index === undefined ? (sizes.get(market) ?? null) : parseDecimal(index)
    if (fromIndex === null || acts === '') return bad('--two-keys', TWO_KEYS_FORM)
    changes.push({ do: 'two_keys', market, acts: acts.split(','), fromIndex })
  }
  for (const text of flags.oneKey ?? [])
    changes.push({ do: 'one_key', market: beforeColon(text), acts: afterColon(text).split(',') })
  for (const text of flags.replaceRoot ?? []) {
    const jwk = parseJwk(readJson(afterColon(text)))
    if (jwk === null) return bad('--replace-root', 'OLDKID:FILE of an Ed25519 JWK')
    changes.push({ do: 'replace_root', kid: beforeColon(text), jwk })
  }
  for (const kid of flags.dropRoot ?? []) changes.push({ do: 'drop_root', kid })
  for (const text of flags.set ?? []) {
    const [path = '', ...value] = text.split('=')
    changes.push({ do: 'set', path, value: value.join('=') })
  }
  return changes.length === 0 ? bad('propose', 'name at least one change') : ok(changes)
}

const TWO_KEYS_FORM =
  'MARKET:ACT,ACT of a member, from the next entry on, or MARKET:ACT,ACT@INDEX from that entry on'
const FROZEN_FORM = 'SIZE:ROOT, or MARKET:SIZE:ROOT where several logs end'

function parseFrozen(text: string, ending: readonly string[]): [string, Frozen | null] {
  const parts = text.split(':')
  const [market = '', size = '', root = ''] =
    parts.length === 3 ? parts : [ending.length === 1 ? ending[0] : '', ...parts]
  const entries = parseDecimal(size)
  const isRoot = decodeBase64(root)?.length === 32
  return [market, entries !== null && isRoot ? { size: entries, root } : null]
}

/** The public part of a JWK, also of a private one: a secret never enters a charter. */
function parseJwk(value: unknown): PublicJwk | null {
  if (typeof value !== 'object' || value === null) return null
  const { kty, crv, x } = value as Record<string, unknown>
  const jwk = publicJwkSchema.safeParse({ kty, crv, x })
  return jwk.success ? jwk.data : null
}

const beforeColon = (text: string): string => text.slice(0, text.indexOf(':'))
const afterColon = (text: string): string => text.slice(text.indexOf(':') + 1)
