// `portcullis charter propose`: charter n + 1 from charter n and what shall change, one flag per change.
import { writeFileSync } from 'node:fs'
import { Command } from 'commander'
import { type ChangeFlags, parseChanges } from '../charter/changes.ts'
import { charterDiff } from '../charter/diff.ts'
import { unsignedFile } from '../charter/found.ts'
import { brokenHistory } from '../charter/history.ts'
import { proposeTerms } from '../charter/propose.ts'
import { Failure } from '../errors.ts'
import { charterOf, readText } from '../node/founding.ts'
import { terminal } from './terminal.ts'

type Options = ChangeFlags & { from: string; out: string; json?: boolean }

export function proposeCommand(): Command {
  const list = (value: string, before: string[] = []) => [...before, value]
  return new Command('propose')
    .description('write the next charter: members join and leave, keys and rules change')
    .requiredOption('--from <file>', 'the newest charter')
    .requiredOption('--out <file>', 'where to write the next')
    .option('--add <member.json>', 'a market joins', list)
    .option('--leave <market>', 'a market leaves; needs --frozen', list)
    .option('--release <market|decision>', 'decisions of a market that left stop blocking', list)
    .option('--frozen <size:root>', 'last entries and root of a log that ends, from status', list)
    .option('--add-log-key <vkey>', 'a log will sign with this key too', list)
    .option('--drop-log-key <vkey>', 'a log no longer signs with this key', list)
    .option('--add-agency-key <market:file>', 'a further agency key, JWK; @INDEX behind it', list)
    .option('--end-agency-key <kid>', 'an agency key ends; needs --at', list)
    .option('--at <index>', 'first leaf index at which the ended key counts no more')
    .option('--successor-log <market:member.json>', 'the next log takes over; needs --frozen', list)
    .option('--replace-root <kid:file>', 'another root key in place of one', list)
    .option('--drop-root <kid>', 'a root key goes, as of a market that left', list)
    .option('--set <path=value>', 'policy.defaultEffect, threshold, expires, us.url …', list)
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      '\nExample:\n  npm run -s portcullis -- charter propose --from charter-1.json --out charter-2.json --add kr/member.json\n',
    )
    .action((options: Options) => {
      const before = charterOf(readText(options.from))
      const text = proposeCharter(options.from, options)
      writeFileSync(options.out, `${text}\n`)
      const { hash, terms } = charterOf(text)
      const changes = charterDiff(before.terms, terms)
      terminal(options).say({ file: options.out, n: terms.n, hash, changes }, [
        `Wrote ${options.out}: charter ${terms.n}, hash ${hash}.`,
        ...changes.map((change) => `  ${change}`),
        `Next: ${before.terms.threshold} root keys of charter ${before.terms.n} and ${terms.threshold} of charter ${terms.n} sign it: npm run -s portcullis -- charter sign ${options.out} --key KEY --previous ${options.from}`,
      ])
    })
}

/** The unsigned file of the next charter. Codes: ERR_USAGE, ERR_CHARTER_CHANGE, ERR_CHARTER_RULE. */
export function proposeCharter(from: string, flags: ChangeFlags): string {
  const before = charterOf(readText(from))
  const changes = parseChanges(flags, readJson)
  if (!changes.ok) throw new Failure(changes.code, changes.detail)
  const proposed = proposeTerms(before, changes.value, Math.floor(Date.now() / 1000))
  if (!proposed.ok) throw new Failure(proposed.code, proposed.detail)
  const text = JSON.stringify(unsignedFile(proposed.value))
  const broken = brokenHistory([before.terms], charterOf(text).terms)
  if (broken !== null) throw new Failure('ERR_CHARTER_RULE', broken)
  return text
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readText(file))
  } catch (error) {
    if (error instanceof Failure) throw error
    throw new Failure('ERR_USAGE', `${file} is not JSON`, { cause: error })
  }
}
