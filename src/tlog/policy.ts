// Policies (C2SP tlog-policy): which logs may sign a checkpoint, and which witnesses must have cosigned it.
import { parseDecimal } from '../encoding/decimal.ts'
import { decodeUtf8 } from '../encoding/utf8.ts'
import {
  COSIGNATURE_KEY,
  ED25519_KEY,
  formatVkey,
  type KeyType,
  parseVkey,
  type Vkey,
} from './key.ts'

/** At least `k` of the members, each a witness or a group of its own. */
export type PolicyGroup = { name: string; k: number; members: readonly string[] }
export type PolicyWitness = { name: string; vkey: Vkey }
export type Policy = {
  logs: readonly Vkey[]
  witnesses: readonly PolicyWitness[]
  /** Each after those it names. */
  groups: readonly PolicyGroup[]
  /** A witness or a group; null: none is asked for. */
  quorum: string | null
}

/** How a checkpoint fares: `have` of the `of` members of the quorum, where `needed` are asked for. */
export type Tally = { met: boolean; have: number; needed: number; of: number }

export const MAX_POLICY_BYTES = 131_072
/** Logs, witnesses and groups together; the standard asks for 96. */
export const MAX_POLICY_LINES = 512

const CONTROLS = /[^\t\n\x20-\x7e\u0080-\u{10ffff}]/u

type Draft = {
  logs: Vkey[]
  witnesses: PolicyWitness[]
  groups: PolicyGroup[]
  quorum: string | null | undefined
  /** Names that may still be listed: each witness and group counts in one way only. */
  free: Set<string>
  defined: Set<string>
}

/**
 * The policy in a file, or null: over 128 KiB, a control character, a line that is none, a name used before it is defined, defined twice
 * or listed twice, a key twice, a key that cannot log or witness, no quorum line or two. Names and comments that are not UTF-8, which
 * the standard lets pass, are refused too.
 */
export function parsePolicy(bytes: Uint8Array): Policy | null {
  const text = bytes.length > MAX_POLICY_BYTES ? null : decodeUtf8(bytes)
  if (text === null || CONTROLS.test(text)) return null
  const lines = text
    .split('\n')
    .map((line) => line.split(/[ \t]+/).filter((word) => word !== ''))
    .filter(([first]) => first !== undefined && !first.startsWith('#'))
  if (lines.length > MAX_POLICY_LINES) return null
  const draft: Draft = {
    logs: [],
    witnesses: [],
    groups: [],
    quorum: undefined,
    free: new Set(),
    defined: new Set(['none']),
  }
  if (!lines.every((words) => addLine(draft, words)) || draft.quorum === undefined) return null
  const { logs, witnesses, groups, quorum } = draft
  return { logs, witnesses, groups, quorum }
}

function addLine(draft: Draft, [word, ...rest]: string[]): boolean {
  if (word === 'log') return addLog(draft, rest)
  if (word === 'witness') return addWitness(draft, rest)
  if (word === 'group') return addGroup(draft, rest)
  return word === 'quorum' && addQuorum(draft, rest)
}

function addLog({ logs }: Draft, [text = '', , ...more]: string[]): boolean {
  const vkey = parseVkey(text)
  if (!isOf(vkey, ED25519_KEY) || more.length > 0 || logs.some(sameKey(vkey))) return false
  logs.push(vkey)
  return true
}

function addWitness(draft: Draft, [name = '', text = '', , ...more]: string[]): boolean {
  const vkey = parseVkey(text)
  if (!isOf(vkey, COSIGNATURE_KEY) || more.length > 0) return false
  if (draft.witnesses.some((known) => sameKey(vkey)(known.vkey))) return false
  if (!define(draft, name)) return false
  draft.witnesses.push({ name, vkey })
  return true
}

function addGroup(draft: Draft, [name = '', count = '', ...members]: string[]): boolean {
  const k = count === 'any' ? 1 : count === 'all' ? members.length : parseDecimal(count)
  if (k === null || k < 1 || k > members.length) return false
  // Deleting as it goes refuses a member listed twice in one group as well.
  if (!members.every((member) => draft.free.delete(member)) || !define(draft, name)) return false
  draft.groups.push({ name, k, members })
  return true
}

function addQuorum(draft: Draft, [name, ...more]: string[]): boolean {
  if (name === undefined || more.length > 0 || draft.quorum !== undefined) return false
  if (!draft.defined.has(name)) return false
  draft.quorum = name === 'none' ? null : name
  return true
}

function define({ free, defined }: Draft, name: string): boolean {
  if (name === '' || defined.has(name)) return false
  defined.add(name)
  free.add(name)
  return true
}

function isOf(vkey: Vkey | null, type: KeyType): vkey is Vkey {
  return vkey !== null && vkey.type === type
}

function sameKey(a: Vkey): (b: Vkey) => boolean {
  return (b) => a.publicKey.every((byte, at) => byte === b.publicKey[at])
}

/** The lines of a policy, each ended by LF. Names must be words of the policy; the caller answers for it. */
export function formatPolicy({ logs, witnesses, groups, quorum }: Policy): string {
  const lines = [
    ...logs.map((vkey) => `log ${formatVkey(vkey)}`),
    ...witnesses.map(({ name, vkey }) => `witness ${name} ${formatVkey(vkey)}`),
    ...groups.map(({ name, k, members }) => `group ${name} ${k} ${members.join(' ')}`),
    `quorum ${quorum ?? 'none'}`,
  ]
  return lines.map((line) => `${line}\n`).join('')
}

/** Counts the witnesses of a policy, by their names in it, against its quorum. */
export function tallyQuorum(policy: Policy, cosigned: ReadonlySet<string>): Tally {
  if (policy.quorum === null) {
    return { met: true, have: cosigned.size, needed: 0, of: policy.witnesses.length }
  }
  const met = new Set(cosigned)
  const countOf = ({ members }: PolicyGroup): number =>
    members.filter((name) => met.has(name)).length
  for (const group of policy.groups) if (countOf(group) >= group.k) met.add(group.name)
  const group = policy.groups.find(({ name }) => name === policy.quorum)
  const isMet = met.has(policy.quorum)
  if (group === undefined) return { met: isMet, have: isMet ? 1 : 0, needed: 1, of: 1 }
  return { met: isMet, have: countOf(group), needed: group.k, of: group.members.length }
}
