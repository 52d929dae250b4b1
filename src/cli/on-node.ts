// Commands that open a node's directory, do one thing and print it.
import { Command } from 'commander'
import { type OpenNode, openNode } from '../node/open.ts'
import { terminal } from './terminal.ts'

export type OnNode = { dir: string; json?: boolean }
export type Said = { json: unknown; lines: readonly string[] }

/** A command with `--dir`, `--json` and an example, which stands without the directory. */
export function directoryCommand(name: string, description: string, example: string): Command {
  return new Command(name)
    .description(description)
    .requiredOption('--dir <directory>', "the node's directory")
    .option('--json', 'print one JSON object')
    .addHelpText('after', `\nExample:\n  npm run -s portcullis -- ${example} --dir ./us\n`)
}

/** Opens the node, acts, prints, closes. */
export async function onNode(
  options: OnNode,
  act: (node: OpenNode) => Promise<Said>,
): Promise<void> {
  const node = await openNode(options.dir, process.env)
  try {
    const { json, lines } = await act(node)
    terminal(options).say(json, lines)
  } finally {
    node.close()
  }
}

/** `a, b,c` as its words. */
export function words(text: string): string[] {
  return text.split(',').map((word) => word.trim())
}

/** POSIX seconds as people and machines read them. */
export function moment(timeS: number): string {
  return `${new Date(timeS * 1000).toISOString().slice(0, 19)}Z`
}
