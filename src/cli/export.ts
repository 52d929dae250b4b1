// `portcullis export` and `import`: an alliance in one file, for machines that no network joins.
import { Command } from 'commander'
import { parseDecimal } from '../encoding/decimal.ts'
import { Failure } from '../errors.ts'
import { type OpenNode, openNode } from '../node/open.ts'
import { audited } from '../node/people.ts'
import { openTar, writeTar } from '../node/tar-file.ts'
import { mergeOwnLog, requireLiveLog } from '../outbound.ts'
import { readStatus } from '../status/read.ts'
import { exportAlliance, type Import, type ImportedFeed, importAlliance } from '../transfer.ts'
import { exitCodeOf, terminal } from './terminal.ts'

type ExportOptions = { dir: string; out: string; from: string[]; json?: boolean }
type ImportOptions = { dir: string; json?: boolean }

export function transferCommands(): Command[] {
  return [exportCommand(), importCommand()]
}

function exportCommand(): Command {
  return new Command('export')
    .description('write the charters and every log this node holds into one tar, to carry by hand')
    .requiredOption('--dir <directory>', "the node's directory")
    .requiredOption('--out <file>', 'where to write the tar')
    .option(
      '--from <market=entries...>',
      'leave out what the receiver has: its positions as `status` shows them, such as jp=512 kr=300',
      [],
    )
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      '\nExample:\n  npm run -s portcullis -- export --dir ./us --out alliance.tar\n  npm run -s portcullis -- export --dir ./us --out newer.tar --from jp=512 kr=300\n',
    )
    .action(async (options: ExportOptions) => {
      const node = await openNode(options.dir, process.env)
      try {
        await runExport(node, options)
      } finally {
        node.close()
      }
    })
}

async function runExport(node: OpenNode, options: ExportOptions): Promise<void> {
  const outbound = await node.outbound()
  const { market, origin } = node.settings
  await mergeOwnLog(outbound, requireLiveLog(outbound.adopted, market, origin))
  const deps = { db: node.db, adopted: outbound.adopted, appliedName: `${origin}/applied` }
  const { logs, left_out, files } = await exportAlliance(deps, parseFrom(options.from))
  const written = await writeTar(options.out, files)
  terminal(options).say({ file: options.out, ...written, logs, left_out }, [
    `Wrote ${options.out}: ${written.files} files, ${written.bytes} bytes, ${outbound.adopted.charter.terms.n} charters.`,
    ...logs.map(
      (log) =>
        `  ${log.market}  ${log.size} entries${log.from === 0 ? '' : `, those before ${log.from} left out`}`,
    ),
    ...left_out.map((name) => `  ${name}  left out: nothing of it is merged whole here`),
    `Next, where it is carried to: npm run -s portcullis -- import ${options.out} --dir D`,
  ])
}

function parseFrom(words: readonly string[]): Map<string, number> {
  return new Map(
    words
      .flatMap((word) => word.split(','))
      .map((word): [string, number] => {
        const [market = '', text = '', ...more] = word.split('=')
        const entries = parseDecimal(text)
        if (entries === null || more.length > 0) {
          throw new Failure('ERR_USAGE', `--from ${word}: expected market=entries, such as jp=512`)
        }
        return [market, entries]
      }),
  )
}

function importCommand(): Command {
  return new Command('import')
    .description('take in what `export` wrote, verified like anything that comes from a peer')
    .argument('<file>', 'the tar')
    .requiredOption('--dir <directory>', "the node's directory")
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nExample:\n  npm run -s portcullis -- import alliance.tar --dir ./de\n')
    .action(async (file: string, options: ImportOptions) => {
      const node = await openNode(options.dir, process.env)
      try {
        await audited(node.db, 'import', file, () => runImport(node, file, options))
      } finally {
        node.close()
      }
    })
}

async function runImport(node: OpenNode, file: string, options: ImportOptions): Promise<void> {
  const print = terminal(options)
  const { market, name, origin, alliance } = node.settings
  const archive = openTar(file)
  let report: Import
  try {
    const deps = { db: node.db, origin, pin: alliance, nowMs: node.sync.nowMs }
    report = await importAlliance(deps, archive, (peer, merged, size) =>
      print.progress(`${peer}: ${merged} of ${size} entries`),
    )
  } finally {
    archive.close()
  }
  const nowS = Math.floor(node.sync.nowMs() / 1000)
  const status = await readStatus(node.db, { market, name }, report.adopted, nowS)
  const ages = new Map(status.feeds.map((feed) => [feed.origin, feed.ageS]))
  const feeds = report.feeds.map((feed) => ({ ...feed, age_s: ages.get(feed.origin) ?? null }))
  const { charters_adopted: charters, held } = report
  print.say({ file, charters_adopted: charters, feeds, held, digest: status.digest }, [
    ...(charters > 0 ? [`Adopted ${charters} charters, now ${status.charter.n}.`] : []),
    ...feeds.map(feedLine),
    ...held.map((peer) => `${peer}  a mass change is held back: npm run -s portcullis -- brake`),
    `state digest ${status.digest}`,
    `Next: npm run -s portcullis -- status --dir ${options.dir}`,
  ])
  const bad = feeds.find(({ outcome }) => outcome === 'failed')
  if (bad?.code !== undefined) process.exitCode = exitCodeOf(new Failure(bad.code, ''))
}

function feedLine(feed: ImportedFeed & { age_s: number | null }): string {
  const age = feed.age_s === null ? 'never stamped' : `stamped ${feed.age_s} s ago`
  const refused = feed.refused > 0 ? `, ${feed.refused} refused` : ''
  const said: Record<ImportedFeed['outcome'], string> = {
    merged: `${feed.merged} new entries${refused}`,
    unchanged: 'nothing new',
    older: 'older than what this node has',
    absent: 'not in this bundle',
    failed: `refused: ${feed.code} ${feed.detail}`,
  }
  return `${feed.market}  ${said[feed.outcome]}, ${age}`
}
