// `portcullis charter …`: found an alliance, sign, look, check, adopt. Files only; they travel by any means.
import { writeFileSync } from 'node:fs'
import { Command } from 'commander'
import { type Charter, countSigners, isSelfSigned } from '../charter/charter.ts'
import { charterDiff } from '../charter/diff.ts'
import { type MemberFile, memberFileSchema, signCharter } from '../charter/found.ts'
import type { MemberLog } from '../charter/schema.ts'
import { checkFollows } from '../charter/store.ts'
import { EFFECTS } from '../decision/vocabulary.ts'
import { jwkThumbprint } from '../encoding/ed25519.ts'
import { Failure } from '../errors.ts'
import { readKeyFile } from '../node/directory.ts'
import { adoptCharter, charterOf, freezePoint, newCharter, readText } from '../node/founding.ts'
import { auditedIn } from '../node/people.ts'
import { proposeCommand } from './charter-propose.ts'
import { terminal } from './terminal.ts'

type Json = { json?: boolean }
type Previous = { previous?: string } & Json

export function charterCommand(): Command {
  const charter = new Command('charter').description(
    'found and change the alliance: who is a member, with which keys',
  )
  charter.addCommand(newCommand())
  charter.addCommand(proposeCommand())
  charter.addCommand(frozenCommand())
  charter.addCommand(signCommand())
  charter.addCommand(showCommand())
  charter.addCommand(verifyCommand())
  charter.addCommand(adoptCommand())
  return charter
}

function newCommand(): Command {
  return new Command('new')
    .description('write charter 1 from the member files of all founders')
    .argument('<members...>', 'member files that `init` wrote')
    .requiredOption(
      '--default-effect <effect>',
      `what a foreign decision means where a market says nothing: ${EFFECTS.join(', ')}`,
    )
    .requiredOption('--out <file>', 'where to write the charter')
    .option('--threshold <k>', 'root keys that must sign a charter; default: more than two thirds')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      '\nExample:\n  npm run -s portcullis -- charter new us/member.json jp/member.json --default-effect detain --out charter-1.json\n',
    )
    .action(
      (
        files: string[],
        options: { defaultEffect: string; out: string; threshold?: string } & Json,
      ) => {
        const text = newCharter(files.map(readMember), options)
        writeFileSync(options.out, `${text}\n`)
        const { hash, terms } = charterOf(text)
        terminal(options).say({ file: options.out, hash, threshold: terms.threshold }, [
          `Wrote ${options.out}: charter 1 of ${terms.members.length} members, hash ${hash}.`,
          `Next: ${terms.threshold} of ${terms.rootKeys.length} root keys sign it: npm run -s portcullis -- charter sign ${options.out} --key KEY`,
        ])
      },
    )
}

function signCommand(): Command {
  return new Command('sign')
    .description('add the signature of one root key to a charter file')
    .argument('<file>', 'the charter; rewritten with the signature added')
    .requiredOption('--key <file>', 'private root key, JWK')
    .option('--previous <file>', 'the charter before it, whose root keys must sign too')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      '\nExample:\n  npm run -s portcullis -- charter sign charter-1.json --key us/keys/root.jwk.json\n',
    )
    .action(async (file: string, options: { key: string } & Previous) => {
      const key = await readKeyFile(options.key)
      const signed = await signCharter(charterOf(readText(file)), key)
      writeFileSync(file, `${JSON.stringify(signed)}\n`)
      await sayStanding(file, options)
    })
}

function frozenCommand(): Command {
  return new Command('frozen')
    .description('print SIZE:ROOT of a log, where a charter is to end it: for propose --frozen')
    .argument('<market>', 'whose live log')
    .requiredOption('--dir <directory>', "a node's directory that has merged it")
    .option('--size <entries>', 'end it after so many entries; default: all that are merged')
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nExample:\n  npm run -s portcullis -- charter frozen us --dir ./jp\n')
    .action(async (market: string, options: { dir: string; size?: string } & Json) => {
      const frozen = await freezePoint(options.dir, market, options.size)
      terminal(options).say({ market, frozen }, [frozen])
    })
}

function showCommand(): Command {
  return new Command('show')
    .description('say in words what a charter holds')
    .argument('<file>', 'the charter')
    .option('--diff <old>', 'say what it changes of this charter')
    .option('--json', 'print the terms as JSON')
    .addHelpText(
      'after',
      '\nExample:\n  npm run -s portcullis -- charter show --diff charter-1.json charter-2.json\n',
    )
    .action((file: string, options: { diff?: string } & Json) => {
      const { terms, hash } = charterOf(readText(file))
      if (options.diff !== undefined) {
        const before = charterOf(readText(options.diff)).terms
        const changes = charterDiff(before, terms)
        const line = `Charter ${terms.n}, hash ${hash}, against charter ${before.n}:`
        const lines = changes.length === 0 ? ['nothing but its number and dates'] : changes
        terminal(options).say({ hash, changes }, [line, ...lines.map((change) => `  ${change}`)])
        return
      }
      terminal(options).say({ hash, terms }, [
        `Charter ${terms.n}, hash ${hash}`,
        `${terms.threshold} of ${terms.rootKeys.length} root keys must sign; a foreign decision means \`${terms.policy.defaultEffect}\` where a market says nothing.`,
        ...terms.members.flatMap((member) => [
          `  ${member.market}  ${member.name}  ${member.url}  ${member.logs.at(-1)?.origin}  ${member.status}`,
          ...member.logs.flatMap(twoKeyLine),
        ]),
        'Root keys, as `key show root` names them:',
        ...terms.rootKeys.map(({ x }) => `  ${jwkThumbprint(x)}`),
      ])
    })
}

