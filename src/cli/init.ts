// `portcullis init`: keys, settings, database and the member file to hand to the alliance.
import { join } from 'node:path'
import { Command } from 'commander'
import { initNode, memberPath, type NodeChoice } from '../node/founding.ts'
import { terminal } from './terminal.ts'

export function initCommand(): Command {
  return new Command('init')
    .description('create a node: keys, settings, database, and a member file for the alliance')
    .requiredOption('--market <code>', 'ISO 3166 code in lower case: us')
    .requiredOption('--origin <origin>', 'name of the log, for ever: feeds.example.gov/us')
    .requiredOption('--name <name>', 'name of the agency as people read it')
    .requiredOption(
      '--url <url>',
      'where the other members reach this node: https://feeds.example.gov',
    )
    .requiredOption('--dir <directory>', "the node's directory, created here")
    .option('--time-zone <zone>', "the agency's IANA time zone", 'UTC')
    .option('--port <port>', 'TCP port to listen on')
    .option('--schedule <cron>', 'when to sync, five or six cron fields in UTC')
    .option('--insecure-http', 'accept http:// peers, for demos and tests only')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      '\nExample:\n  npm run -s portcullis -- init --market us --origin feeds.example.gov/us \\\n    --name "Example Trade Commission" --url https://feeds.example.gov --dir ./us\n',
    )
    .action(async (options: NodeChoice & { json?: boolean }) => {
      const member = await initNode(options)
      const file = memberPath(options.dir)
      terminal(options).say({ directory: options.dir, member: file, market: member.market }, [
        `Created a node for ${member.market} in ${options.dir}.`,
        `Back up ${join(options.dir, 'keys')} now: these keys cannot be made again. Keep keys/root.jwk.json offline.`,
        `Next: give ${file} to the founders; with all of them, one runs: npm run -s portcullis -- charter new --help`,
      ])
    })
}
