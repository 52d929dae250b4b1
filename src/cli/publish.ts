// `portcullis publish` and `sign`: an agency's files of acts, all acts of a file or none.
import { writeFileSync } from 'node:fs'
import { Command } from 'commander'
import { encodeUtf8 } from '../encoding/utf8.ts'
import { readKeyFile } from '../node/directory.ts'
import { readText } from '../node/founding.ts'
import { type OpenNode, openNode } from '../node/open.ts'
import { audited } from '../node/people.ts'
import { admitFile, type Published, publishFile, publishSigned, signActs } from '../outbound.ts'
import { terminal } from './terminal.ts'

type Options = { dir: string; key?: string; json?: boolean }

export function publishCommands(): Command[] {
  return [publishCommand(), signCommand()]
}

function publishCommand(): Command {
  return new Command('publish')
    .description('check, sign and append the acts of each file; beside a running node or without')
    .argument('<files...>', 'YAML or JSON files of acts, or .jws files that `sign` wrote')
    .requiredOption('--dir <directory>', "the node's directory")
    .option('--key <file>', "private agency key, JWK; default: the directory's own")
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      '\nExample:\n  npm run -s portcullis -- publish fixtures/decisions/valid/issue.yaml --dir ./us\n',
    )
    .action(async (files: string[], options: Options) => {
      const node = await openNode(options.dir, process.env)
      try {
        await publishAll(node, files, options)
      } finally {
        node.close()
      }
    })
}

async function publishAll(node: OpenNode, files: string[], options: Options): Promise<void> {
  const print = terminal(options)
  const published: (Published & { file: string })[] = []
  for (const [at, file] of files.entries()) {
    print.progress(`publishing ${at + 1} of ${files.length}: ${file}`)
    const done = await audited(node.db, 'publish', file, () => publishOne(node, file, options))
    published.push({ file, ...done })
  }
  const json = published.map(({ file, entries, head }) => ({
    file,
    size: head.size,
    acts: entries.map(({ index, leaf, act, needsTwo }) => ({
      index,
      leaf,
      act: act.act,
      decision: act.decision,
      ...(needsTwo ? { waits: 'second key' } : {}),
    })),
  }))
  const acts = json.flatMap((file) => file.acts)
  const lines = acts.map(({ index, act, decision, waits }) => {
    const note = waits === undefined ? '' : '  signed, not in effect: waits for a second key'
    return `  ${index}  ${act}  ${decision ?? ''}${note}`.trimEnd()
  })
  const waiting = acts.find(({ waits }) => waits !== undefined)
  const next =
    waiting === undefined
      ? `status --dir ${options.dir}`
      : `endorse ${waiting.decision ?? waiting.leaf} --dir ${options.dir} --key SECOND.jwk.json`
  const size = published.at(-1)?.head.size ?? 0
  print.say({ published: json }, [
    `Published ${lines.length} act${lines.length === 1 ? '' : 's'} of ${node.settings.market}:`,
    ...lines,
    `The log holds ${size} entries. Peers take them with their next sync.`,
    `Next: npm run -s portcullis -- ${next}`,
  ])
}

/** Publishes one file. Codes: ERR_DRAFT_*, ERR_ADMIT_*, ERR_ACT_*, ERR_NOT_MEMBER, ERR_FILE_UNREADABLE. */
export async function publishOne(
  node: OpenNode,
  file: string,
  options: { key?: string } = {},
): Promise<Published> {
  const deps = await node.outbound()
  const text = readText(file)
  if (file.endsWith('.jws')) {
    return publishSigned(deps, text.trim().split(/\s+/).map(encodeUtf8))
  }
  const key = options.key === undefined ? await node.agencyKey() : await readKeyFile(options.key)
  return publishFile(deps, { text, fileName: file, zoneHere: node.settings.time_zone }, key)
}

function signCommand(): Command {
  return new Command('sign')
    .description('check and sign the acts of a file without appending them')
    .argument('<file>', 'YAML or JSON file of acts')
    .requiredOption('--dir <directory>', "the node's directory, for the place in the log")
    .requiredOption('--key <file>', 'private agency key, JWK')
    .requiredOption(
      '--out <file>',
      'where to write the signed acts, one compact JWS a line: ends in .jws',
    )
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      '\nExample:\n  npm run -s portcullis -- sign order.yaml --dir ./us --key agency.jwk.json --out order.jws\n',
    )
    .action(async (file: string, options: Options & { key: string; out: string }) => {
      const node = await openNode(options.dir, process.env)
      try {
        const deps = await node.outbound()
        const draft = { text: readText(file), fileName: file, zoneHere: node.settings.time_zone }
        const signed = await signActs(
          deps,
          await admitFile(deps, draft),
          await readKeyFile(options.key),
        )
        const lines = signed.map(({ bytes }) => new TextDecoder().decode(bytes))
        writeFileSync(options.out, `${lines.join('\n')}\n`)
        terminal(options).say(
          { file: options.out, acts: signed.map(({ leaf, act }) => ({ leaf, act: act.act })) },
          [
            `Signed ${signed.length} act${signed.length === 1 ? '' : 's'} into ${options.out}.`,
            `Next: npm run -s portcullis -- publish ${options.out} --dir ${options.dir}`,
          ],
        )
      } finally {
        node.close()
      }
    })
}
