// Builds a two-market alliance in a temporary directory, the first with a long log of real signed acts.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Act, Header, Product } from '../../src/decision/schema.ts'
import { encodeBase64url } from '../../src/encoding/base64.ts'
import { MAX_BATCH, planAppend } from '../../src/log/append.ts'
import { readHead } from '../../src/log/read.ts'
import { foundAlliance, freePorts, memberDirectory } from '../../src/node/alliance.ts'
import { openNode } from '../../src/node/open.ts'
import { openLog } from '../../src/outbound.ts'
import { fillAct, signAct, type UnsignedAct } from '../../src/publish/sign.ts'
import { leafHash } from '../../src/tlog/hash.ts'

export type BenchAlliance = { directory: string; origin: string; reader: string }

/** Two nodes; nothing is published yet. The schedule never fires. */
export async function benchAlliance(): Promise<BenchAlliance> {
  const directory = mkdtempSync(join(tmpdir(), 'portcullis-bench-'))
  const [a = 0, b = 0] = await freePorts(2)
  await foundAlliance({
    directory,
    markets: [
      { market: 'de', name: 'Bench de', timeZone: 'UTC', port: a },
      { market: 'jp', name: 'Bench jp', timeZone: 'UTC', port: b },
    ],
    defaultEffect: 'detain',
    schedule: '0 0 1 1 *',
  })
  return {
    directory,
    origin: memberDirectory(directory, 'de'),
    reader: memberDirectory(directory, 'jp'),
  }
}

/** `decisions` issue acts, then products acts round robin over them. Appended straight to the log: every act is one peers accept. */
export async function fillLog(
  directory: string,
  decisions: number,
  acts: number,
  productOf: (act: number) => Product[],
): Promise<{ entries: number; bytes: number }> {
  const node = await openNode(directory, {})
  try {
    const outbound = await node.outbound()
    await openLog(outbound, await node.nodeKey())
    const key = await node.agencyKey()
    const tips = new Map<string, string>()
    let bytes = 0
    let seed = 0
    let head = await readHead(node.db)
    const sign = async (act: UnsignedAct): Promise<Uint8Array> => {
      const decision = String(act.decision)
      const iat = Math.floor(Date.now() / 1000)
      const filled = fillAct(act, {
        alliance: outbound.adopted.alliance,
        log: node.settings.origin,
        id: benchId(seed++),
        prev: tips.get(decision) ?? null,
        iat,
      })
      const entry = await signAct(filled as Act, key)
      tips.set(decision, encodeBase64url(leafHash(entry)))
      bytes += entry.length
      return entry
    }
    const total = decisions + acts
    for (let at = 0; at < total; at += MAX_BATCH) {
      const entries: Uint8Array[] = []
      for (let i = at; i < Math.min(at + MAX_BATCH, total); i++) {
        entries.push(
          await sign(i < decisions ? issue(i) : more(i % decisions, productOf(i - decisions))),
        )
      }
      const plan = await planAppend(head, entries, outbound.signer, Math.floor(Date.now() / 1000))
      await node.db.commit(plan.statements)
      head = plan.head
    }
    return { entries: total, bytes }
  } finally {
    node.close()
  }
}

const decisionId = (at: number): string => `de/bench-${at}`

function issue(at: number): UnsignedAct {
  return { act: 'issue', decision: decisionId(at), header: HEADER, products: [] }
}

function more(at: number, add: Product[]): UnsignedAct {
  return { act: 'products', decision: decisionId(at), add }
}

function benchId(at: number): string {
  return `019a0000-0000-7000-8000-${at.toString(16).padStart(12, '0')}`
}

const day = (on: string, at: number) => ({ on, precision: 'day' as const, at })
const HEADER: Header = {
  record: 'illustrative',
  issuing_body: 'Bench authority',
  legal_basis: 'None; made for measuring',
  instrument: 'import_suspension',
  case_numbers: ['B-1'],
  title: 'Goods made for measuring',
  issued_on: day('2025-01-01', 1735689600),
  starts_on: day('2025-01-01', 1735689600),
  expires_on: { open: true, reason: 'made for measuring' },
  time_zone: 'UTC',
  wording: { kind: 'summary', text: 'All goods listed here.', lang: 'en' },
  grounds: ['trademark'],
  breadth: 'any_source',
  reasons: 'None.',
}

/** Terms that admission would take, for acts that are made by the thousand. */
export const benchHeader = (): Header => HEADER

/** A product of about 450 bytes, so that its act is about 900 bytes on the wire. */
export function benchProduct(act: number): Product {
  return {
    pid: `p${act}`,
    listing: 'listed',
    source: { document: 'Bench order', date: '2025-01-01' },
    brand: `Brand${act % 97}`,
    model: `MX-${act}-${(act * 7919) % 1000}`,
    gtins: [gtin(act)],
    hs: [{ code: '850760', edition: '2022' }],
    description: [
      { text: `Rechargeable battery pack number ${act} for cordless tools`, lang: 'en' },
    ],
  }
}

/** A GTIN-13 under GS1's demonstration prefix 952 with its check digit. */
export function gtin(at: number): string {
  const body = `952${at.toString().padStart(9, '0')}`
  const sum = [...body].reduce(
    (total, digit, i) => total + Number(digit) * (i % 2 === 0 ? 1 : 3),
    0,
  )
  return `${body}${(10 - (sum % 10)) % 10}`
}
