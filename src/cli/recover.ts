// `portcullis recover`: copies of signed acts go back into a log that lost them, at their old places where a head says so, else judged anew.
import { Command } from 'commander'
import { parseDecimal } from '../encoding/decimal.ts'
import { encodeUtf8 } from '../encoding/utf8.ts'
import { Failure } from '../errors.ts'
import { maySign, requireOpen } from '../gate.ts'
import { readHead } from '../log/read.ts'
import { readText } from '../node/founding.ts'
import { type OpenNode, openNode } from '../node/open.ts'
import { publishSigned } from '../outbound.ts'
import { terminal } from './terminal.ts'

type Copy = { index: number; bytes: Uint8Array }
type Refused = { index: number; code: string; message: string }

export function recoverCommand(): Command {
  return new Command('recover')
    .description('put copies of signed acts back into a log that lost them')
    .argument('<file>', 'lines of index and signed act, as in signed-acts.txt')
    .requiredOption('--dir <directory>', "the node's directory")
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      '\nExample:\n  npm run -s portcullis -- recover /copies/signed-acts.txt --dir ./us\n',
    )
    .action(async (file: string, options: { dir: string; json?: boolean }) => {
      const node = await openNode(options.dir, process.env)
      try {
        const copies = parseCopies(readText(file), file)
        const { exact, appended, refused } = await recover(node, copies)
        terminal(options).say({ file, exact, appended, refused }, [
          `Of ${copies.length} copies in ${file}:`,
          `  ${exact} are back at their old places, under the head that was signed for them`,
          `  ${appended} were judged and appended anew`,
          ...refused.map(({ index, code, message }) => `  ${index} refused: ${code} ${message}`),
          `Next: npm run -s portcullis -- status --dir ${options.dir}`,
        ])
      } finally {
        node.close()
      }
    })
}

/** Code ERR_DRAFT_SYNTAX for a line that is none. */
function parseCopies(text: string, file: string): Copy[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [indexText = '', jws = '', ...more] = line.split(' ')
      const index = parseDecimal(indexText)
      if (index === null || jws === '' || more.length > 0)
        throw new Failure('ERR_DRAFT_SYNTAX', `${file}: not a line of index and signed act`)
      return { index, bytes: encodeUtf8(jws) }
    })
}

/**
 * First where they were: the gate takes copies that lead to a head it knows of. What the log then still lacks is judged one by one, for the
 * next places. Throws where this node may not sign.
 */
async function recover(
  node: OpenNode,
  copies: readonly Copy[],
): Promise<{ exact: number; appended: number; refused: Refused[] }> {
  const sizeOf = async () => (await readHead(node.db))?.size ?? 0
  const before = await sizeOf()
  await node.sync.copies?.keep(copies.filter(({ index }) => index >= before))
  const signing = await node.sync.gate.pass()
  const exact = (await sizeOf()) - before
  if (!maySign(signing)) requireOpen(signing)
  const held = node.db.raw.prepare('SELECT count(*) FROM entry WHERE bytes = ?').pluck()
  let appended = 0
  const refused: Refused[] = []
  for (const { index, bytes } of copies) {
    if (held.get(bytes) !== 0) continue
    try {
      await publishSigned(await node.outbound(), [bytes])
      appended += 1
    } catch (error) {
      if (!(error instanceof Failure) || !error.code.startsWith('ERR_ACT_')) throw error
      refused.push({ index, code: error.code, message: error.message })
    }
  }
  return { exact, appended, refused }
}
