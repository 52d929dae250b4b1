// `portcullis backup` and `restore`: a node's database in one file, and back.
import { Command } from 'commander'
import { type BackupReport, restoreBackup, writeBackup } from '../node/backup.ts'
import { terminal } from './terminal.ts'

export function backupCommands(): Command[] {
  return [backupCommand(), restoreCommand()]
}

function backupCommand(): Command {
  return new Command('backup')
    .description(
      'write the database, the settings and the charters into one file, while the node runs',
    )
    .requiredOption('--dir <directory>', "the node's directory")
    .requiredOption('--out <file>', 'where to write it; must not exist')
    .option('--with-keys', 'put the private keys in as well: whoever has the file can sign')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      '\nExample:\n  npm run -s portcullis -- backup --dir ./us --out us-2026-11-25.backup\n',
    )
    .action(async (options: { dir: string; out: string; withKeys?: boolean; json?: boolean }) => {
      const nowS = Math.floor(Date.now() / 1000)
      const withKeys = options.withKeys === true
      const report = await writeBackup(options.dir, options.out, { withKeys, nowS })
      terminal(options).say({ file: options.out, ...report }, [
        `Wrote ${options.out}: ${contents(report)}.`,
        report.hasKeys
          ? 'It holds the private keys: keep it as you keep them.'
          : 'It holds no keys: they are backed up apart, on paper or in a safe.',
        `Next: npm run -s portcullis -- restore ${options.out} --dir AN-EMPTY-DIRECTORY, to see that it can be restored`,
      ])
    })
}

function restoreCommand(): Command {
  return new Command('restore')
    .description('put a backup into an empty directory, or in the place of a database')
    .argument('<file>', 'what `backup` wrote')
    .requiredOption('--dir <directory>', "the node's directory")
    .option(
      '--replace',
      'put it in the place of the database that is there, which is kept beside it',
    )
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      '\nExample:\n  npm run -s portcullis -- restore us-2026-11-25.backup --dir ./us --replace\n',
    )
    .action(async (file: string, options: { dir: string; replace?: boolean; json?: boolean }) => {
      const restored = await restoreBackup(file, options.dir, options.replace === true)
      terminal(options).say(restored, [
        `Restored ${options.dir} from ${file}: ${contents(restored)}.`,
        ...(restored.replaced === null ? [] : [`The database before is ${restored.replaced}.`]),
        'Before it signs anything the node asks the members what it has signed since, and takes that back from them.',
        ...(restored.hasKeys || restored.replaced !== null
          ? []
          : [`It holds no keys: put them into ${options.dir}/keys first.`]),
        `Next: npm run -s portcullis -- serve --dir ${options.dir}`,
      ])
    })
}

function contents({ market, made, entries, mirrored, charter, files }: BackupReport): string {
  const when = new Date(made * 1000).toISOString().slice(0, 19)
  const under = charter === null ? 'no charter' : `charter ${charter}`
  return `${market} as of ${when} UTC, ${under}, ${entries} own entries, ${mirrored} of all logs, and ${files.join(', ')}`
}
