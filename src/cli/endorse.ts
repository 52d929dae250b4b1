// `portcullis endorse`: a second agency key stands by an act that waits for it, after it has been shown in full.
import { stringify } from 'yaml'
import { agencyNames } from '../charter/members.ts'
import type { Act } from '../decision/schema.ts'
import { endorse, findToEndorse, type ToEndorse } from '../endorsing.ts'
import { readKeyFile } from '../node/directory.ts'
import type { OpenNode } from '../node/open.ts'
import { audited } from '../node/people.ts'
import { directoryCommand, moment, type OnNode, onNode, type Said } from './on-node.ts'

type Options = OnNode & { key: string; yes?: boolean }

const DESCRIPTION = 'show what waits for a second key, and sign that this key stands by it'
const EXAMPLE = 'endorse us/337-ta-1276/leo --key second.jwk.json --yes'

export function endorseCommand() {
  return directoryCommand('endorse', DESCRIPTION, EXAMPLE)
    .argument(
      '<decision|leaf>',
      'a decision, for all that waits about it, or the leaf hash of one entry',
    )
    .requiredOption('--key <file>', 'private agency key, JWK: another than the one that signed')
    .option('--yes', 'sign; without it the acts are only shown')
    .action((what: string, options: Options) =>
      onNode(options, (node) => endorseOn(node, what, options)),
    )
}

async function endorseOn(node: OpenNode, what: string, options: Options): Promise<Said> {
  const deps = await node.outbound()
  const key = await readKeyFile(options.key)
  const acts = await findToEndorse(deps, what, key.kid)
  const names = agencyNames(deps.adopted.charter.terms, deps.market)
  const shown = acts.flatMap((act) => shownLines(act, names))
  const told = acts.map(({ leaf, kind, decision, kid }) => ({ leaf, kind, decision, kid }))
  if (options.yes !== true) {
    const again = `endorse ${what} --dir ${options.dir} --key ${options.key} --yes`
    return {
      json: { signed: false, acts: acts.map((one, at) => ({ ...told[at], content: one.act })) },
      lines: [...shown, 'Nothing is signed yet.', `Next: npm run -s portcullis -- ${again}`],
    }
  }
  const { entries, head } = await audited(node.db, 'endorse', what, () => endorse(deps, acts, key))
  const count = entries.length === 1 ? '1 endorse' : `${entries.length} endorses`
  return {
    json: { signed: true, size: head.size, acts: told },
    lines: [
      ...shown,
      `Published ${count} of ${node.settings.market} by ${key.kid}: in effect from now on, each in its own place.`,
      `The log holds ${head.size} entries. Peers take them with their next sync.`,
      `Next: npm run -s portcullis -- status --dir ${options.dir}`,
    ],
  }
}

/** Everything that the act says, so that nobody stands by what they have not seen. */
function shownLines(
  { act, kind, decision, kid, iat, leaf, isWaiting }: ToEndorse,
  names: ReadonlyMap<string, string>,
): string[] {
  const by = names.get(kid)
  return [
    `${kind} ${decision ?? ''}`.trimEnd(),
    `  entry ${leaf}`,
    `  signed ${moment(iat)} by ${by === undefined ? kid : `${by} (${kid})`}${isWaiting ? '' : '; it does not wait for a second key'}`,
    ...stringify(contentOf(act))
      .trimEnd()
      .split('\n')
      .map((line) => `  | ${visible(line)}`),
  ]
}

function contentOf(act: Act): object {
  const common = ['v', 'alliance', 'log', 'id', 'iat', 'decision', 'act', 'prev']
  return Object.fromEntries(Object.entries(act).filter(([name]) => !common.includes(name)))
}

/** Signs that nobody sees, or that move what is seen, as their numbers: else a thief could hide what the second key is to stand by. */
export function visible(line: string): string {
  const asNumber = (sign: string) => `\\u{${sign.codePointAt(0)?.toString(16)}}`
  return line.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, asNumber)
}
