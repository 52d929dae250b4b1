// `portcullis sync`: one round of the sync job now, with progress.
import { Command } from 'commander'
import { Failure } from '../errors.ts'
import { openNode } from '../node/open.ts'
import { type PeerReport, syncRound } from '../sync.ts'
import { terminal } from './terminal.ts'

type Options = { dir: string; peer?: string; json?: boolean }

export function syncCommand(): Command {
  return new Command('sync')
    .description('pull from every member now, verify and merge')
    .requiredOption('--dir <directory>', "the node's directory")
    .option('--peer <market>', 'only this member')
    .option('--once', 'one round, which is what this command always does')
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nExample:\n  npm run -s portcullis -- sync --dir ./us --peer jp\n')
    .action(async (options: Options) => {
      const node = await openNode(options.dir, process.env)
      const print = terminal(options)
      try {
        const report = await syncRound(node.sync, {
          force: true,
          ...(options.peer === undefined ? {} : { peer: options.peer }),
          progress: (market, merged, size) =>
            print.progress(`${market}: ${merged} of ${size} entries`),
        })
        if (!report.ran) {
          throw new Failure(
            'ERR_SYNC_RUNNING',
            'another process is syncing this directory right now',
            {
              cure: 'wait for it; a running node syncs by its schedule',
            },
          )
        }
        print.say(report, [
          ...report.peers.map(peerLine),
          ...report.held.map(
            (market) =>
              `${market}  a mass change is held back: npm run -s portcullis -- brake --dir ${options.dir}`,
          ),
          `Next: npm run -s portcullis -- status --dir ${options.dir}`,
        ])
        const failed = report.peers.find(({ outcome }) => outcome === 'failed')
        if (failed !== undefined) process.exitCode = 1
      } finally {
        node.close()
      }
    })
}

function peerLine({ market, outcome, merged, refused, code, detail }: PeerReport): string {
  if (outcome === 'failed') return `${market}  failed: ${code} ${detail}`
  if (outcome === 'merged') {
    return `${market}  ${merged} new entries${refused > 0 ? `, ${refused} refused` : ''}`
  }
  return `${market}  nothing new`
}
