// `portcullis brake …`: mass changes that are held back: what they would change, and their release by two people.
import { Command } from 'commander'
import type { Flip } from '../brake/flips.ts'
import type { BrakeDeps } from '../braking.ts'
import { Failure } from '../errors.ts'
import type { OpenNode } from '../node/open.ts'
import { authenticate, tokenNeeded } from '../people/authenticate.ts'
import {
  type Held,
  type HeldChange,
  MAX_CHANGES,
  readAllHeld,
  readHeldChange,
  release,
} from '../releasing.ts'
import { directoryCommand, moment, type OnNode, onNode } from './on-node.ts'

const RUN = 'npm run -s portcullis --'

export function brakeCommand(): Command {
  return new Command('brake')
    .description('mass changes that are held back, and their release by two people')
    .addCommand(listCommand(), { isDefault: true })
    .addCommand(showCommand())
    .addCommand(releaseCommand())
}

function listCommand(): Command {
  return directoryCommand('list', 'what is held back, and why', 'brake').action((options: OnNode) =>
    onNode(options, async (node) => {
      const held = await readAllHeld(await depsOf(node))
      const [first] = held
      const next =
        first === undefined ? `status --dir ${options.dir}` : showLine(first.market, options.dir)
      return {
        json: { held },
        lines: [
          ...(held.length === 0 ? ['Nothing is held back.'] : held.flatMap(heldLines)),
          `Next: ${RUN} ${next}`,
        ],
      }
    }),
  )
}

const showLine = (market: string, dir: string) => `brake show ${market} --dir ${dir}`

function showCommand(): Command {
  const what = `what a held change would do, ${MAX_CHANGES} decisions at a time`
  return directoryCommand('show', what, 'brake show kr')
    .argument('<market>', 'whose change is held')
    .option('--after <decision>', 'go on after this decision')
    .action((market: string, options: OnNode & { after?: string }) =>
      onNode(options, async (node) => {
        const { after = '' } = options
        const held = await readHeldChange(await depsOf(node), market, { after })
        const next =
          held.next === null
            ? `brake release ${market} --token … --dir ${options.dir}`
            : `${showLine(market, options.dir)} --after ${held.next}`
        return {
          json: held,
          lines: [...heldLines(held), ...changeLines(held), `Next: ${RUN} ${next}`],
        }
      }),
    )
}

type ReleaseOptions = OnNode & { token?: string; upTo?: string }

function releaseCommand(): Command {
  const what = 'let a held change take effect, together with a second person'
  return directoryCommand('release', what, 'brake release kr --token eyJhbGci…')
    .argument('<market>', 'whose change is held')
    .option(
      '--token <token>',
      'a token of yours with the scope operate; or PORTCULLIS_TOKEN in the environment',
    )
    .option('--up-to <position>', 'only so many entries; default: what the first person released')
    .action((market: string, options: ReleaseOptions) =>
      onNode(options, async (node) => {
        const position = positionOf(options.upTo)
        const token = options.token ?? process.env.PORTCULLIS_TOKEN
        const person = token === undefined ? null : await authenticate(node.people, token)
        if (person?.ok !== true) throw tokenNeeded(token !== undefined)
        const released = await release(
          await depsOf(node),
          { market, position },
          person.value,
          'cli',
        )
        const command = `${RUN} brake release ${market} --token … --dir ${options.dir}`
        const lines =
          released.state === 'waiting'
            ? [
                `${released.first} has released ${market} up to entry ${released.position}. It stays held until a second person does too, by ${moment(released.until)}.`,
                `Next, by somebody else: ${command}`,
              ]
            : [
                `Released by ${released.first} and ${released.second}: ${market} is in effect up to entry ${released.position}.`,
                `Next: ${RUN} status --dir ${options.dir}`,
              ]
        return { json: released, lines }
      }),
    )
}

async function depsOf({ sync, outbound }: OpenNode): Promise<BrakeDeps> {
  const { adopted } = await outbound()
  return { db: sync.db, adopted, nowMs: sync.nowMs, here: sync.market }
}

function positionOf(text: string | undefined): number | null {
  if (text === undefined) return null
  const position = Number(text)
  if (Number.isSafeInteger(position) && position > 0) return position
  throw new Failure('ERR_USAGE', '--up-to: a number of entries', { at: '--up-to' })
}

function heldLines({ market, since, effective, merged, flips, waiting }: Held): string[] {
  const { decisions, products } = flips
  return [
    `${market}  held since ${moment(since)}: entries ${effective + 1} to ${merged} are not in effect`,
    `    decisions: ${decisions.added} added, ${decisions.lifted} lifted`,
    `    listed products: ${products.added} added, ${products.lifted} lifted, ${products.changed} found by other keys`,
    ...(waiting === null
      ? []
      : [
          `    ${waiting.subject} has released it up to ${waiting.position}; a second person may until ${moment(waiting.until)}`,
        ]),
  ]
}

function changeLines({ changes }: HeldChange): string[] {
  return changes.map(({ decision, change, products }: Flip) => {
    const { added, lifted, changed } = products
    return `    ${change ?? 'products'}  ${decision}  (products +${added} -${lifted} ~${changed})`
  })
}
