// `portcullis serve`: runs the node.
import { Command } from 'commander'
import { Failure } from '../errors.ts'
import { openNode } from '../node/open.ts'
import { audited } from '../node/people.ts'
import { startNode } from '../node/serve.ts'
import { jsonTrace } from '../node/trace.ts'
import { terminal } from './terminal.ts'

type ServeOptions = {
  dir: string
  port?: string
  json?: boolean
  signWithoutPeers?: boolean
  reason?: string
}

/** So long the members are waited for at a start before the node calls itself read-only. */
const WAIT_FOR_MEMBERS_MS = 60_000
const MAX_REASON = 300

export function serveCommand(): Command {
  return new Command('serve')
    .description('run the node: feed, look-up, pages and the scheduled sync job')
    .requiredOption('--dir <directory>', "the node's directory")
    .option('--port <port>', 'TCP port to listen on, instead of the one in the settings')
    .option(
      '--sign-without-peers',
      'sign though too few members answer: only if this database is certainly the newest; needs --reason',
    )
    .option('--reason <text>', 'why; it is logged as a notice and shown')
    .option('--json', 'print one JSON object when it listens')
    .addHelpText('after', '\nExample:\n  npm run -s portcullis -- serve --dir ./us\n')
    .action(async (options: ServeOptions) => {
      const port = options.port === undefined ? {} : { PORTCULLIS_PORT: options.port }
      const env = { ...process.env, ...port }
      const signing = { waitMs: WAIT_FOR_MEMBERS_MS, withoutPeers: withoutPeers(options) }
      const node = await openNode(options.dir, env, Date.now, signing)
      const start = () => startNode(node, jsonTrace(process.stderr))
      const reason = signing.withoutPeers?.reason
      const started =
        reason === undefined
          ? start()
          : audited(node.db, 'serve --sign-without-peers', reason, start)
      const running = await started.catch((error: unknown) => {
        node.close()
        throw error
      })
      const { market, name } = node.settings
      terminal(options).say({ listening: running.url, market }, [
        `${name} (${market}) listens at ${running.url} and syncs on \`${node.settings.schedule}\` (UTC).`,
        `Next: open ${running.url}/ and look a product up. Stop with Ctrl-C.`,
      ])
      const stop = (): void => {
        // A second signal is the operator's last word.
        process.once('SIGINT', () => process.exit(130))
        void running.stop()
      }
      process.once('SIGINT', stop)
      process.once('SIGTERM', stop)
    })
}

/** An operator's decision comes with its reason, or not at all. Code ERR_USAGE. */
function withoutPeers({ signWithoutPeers, reason }: ServeOptions): { reason: string } | undefined {
  const text = reason?.trim() ?? ''
  if (signWithoutPeers !== true) {
    if (reason === undefined) return undefined
    throw new Failure('ERR_USAGE', '--reason goes with --sign-without-peers')
  }
  if (text !== '' && text.length <= MAX_REASON) return { reason: text }
  throw new Failure(
    'ERR_USAGE',
    `--sign-without-peers needs --reason, 1 to ${MAX_REASON} characters`,
  )
}
