// `portcullis charter propose`: charter n + 1 from charter n and what shall change, one flag per change.
import { writeFileSync } from 'node:fs'
import { Command } from 'commander'
import { type ChangeFlags, parseChanges } from '../charter/changes.ts'
import { charterDiff } from '../charter/diff.ts'
import { unsignedFile } from '../charter/found.ts'
import { brokenHistory } from '../charter/history.ts'
import { type Adopted, feedsOf } from '../charter/members.ts'
import { proposeTerms } from '../charter/propose.ts'
import type { CharterPayload } from '../charter/schema.ts'
import { Failure } from '../errors.ts'
import { type Change, foresee } from '../foreseeing.ts'
import { charterOf, readText } from '../node/founding.ts'
import { type OpenNode, openNode } from '../node/open.ts'
import { countMirrored } from '../pull/cut.ts'
import { terminal } from './terminal.ts'

type Options = ChangeFlags & {
  from: string
  out: string
  dir?: string
  retroactive?: boolean
  json?: boolean
}

export function proposeCommand(): Command {
  const list = (value: string, before: string[] = []) => [...before, value]
  return new Command('propose')
    .description('write the next charter: members join and leave, keys and rules change')
    .requiredOption('--from <file>', 'the newest charter')
    .requiredOption('--out <file>', 'where to write the next')
    .option('--add <member.json>', 'a market joins', list)
    .option('--leave <market>', 'a market leaves; needs --frozen', list)
    .option('--release <market|decision>', 'decisions of a market that left stop blocking', list)
    .option('--frozen <size:root>', 'last entries and root of a log that ends, from status', list)
    .option('--add-log-key <vkey>', 'a log will sign with this key too', list)
    .option('--drop-log-key <vkey>', 'a log no longer signs with this key', list)
    .option('--add-agency-key <market:file>', 'a further agency key, JWK; @INDEX behind it', list)
    .option('--end-agency-key <kid>', 'an agency key ends; needs --at', list)
    .option('--at <index>', 'first leaf index at which the ended key counts no more')
    .option('--two-keys <market:act,…>', 'acts that count only once endorsed; @INDEX behind', list)
    .option('--one-key <market:act,…>', 'acts that need no second key any more', list)
    .option('--dir <directory>', "a node's, to see what of the past the changes would undo")
    .option('--retroactive', 'undo it: every act that is listed must be signed anew')
    .option('--successor-log <market:member.json>', 'the next log takes over; needs --frozen', list)
    .option('--replace-root <kid:file>', 'another root key in place of one', list)
    .option('--drop-root <kid>', 'a root key goes, as of a market that left', list)
    .option('--set <path=value>', 'policy.defaultEffect, threshold, expires, us.url …', list)
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      '\nExample:\n  npm run -s portcullis -- charter propose --from charter-1.json --out charter-2.json --add kr/member.json\n',
    )
    .action(async (options: Options) => {
      const before = charterOf(readText(options.from))
      const { text, undone } = await proposeOn(options)
      writeFileSync(options.out, `${text}\n`)
      const { hash, terms } = charterOf(text)
      const changes = charterDiff(before.terms, terms)
      terminal(options).say({ file: options.out, n: terms.n, hash, changes, undone }, [
        `Wrote ${options.out}: charter ${terms.n}, hash ${hash}.`,
        ...changes.map((change) => `  ${change}`),
        ...undone.map(undoneLine),
        ...loneKeys(terms),
        `Next: ${before.terms.threshold} root keys of charter ${before.terms.n} and ${terms.threshold} of charter ${terms.n} sign it: npm run -s portcullis -- charter sign ${options.out} --key KEY --previous ${options.from}`,
      ])
    })
}

/** Flags that move what of the past counts: a node must be asked what hangs on it. */
const REACHING = ['endAgencyKey', 'twoKeys', 'oneKey'] as const
const FLAG_OF = { endAgencyKey: '--end-agency-key', twoKeys: '--two-keys', oneKey: '--one-key' }

