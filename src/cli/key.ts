// `portcullis key …`: a fresh key beside the one in use, and the change over to it once the charter names it.
import { Command } from 'commander'
import { auditedIn } from '../node/people.ts'
import { makeNextKey, showKey, useNextKey } from '../node/rotation.ts'
import { terminal } from './terminal.ts'

type Options = { dir: string; json?: boolean }

export function keyCommand(): Command {
  const command = new Command('key').description(
    'make the next log, agency or root key, use it, name a key',
  )
  command.addCommand(
    new Command('new')
      .description('make the next key; it stands beside the one in use until `key use`')
      .argument('<role>', 'log, agency or root')
      .requiredOption('--dir <directory>', "the node's directory")
      .option('--json', 'print one JSON object')
      .addHelpText('after', '\nExample:\n  npm run -s portcullis -- key new log --dir ./us\n')
      .action(async (role: string, options: Options) => {
        const made = await auditedIn(options.dir, 'key new', role, () =>
          makeNextKey(options.dir, role),
        )
        terminal(options).say(made, [
          `Made ${made.file}; back it up now. Its public part: ${made.publicFile}`,
          ...(made.vkey === null ? [`Its kid: ${made.kid}`] : [`As a vkey: ${made.vkey}`]),
          'Next: npm run -s portcullis -- charter propose --help',
        ])
      }),
  )
  command.addCommand(
    new Command('use')
      .description('use the next key from now on; the old one is kept under another name')
      .argument('<role>', 'log, agency or root')
      .requiredOption('--dir <directory>', "the node's directory")
      .option('--json', 'print one JSON object')
      .addHelpText('after', '\nExample:\n  npm run -s portcullis -- key use log --dir ./us\n')
      .action(async (role: string, options: Options) => {
        const used = await auditedIn(options.dir, 'key use', role, async () =>
          useNextKey(options.dir, role),
        )
        terminal(options).say(used, [
          `${used.file} is the new key; the old one is kept as ${used.old}.`,
          'Next: start the node again.',
        ])
      }),
  )
  command.addCommand(showCommand())
  return command
}

function showCommand(): Command {
  return new Command('show')
    .description("print a key's name as charters have it: kid, or vkey of a log key")
    .argument('<key>', 'log, agency or root of --dir, or a file that holds a private key')
    .option('--dir <directory>', "the node's directory")
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nExample:\n  npm run -s portcullis -- key show root --dir ./us\n')
    .action(async (key: string, options: { dir?: string; json?: boolean }) => {
      const shown = await showKey(key, options.dir)
      terminal(options).say(shown, [shown.vkey ?? shown.kid])
    })
}
