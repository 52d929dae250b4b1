// `portcullis verify` of a look-up receipt: offline by a charter, and held against the feeds where they are given.
import type { Charter } from '../charter/charter.ts'
import { requireAdopted } from '../charter/store.ts'
import { Failure } from '../errors.ts'
import { withBundle } from '../node/bundle-check.ts'
import { openDatabase } from '../node/database.ts'
import { openNode } from '../node/open.ts'
import type { Receipt } from '../receipt/schema.ts'
import { type ReceiptReport, verifyReceipt } from '../receipt/verify.ts'
import { checkReceipt, type Replay, type ReplayDeps } from '../receipting.ts'
import { scratchOf } from '../replay.ts'

/** How every receipt begins, whoever signed it: the header up to the key. */
export const RECEIPT_HEAD = 'eyJhbGciOiJFZDI1NTE5Iiwia2lkIjoi'

type Options = { bundle?: string; dir?: string }
type Said = { json: unknown; lines: string[] }
type Progress = (market: string, merged: number, size: number) => void

/**
 * Verifies a receipt by the trusted charter, and by the feeds of a bundle or a node's directory. Throws the code of what is wrong:
 * ERR_RECEIPT_*; ERR_RECEIPT_REPLAY where the feeds given do not suffice.
 */
export async function verifyReceiptFile(
  text: string,
  trusted: Charter | null,
  { bundle, dir }: Options,
  progress: Progress,
): Promise<Said> {
  if (bundle !== undefined && dir !== undefined) {
    throw new Failure('ERR_USAGE', 'name one of --bundle and --dir')
  }
  if (bundle !== undefined) {
    return withBundle(bundle, trusted, progress, ({ db, adopted }) =>
      replayed(text, { db, adopted }, trusted),
    )
  }
  if (dir !== undefined) {
    const node = await openNode(dir, process.env)
    const { db } = node
    try {
      return await replayed(text, { db, adopted: await requireAdopted(db) }, trusted)
    } finally {
      node.close()
    }
  }
  if (trusted === null) {
    throw new Failure(
      'ERR_USAGE',
      'a receipt is checked against --charter FILE, --bundle or --dir',
      {
        cure: 'the newest charter of the alliance names the keys of every node',
      },
    )
  }
  const report = await verifyReceipt(text, trusted)
  if (!report.ok) throw new Failure(report.code, report.detail)
  refuseContradicted(report.value.contradictions)
  return said(report.value, null)
}

async function replayed(
  text: string,
  feeds: Pick<ReplayDeps, 'db' | 'adopted'>,
  trusted: Charter | null,
): Promise<Said> {
  const { adopted } = feeds
  if (trusted !== null && adopted.charters.get(trusted.terms.n) !== trusted.hash) {
    const message = `charter ${trusted.terms.n} of hash ${trusted.hash} is not the one adopted there`
    throw new Failure('ERR_CHARTER_PIN', message)
  }
  const scratch = scratchOf(() => openDatabase(':memory:'))
  const deps = { ...feeds, nowMs: Date.now, scratch, maxReplayed: Number.MAX_SAFE_INTEGER }
  const checked = await checkReceipt(deps, text)
  if (!checked.ok) throw new Failure(checked.code, checked.detail)
  const { replay } = checked.value
  if (replay.outcome === 'contradicted') refuseContradicted(replay.why)
  if (replay.outcome === 'not_replayable') {
    throw new Failure('ERR_RECEIPT_REPLAY', `signed as it says, but not replayed: ${replay.why}`, {
      cure: 'give feeds that reach as far as the receipt: export a newer bundle, or sync the node',
      facts: { replay },
    })
  }
  return said(checked.value, replay)
}

function refuseContradicted(why: readonly string[]): void {
  if (why.length === 0) return
  const message = `CONTRADICTED. The node signed this, and it is not so: ${why.join('; ')}`
  throw new Failure('ERR_RECEIPT_CONTRADICTED', message, {
    cure: 'show receipt and feeds to the other members: both are signed, so anybody can repeat this',
    facts: { contradictions: why },
  })
}

function said(report: ReceiptReport, replay: Replay | null): Said {
  const { receipt, kid, name, under } = report
  return {
    json: { kind: 'receipt', verified: true, name, kid, under, receipt, replay },
    lines: [
      `Verified: signed by the node of ${receipt.market} (${name}), key ${kid}, under charter ${under}.`,
      ...receiptLines(receipt),
      ...(under === receipt.charter.n
        ? []
        : [
            `The answer was given under charter ${receipt.charter.n}; its rules were not looked at.`,
          ]),
      replay === null
        ? 'It proves what that node said, not that it was right: give --bundle or --dir to replay it.'
        : 'CONFIRMED: the feeds it names give the same answer. How fresh they were then is that node’s own word.',
    ],
  }
}

/** What a receipt says, for people. */
function receiptLines(receipt: Receipt): string[] {
  const { verdict, decisions, at, on, query, charter, coverage } = receipt
  const asked = Object.entries(query).map(([name, value]) => `${name} ${value}`)
  const late = coverage.filter(({ state }) => state !== 'fresh').map(({ market }) => market)
  return [
    `  asked    ${asked.join(', ')}${on === null ? '' : `, on ${on}`}`,
    `  answered ${verdict.replace('_', ' ').toUpperCase()} at ${timeText(at)}, charter ${charter.n}${charter.expired === undefined ? '' : ' (expired)'}, ${receipt.matcher}`,
    ...decisions.map(({ decision, pid, state }) => `  ${decision}  ${pid ?? ''}  ${state}`),
    late.length === 0
      ? `  every market's word was fresh (${coverage.length})`
      : `  not fresh: ${late.join(', ')}`,
  ]
}

const timeText = (timeS: number): string =>
  new Date(timeS * 1000).toISOString().slice(0, 19).concat('Z')
