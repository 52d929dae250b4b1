// `portcullis serve`: runs the node.
import { Command } from 'commander'
import { openNode } from '../node/open.ts'
import { startNode } from '../node/serve.ts'
import { jsonTrace } from '../node/trace.ts'
import { terminal } from './terminal.ts'

export function serveCommand(): Command {
  return new Command('serve')
    .description('run the node: feed, look-up, pages and the scheduled sync job')
    .requiredOption('--dir <directory>', "the node's directory")
    .option('--port <port>', 'TCP port to listen on, instead of the one in the settings')
    .option('--json', 'print one JSON object when it listens')
    .addHelpText('after', '\nExample:\n  npm run -s portcullis -- serve --dir ./us\n')
    .action(async (options: { dir: string; port?: string; json?: boolean }) => {
      const port = options.port === undefined ? {} : { PORTCULLIS_PORT: options.port }
      const node = await openNode(options.dir, { ...process.env, ...port })
      const running = await startNode(node, jsonTrace(process.stderr)).catch((error: unknown) => {
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
