// `portcullis status`: how a node is, read from its directory.
import { Command } from 'commander'
import { openNode } from '../node/open.ts'
import { type FeedStatus, readStatus, type Status } from '../status/read.ts'
import { moment } from './on-node.ts'
import { terminal } from './terminal.ts'

export function statusCommand(): Command {
  return new Command('status')
    .description('positions, ages and faults of every feed, and the state digest')
    .requiredOption('--dir <directory>', "the node's directory")
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nExample:\n  npm run -s portcullis -- status --dir ./us\n')
    .action(async (options: { dir: string; json?: boolean }) => {
      const node = await openNode(options.dir, process.env)
      try {
        const { adopted } = await node.outbound()
        const { market, name } = node.settings
        const nowS = Math.floor(node.sync.nowMs() / 1000)
        const status = await readStatus(
          node.db,
          { market, name },
          adopted,
          nowS,
          await node.sync.gate.state(),
        )
        const failing = status.peers.filter(({ failures }) => failures > 0)
        terminal(options).say(status, [
          `${name} (${market}), charter ${status.charter.n}`,
          ...charterLines(status.charter),
          ...signingLines(status.signing),
          ...status.feeds.map(feedLine),
          ...failing.map(
            ({ market: peer, failures, code, detail }) =>
              `  ${peer}  failed ${failures} times in a row: ${code} ${detail}`,
          ),
          ...status.holds.map(holdLine),
          ...status.evidence.map(({ kind, origin, sha256 }) =>
            kind === 'charter'
              ? `${origin} was signed with two payloads: nothing further is adopted; proof ${sha256}`
              : `${origin} signed two histories and is frozen; proof ${sha256}`,
          ),
          ...status.waiting.map(
            ({ market: of, kind, decision, leaf }) =>
              `  ${of}  ${kind} ${decision ?? ''} is signed, not in effect: waits for a second key (${leaf})`,
          ),
          ...(status.refused.length === 0
            ? []
            : [`${status.refused.length} entries refused; see --json`]),
          `state digest ${status.digest}`,
          'Nodes with the same charter and the same heads have the same digest.',
        ])
      } finally {
        node.close()
      }
    })
}

function holdLine({
  market,
  since,
  flips: { decisions, products },
}: Status['holds'][number]): string {
  const many = `${decisions.added + decisions.lifted} decisions and ${products.added + products.lifted + products.changed} listed products`
  return `${market}  a change of ${many} is held since ${moment(since)}: npm run -s portcullis -- brake`
}

function charterLines({ expires, expired }: Status['charter']): string[] {
  if (expired !== true) return []
  return [
    `  expired on ${moment(expires)}: it still holds, and a next one is due (charter propose)`,
  ]
}

function signingLines(signing: Status['signing']): string[] {
  switch (signing?.state) {
    case 'probing':
      return ['signs nothing yet: the members are asked what it has signed, as soon as it runs']
    case 'read_only':
      return [`SIGNS NOTHING: ${signing.code} ${signing.reason}`, `  Cure: ${signing.cure}`]
    case 'without_peers':
      return [`signs without the members' word since ${moment(signing.since)}: ${signing.reason}`]
    default:
      return []
  }
}

function feedLine({ market, position, seen, ageS, state, code }: FeedStatus): string {
  const age = ageS === null ? 'never loaded' : `stamped ${ageS} s ago`
  const behind = position < seen ? ` of ${seen}` : ''
  return `  ${market}  ${position}${behind} entries in effect, ${age}, ${state}${code === null ? '' : ` (${code})`}`
}
