// `portcullis charter …`: found an alliance, sign, look, check, adopt. Files only; they travel by any means.
import { readFileSync, writeFileSync } from 'node:fs'
import { Command } from 'commander'
import { type Charter, countSigners, isSelfSigned, parseCharter } from '../charter/charter.ts'
import {
  foundingTerms,
  type MemberFile,
  memberFileSchema,
  signCharter,
  unsignedFile,
} from '../charter/found.ts'
import { planAdoption, readAdopted } from '../charter/store.ts'
import { EFFECTS, type Effect } from '../decision/vocabulary.ts'
import { Failure } from '../errors.ts'
import { openDatabase } from '../node/database.ts'
import {
  databasePath,
  readKeyFile,
  readSettings,
  readWrittenSettings,
  writeSettings,
} from '../node/directory.ts'
import { terminal } from './terminal.ts'

type Json = { json?: boolean }

export function charterCommand(): Command {
  const charter = new Command('charter').description(
    'found and change the alliance: who is a member, with which keys',
  )
  charter.addCommand(newCommand())
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
        const { hash, terms } = parsed(text)
        terminal(options).say({ file: options.out, hash, threshold: terms.threshold }, [
          `Wrote ${options.out}: charter 1 of ${terms.members.length} members, hash ${hash}.`,
          `Next: ${terms.threshold} of ${terms.rootKeys.length} root keys sign it: npm run -s portcullis -- charter sign ${options.out} --key KEY`,
        ])
      },
    )
}

/** The unsigned file of charter 1. Codes: ERR_USAGE, ERR_CHARTER_RULE. */
export function newCharter(
  members: readonly MemberFile[],
  options: { defaultEffect: string; threshold?: string },
): string {
  const { defaultEffect, threshold } = options
  if (!(EFFECTS as readonly string[]).includes(defaultEffect)) {
    throw new Failure('ERR_USAGE', `--default-effect: one of ${EFFECTS.join(', ')}`)
  }
  const nowS = Math.floor(Date.now() / 1000)
  const k = threshold === undefined ? {} : { threshold: Number(threshold) }
  const terms = foundingTerms(members, { defaultEffect: defaultEffect as Effect, nowS, ...k })
  const text = JSON.stringify(unsignedFile(terms))
  parsed(text)
  return text
}

function signCommand(): Command {
  return new Command('sign')
    .description('add the signature of one root key to a charter file')
    .argument('<file>', 'the charter; rewritten with the signature added')
    .requiredOption('--key <file>', 'private root key, JWK')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      '\nExample:\n  npm run -s portcullis -- charter sign charter-1.json --key us/keys/root.jwk.json\n',
    )
    .action(async (file: string, options: { key: string } & Json) => {
      const key = await readKeyFile(options.key)
      const signed = await signCharter(parsed(readText(file)), key)
      writeFileSync(file, `${JSON.stringify(signed)}\n`)
      await sayStanding(file, options)
    })
}

function showCommand(): Command {
  return new Command('show')
    .description('say in words what a charter holds')
    .argument('<file>', 'the charter')
    .option('--json', 'print the terms as JSON')
    .addHelpText('after', '\nExample:\n  npm run -s portcullis -- charter show charter-1.json\n')
    .action((file: string, options: Json) => {
      const { terms, hash } = parsed(readText(file))
      terminal(options).say({ hash, terms }, [
        `Charter ${terms.n}, hash ${hash}`,
        `${terms.threshold} of ${terms.rootKeys.length} root keys must sign; a foreign decision means \`${terms.policy.defaultEffect}\` where a market says nothing.`,
        ...terms.members.map(
          (member) =>
            `  ${member.market}  ${member.name}  ${member.url}  ${member.logs.at(-1)?.origin}  ${member.status}`,
        ),
      ])
    })
}

function verifyCommand(): Command {
  return new Command('verify')
    .description('check that enough root keys signed a charter')
    .argument('<file>', 'the charter')
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nExample:\n  npm run -s portcullis -- charter verify charter-1.json\n')
    .action(async (file: string, options: Json) => {
      const charter = parsed(readText(file))
      if (!(await isSelfSigned(charter))) {
        const signers = await countSigners(charter, charter.terms.rootKeys)
        throw new Failure(
          'ERR_CHARTER_THRESHOLD',
          `${signers} of ${charter.terms.threshold} needed root keys signed ${file}`,
          {
            cure: 'have the missing members run: npm run -s portcullis -- charter sign FILE --key KEY',
          },
        )
      }
      await sayStanding(file, options)
    })
}

async function sayStanding(file: string, options: Json): Promise<void> {
  const charter = parsed(readText(file))
  const signers = await countSigners(charter, charter.terms.rootKeys)
  const { threshold, n } = charter.terms
  const next =
    signers >= threshold
      ? `Next: every member adopts it: npm run -s portcullis -- charter adopt ${file} --dir D`
      : `Next: ${threshold - signers} more must sign.`
  terminal(options).say({ file, n, hash: charter.hash, signers, threshold }, [
    `Charter ${n}, hash ${charter.hash}: ${signers} of ${threshold} needed signatures.`,
    next,
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
      const charter = await adoptCharter(readText(file), options.dir)
      terminal(options).say({ n: charter.terms.n, hash: charter.hash }, [
        `Adopted charter ${charter.terms.n}, hash ${charter.hash}.`,
        `Next: npm run -s portcullis -- serve --dir ${options.dir}`,
      ])
    })
}

/** Adopts a charter and pins charter 1's hash in the settings. Codes: ERR_CHARTER_*, ERR_CONFIG_*. */
export async function adoptCharter(text: string, directory: string): Promise<Charter> {
  const settings = readSettings(directory, process.env)
  const db = openDatabase(databasePath(directory))
  try {
    const adopted = await readAdopted(db)
    const nowS = Math.floor(Date.now() / 1000)
    const plan = await planAdoption(adopted, text, settings.alliance, nowS)
    if (!plan.ok) throw new Failure(plan.code, plan.detail)
    const { charter, statements } = plan.value
    await db.commit(statements)
    if (settings.alliance === null) {
      writeSettings(directory, { ...readWrittenSettings(directory), alliance: charter.hash })
    }
    return charter
  } finally {
    db.close()
  }
}

function parsed(text: string): Charter {
  const result = parseCharter(text.trim())
  if (!result.ok) throw new Failure(result.code, result.detail)
  return result.charter
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

/** Code ERR_FILE_UNREADABLE. */
export function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new Failure('ERR_FILE_UNREADABLE', `${file} cannot be read`, {
      cause: error,
      cure: 'check the path',
    })
  }
}