/**
 * The unsigned file of the next charter, and the acts of the past that it undoes. Codes: as `proposeCharter`, and ERR_CHARTER_RETROACTIVE
 * where there are some and `--retroactive` does not say that it is meant.
 */
async function proposeOn(options: Options): Promise<{ text: string; undone: Change[] }> {
  const { dir, from } = options
  const reaching = REACHING.find((flag) => options[flag] !== undefined)
  if (dir === undefined) {
    if (reaching === undefined) return { text: proposeCharter(from, options), undone: [] }
    throw new Failure('ERR_USAGE', `${FLAG_OF[reaching]}: needs --dir, to see what it would undo`, {
      cure: "name a node's directory that has merged the log: --dir D",
    })
  }
  const node = await openNode(dir, process.env)
  try {
    const { adopted } = await node.outbound()
    if (adopted.charter.hash !== charterOf(readText(from)).hash)
      throw new Failure('ERR_USAGE', `--dir: ${dir} has adopted another charter than ${from}`)
    const text = proposeCharter(from, options, await readSizes(node, adopted))
    const undone = await foresee(node.db, adopted, charterOf(text))
    if (undone.length > 0 && options.retroactive !== true)
      throw new Failure('ERR_CHARTER_RETROACTIVE', `${undone.length} acts of the past`, {
        cure: 'choose a later --at or @INDEX; or add --retroactive and sign what is gone anew',
        facts: { undone, problems: undone.map(problemOf) },
      })
    return { text, undone }
  } finally {
    node.close()
  }
}

async function readSizes(node: OpenNode, { charter }: Adopted): Promise<Map<string, number>> {
  const sizes = new Map<string, number>()
  for (const { member, log, live } of feedsOf(charter.terms))
    if (live) sizes.set(member.market, await countMirrored(node.db, log.origin))
  return sizes
}

const BECOMES = {
  gone: 'is gone and must be signed anew',
  waits: 'waits for a second key',
  counts: 'begins to count',
} as const

const undoneLine = ({ origin, idx, kind, decision, becomes }: Change): string =>
  `${`  ${origin} entry ${idx}, ${kind} ${decision ?? ''}`.trimEnd()}: ${BECOMES[becomes]}.`

const problemOf = (change: Change) => ({
  code: 'ERR_CHARTER_RETROACTIVE',
  at: `/${change.origin}/${change.idx}`,
  message: undoneLine(change).trim(),
})

/** What waits for a second key waits for ever where there is only one. */
function loneKeys(terms: CharterPayload): string[] {
  return terms.members.flatMap(({ market, logs }) => {
    const live = logs.at(-1)
    const open = live?.agencyKeys.filter(({ toIndex }) => toIndex === null) ?? []
    return live === undefined || live.twoKeys.length === 0 || open.length > 1
      ? []
      : [
          `  ${market} has ${open.length} agency key: what needs two waits until another is added (--add-agency-key).`,
        ]
  })
}

/** The unsigned file of the next charter. Codes: ERR_USAGE, ERR_CHARTER_CHANGE, ERR_CHARTER_RULE. */
export function proposeCharter(
  from: string,
  flags: ChangeFlags,
  sizes: ReadonlyMap<string, number> = new Map(),
): string {
  const before = charterOf(readText(from))
  const changes = parseChanges(flags, readJson, sizes)
  if (!changes.ok) throw new Failure(changes.code, changes.detail)
  const proposed = proposeTerms(before, changes.value, Math.floor(Date.now() / 1000))
  if (!proposed.ok) throw new Failure(proposed.code, proposed.detail)
  const text = JSON.stringify(unsignedFile(proposed.value))
  const broken = brokenHistory([before.terms], charterOf(text).terms)
  if (broken !== null) throw new Failure('ERR_CHARTER_RULE', broken)
  return text
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readText(file))
  } catch (error) {
    if (error instanceof Failure) throw error
    throw new Failure('ERR_USAGE', `${file} is not JSON`, { cause: error })
  }
}
