// Charters after the first, for tests: proposed from what a node adopted, signed by whom the test says, markets that join later.
import { adopt } from '../../src/adoption.ts'
import { announceCharters } from '../../src/announce.ts'
import { type Charter, parseCharter } from '../../src/charter/charter.ts'
import { type Change, proposeTerms } from '../../src/charter/propose.ts'
import type { CharterPayload } from '../../src/charter/schema.ts'
import { requireAdopted } from '../../src/charter/store.ts'
import { openDatabase } from '../../src/node/database.ts'
import {
  signedCharter,
  type TestAlliance,
  type TestKey,
  type TestKeys,
  type TestNode,
  testKeys,
  testNode,
} from './alliance.ts'

export function charterOf(text: string): Charter {
  const parsed = parseCharter(text)
  if (!parsed.ok) throw new TypeError(`${parsed.code} ${parsed.detail}`)
  return parsed.charter
}

/** The next terms after a charter; throws where the change is refused. */
export function changed(before: Charter, changes: readonly Change[], nowMs = 0): CharterPayload {
  const proposed = proposeTerms(before, changes, Math.floor(nowMs / 1000))
  if (!proposed.ok) throw new TypeError(`${proposed.code} ${proposed.detail}`)
  return proposed.value
}

/** The root keys of all nodes. */
export const rootsOf = (alliance: TestAlliance): TestKey[] =>
  [...alliance.nodes.values()].map(({ keys }) => keys.root)

/** The file of the next charter after the one `at` has adopted, signed by the given root keys, else by those of all nodes. */
export async function nextCharter(
  alliance: TestAlliance,
  changes: readonly Change[],
  options: { roots?: readonly TestKey[]; at?: string } = {},
): Promise<string> {
  const [first = ''] = alliance.nodes.keys()
  const { charter } = await requireAdopted(alliance.node(options.at ?? first).db)
  const terms = changed(charter, changes, alliance.clock.nowMs)
  return signedCharter(terms, options.roots ?? rootsOf(alliance))
}

/** What `charter adopt FILE` does at a node: adopt, then say so in its log. Gives null, or the code of the refusal. */
export async function adoptAt(node: TestNode, text: string): Promise<string | null> {
  const result = await adopt({ db: node.db, nowMs: node.sync.nowMs }, text, null)
  if (!result.ok) return result.code
  await announceCharters(await node.outbound(), node.keys.node)
  return null
}

/** A node of a market that joins: its keys, an empty database, reachable, with nothing adopted. */
export async function newNode(
  alliance: TestAlliance,
  market: string,
  options: { origin?: string; keys?: TestKeys } = {},
): Promise<TestNode> {
  const keys = options.keys ?? (await testKeys())
  const node = testNode(market, keys, openDatabase(':memory:'), alliance.clock, alliance.net)
  const { origin } = options
  if (origin !== undefined) node.sync.signer.origin = origin
  const made = origin === undefined ? node : { ...node, origin }
  alliance.nodes.set(market, made)
  return made
}

/** State digests of these nodes, which must be one. */
export async function digestsOf(nodes: Iterable<TestNode>): Promise<Set<string>> {
  const digests = new Set<string>()
  for (const node of nodes) digests.add((await node.status()).digest)
  return digests
}