function twoKeyLine({ origin, twoKeys }: MemberLog): string[] {
  const acts = twoKeys.map(({ act, fromIndex }) => `${act} from entry ${fromIndex}`)
  return acts.length === 0 ? [] : [`      ${origin}: two keys for ${acts.join(', ')}`]
}

function verifyCommand(): Command {
  return new Command('verify')
    .description('check that enough root keys signed a charter, and that it may follow another')
    .argument('<file>', 'the charter')
    .option('--previous <file>', 'the charter before it: its root keys and its rules count too')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      '\nExample:\n  npm run -s portcullis -- charter verify charter-2.json --previous charter-1.json\n',
    )
    .action(async (file: string, options: Previous) => {
      await verifyCharter(file, options.previous)
      await sayStanding(file, options)
    })
}

/** Codes: ERR_CHARTER_FORMAT, ERR_CHARTER_RULE, ERR_CHARTER_THRESHOLD, ERR_CHARTER_ORDER. */
export async function verifyCharter(file: string, previous?: string): Promise<Charter> {
  const charter = charterOf(readText(file))
  const cure = 'have the missing members run: npm run -s portcullis -- charter sign FILE --key KEY'
  if (!(await isSelfSigned(charter))) {
    const signers = await countSigners(charter, charter.terms.rootKeys)
    const what = `${signers} of ${charter.terms.threshold} needed root keys signed ${file}`
    throw new Failure('ERR_CHARTER_THRESHOLD', what, { cure })
  }
  if (previous === undefined) return charter
  const before = readText(previous)
  charterOf(before)
  const checked = await checkFollows([before], charter)
  if (!checked.ok) throw new Failure(checked.code, checked.detail, { cure })
  return charter
}

async function sayStanding(file: string, options: Previous): Promise<void> {
  const charter = charterOf(readText(file))
  const signers = await countSigners(charter, charter.terms.rootKeys)
  const { threshold, n } = charter.terms
  const before = options.previous === undefined ? null : charterOf(readText(options.previous)).terms
  const earlier = before === null ? 0 : await countSigners(charter, before.rootKeys)
  const missing = [
    ...(signers < threshold ? [`${threshold - signers} more of its own root keys`] : []),
    ...(before !== null && earlier < before.threshold
      ? [`${before.threshold - earlier} more of charter ${before.n}'s root keys`]
      : []),
  ]
  const standing = { file, n, hash: charter.hash, signers, threshold }
  const ofBefore =
    before === null
      ? {}
      : { previous: { n: before.n, signers: earlier, threshold: before.threshold } }
  terminal(options).say({ ...standing, ...ofBefore }, [
    `Charter ${n}, hash ${charter.hash}: ${signers} of ${threshold} needed signatures.`,
    ...(before === null
      ? []
      : [`Of charter ${before.n}'s root keys: ${earlier} of ${before.threshold}.`]),
    missing.length === 0
      ? `Next: every member adopts it: npm run -s portcullis -- charter adopt ${file} --dir D`
      : `Next: ${missing.join(' and ')} must sign.`,
  ])
}

function adoptCommand(): Command {
  return new Command('adopt')
    .description(
      "make a charter this node's: charter 1 founds, later ones need the thresholds of both",
    )
    .argument('<file>', 'the signed charter')
    .requiredOption('--dir <directory>', "the node's directory")
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      '\nExample:\n  npm run -s portcullis -- charter adopt charter-1.json --dir ./us\n',
    )
    .action(async (file: string, options: { dir: string } & Json) => {
      const charter = await auditedIn(options.dir, 'charter adopt', file, () =>
        adoptCharter(readText(file), options.dir),
      )
      terminal(options).say({ n: charter.terms.n, hash: charter.hash }, [
        `Adopted charter ${charter.terms.n}, hash ${charter.hash}.`,
        `Next: npm run -s portcullis -- serve --dir ${options.dir}`,
      ])
    })
}

function readMember(file: string): MemberFile {
  let value: unknown
  try {
    value = JSON.parse(readText(file))
  } catch (error) {
    if (error instanceof Failure) throw error
    throw new Failure('ERR_USAGE', `${file} is not JSON`, { cause: error })
  }
  const result = memberFileSchema.safeParse(value)
  if (result.success) return result.data
  throw new Failure(
    'ERR_USAGE',
    `${file} is not a member file: ${result.error.issues[0]?.path.join('/')}`,
    {
      cure: 'name the member.json that `init` wrote',
    },
  )
}
