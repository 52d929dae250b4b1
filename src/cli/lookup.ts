// `portcullis lookup`: one question, asked of a directory or of a running node, through the same route.
import { Command, Option } from 'commander'
import { createApp } from '../app.ts'
import { Failure } from '../errors.ts'
import type { Answer } from '../lookup/answer.ts'
import { QUERY_PARAMETERS } from '../lookup/query.ts'
import { openNode } from '../node/open.ts'
import { jsonTrace } from '../node/trace.ts'
import type { Problem } from '../problem.ts'
import { moment } from './on-node.ts'
import { terminal } from './terminal.ts'

type Options = { dir?: string; url?: string; json?: boolean } & Record<
  string,
  string | boolean | undefined
>

export function lookupCommand(): Command {
  const command = new Command('lookup')
    .description('look a product, party or case up, as an officer would')
    .argument('[query...]', 'anything: barcode, brand and model, party, case number, words')
    .option('--dir <directory>', "a node's directory")
    .option('--url <url>', 'a running node')
    .option('--receipt', 'with a receipt, signed by the node')
    .option('--token <token>', 'where that node asks for one; or PORTCULLIS_TOKEN')
    .option('--json', 'print the whole answer')
    .addHelpText(
      'after',
      '\nExample:\n  npm run -s portcullis -- lookup Drovolt DB-1850 --dir data/demo/us\n  npm run -s portcullis -- lookup --gtin 9520200005014 --on 2026-01-31 --url http://localhost:4337\n  npm run -s portcullis -- lookup Drovolt DB-1850 --known 2026-11-20T09:00:00Z --receipt --dir data/demo/us\n',
    )
  for (const name of QUERY_PARAMETERS) {
    if (name !== 'q' && name !== 'receipt')
      command.addOption(
        new Option(`--${name} <value>`, ABOUT[name] ?? 'as the parameter of /v1/lookup').hideHelp(
          !SHOWN.has(name),
        ),
      )
  }
  return command.action(async (words: string[], options: Options) => {
    const answer = await ask(questionOf(words, options), options)
    terminal({ json: options.json === true }).say(answer, answerLines(answer))
  })
}

const ABOUT: Record<string, string> = {
  on: 'the day the goods are presented, YYYY-MM-DD',
  known: 'as known there at that moment (RFC 3339 or POSIX seconds), or a form that an answer gave',
}
const SHOWN = new Set([
  'gtin',
  'brand',
  'model',
  'maker',
  'party',
  'case',
  'right',
  'on',
  'known',
  'limit',
])

function questionOf(words: readonly string[], options: Options): URLSearchParams {
  const params = new URLSearchParams()
  if (words.length > 0) params.set('q', words.join(' '))
  for (const name of QUERY_PARAMETERS) {
    const value = options[name]
    if (typeof value === 'string') params.set(name, value)
  }
  if (options.receipt === true) params.set('receipt', '1')
  return params
}

async function ask(params: URLSearchParams, { dir, url, token }: Options): Promise<Answer> {
  if ((dir === undefined) === (url === undefined)) {
    throw new Failure('ERR_USAGE', 'name one of --dir and --url')
  }
  if (url !== undefined) {
    const bearer = typeof token === 'string' ? token : process.env.PORTCULLIS_TOKEN
    return answerOf(await fetchAt(new URL(`/v1/lookup?${params}`, url), bearer))
  }
  const node = await openNode(String(dir), process.env)
  try {
    const { market, name } = node.settings
    const trace = jsonTrace(process.stderr)
    const { db, scratch, sync } = node
    const receipts = { key: await node.nodeKey(), gate: sync.gate }
    const app = createApp({
      db,
      here: { market, name },
      nowMs: sync.nowMs,
      scratch,
      receipts,
      trace,
    })
    return await answerOf(await app.request(`/v1/lookup?${params}`))
  } finally {
    node.close()
  }
}

async function fetchAt(url: URL, token?: string): Promise<Response> {
  try {
    return await fetch(
      url,
      token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } },
    )
  } catch (error) {
    throw new Failure('ERR_PEER_UNREACHABLE', `no node answers at ${url.origin}`, {
      cause: error,
      cure: 'start it: npm run -s portcullis -- serve --dir D',
    })
  }
}

async function answerOf(response: Response): Promise<Answer> {
  if (response.ok) return (await response.json()) as Answer
  const problem = (await response.json()) as Problem
  const { code, detail, at, cure } = problem
  throw new Failure(code, detail, {
    ...(at === undefined ? {} : { at }),
    ...(cure === undefined ? {} : { cure }),
  })
}

/** The instruction first, then the verdict, why, and how fresh that is. */
function answerLines(answer: Answer): string[] {
  const { verdict, why, instruction, results, inactive, coverage } = answer
  const word = verdict.replace('_', ' ').toUpperCase()
  const todo = instruction === null ? [] : [`Here: ${instruction.effect}`]
  const late = coverage.filter(({ state }) => state !== 'fresh')
  const then = new Date(answer.at * 1000).toISOString().slice(0, 19)
  const { expired } = answer.charter
  return [
    ...(answer.known === null
      ? []
      : [`As known here on ${then}Z, under charter ${answer.charter.n}:`]),
    ...todo,
    `${word}  ${why.text}`,
    ...results.map(
      (result) =>
        `  ${result.decision}  ${result.pid ?? ''}  ${result.verdict}  ${result.state}  (${result.tier} ${result.score})`,
    ),
    ...inactive.map(
      (result) => `  ${result.decision}  ${result.pid ?? ''}  not in force: ${result.state}`,
    ),
    ...(expired === undefined ? [] : [`The charter expired on ${moment(expired)}.`]),
    late.length === 0
      ? `Every market's word is fresh (${coverage.length}).`
      : `Not fresh: ${late.map(({ market, state }) => `${market} ${state}`).join(', ')}`,
    ...(answer.receipt === undefined
      ? []
      : [
          answer.receipt,
          'Keep that line. Next: npm run -s portcullis -- verify FILE --charter FILE',
        ]),
  ]
}
