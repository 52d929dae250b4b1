// The command line: parses arguments, calls a story or a room, prints. `npm run -s portcullis -- <command> --help`.
import { Command, CommanderError } from 'commander'
import { Failure } from '../errors.ts'
import { auditCommand } from './audit.ts'
import { backupCommands } from './backup.ts'
import { brakeCommand } from './brake.ts'
import { charterCommand } from './charter.ts'
import { demoCommand } from './demo.ts'
import { endorseCommand } from './endorse.ts'
import { transferCommands } from './export.ts'
import { initCommand } from './init.ts'
import { keyCommand } from './key.ts'
import { lookupCommand } from './lookup.ts'
import { publishCommands } from './publish.ts'
import { recoverCommand } from './recover.ts'
import { screenCommand, screeningsCommand } from './screen.ts'
import { serveCommand } from './serve.ts'
import { statusCommand } from './status.ts'
import { syncCommand } from './sync.ts'
import { EXIT, exitCodeOf, reportFailure } from './terminal.ts'
import { tokenCommand } from './token.ts'
import { userCommand } from './user.ts'
import { verifyCommand } from './verify.ts'

const program = new Command('portcullis')
  .description('A product barred in one allied market shows up as blocked in all of them.')
  .showHelpAfterError('(add --help for the options and an example)')
  .exitOverride()
for (const command of [
  initCommand(),
  charterCommand(),
  keyCommand(),
  serveCommand(),
  ...publishCommands(),
  endorseCommand(),
  syncCommand(),
  lookupCommand(),
  screenCommand(),
  screeningsCommand(),
  statusCommand(),
  brakeCommand(),
  verifyCommand(),
  ...transferCommands(),
  ...backupCommands(),
  recoverCommand(),
  userCommand(),
  tokenCommand(),
  auditCommand(),
  demoCommand(),
]) {
  program.addCommand(command)
}
inherit(program)

try {
  await program.parseAsync()
} catch (error) {
  process.exitCode = exitOf(error)
}

/** Sub-commands report like the program itself: by exception, with one exit code each. */
function inherit(command: Command): void {
  for (const child of command.commands) {
    child.copyInheritedSettings(command)
    inherit(child)
  }
}

function exitOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
  if (!(error instanceof Failure)) throw error
  reportFailure(error, process.argv.includes('--json'))
  return exitCodeOf(error)
}
