// `portcullis screen`: a manifest in, the marked-up file out, against a node's directory or a running node; and what is kept of them.
import { createReadStream, createWriteStream, existsSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { Command, Option } from 'commander'
import { ERRORS, type ErrorCode, Failure } from '../errors.ts'
import { ENCODINGS } from '../screening/encodings.ts'
import { FORMATS } from '../screening/lines.ts'
import { PART_BYTES } from '../screening/parts.ts'
import { readHanded } from '../screening/routes.ts'
import type { Summary } from '../screening/summary.ts'
import type { ResultFile } from '../screening-desk.ts'
import { type Counter, localCounter } from './screen-local.ts'
import { remoteCounter } from './screen-remote.ts'
import { type Terminal, terminal } from './terminal.ts'

type Options = {
  dir?: string
  url?: string
  token?: string
  map: string[]
  encoding?: string
  format?: string
  delimiter?: string
  header: boolean
  bom?: boolean
  receipts?: boolean
  out?: string
  dryRun?: boolean
  json?: boolean
}

export function screenCommand(): Command {
  return new Command('screen')
    .description(
      'look every line of a manifest up: CSV, XLSX or NDJSON in, the same file marked up out',
    )
    .argument('<manifest>', 'the file')
    .option('--dir <directory>', "a node's directory")
    .option('--url <url>', 'a running node')
    .option('--token <token>', 'a token of that node, where it asks for one')
    .option(
      '--map <question=column>',
      'change the mapping, may be repeated: gtin="EAN code", text=3, none=Remarks',
      collect,
      [],
    )
    .addOption(
      new Option('--encoding <name>', 'overrules the encoding that was found').choices(ENCODINGS),
    )
    .addOption(
      new Option('--format <name>', 'overrules the format that was found').choices(FORMATS),
    )
    .addOption(
      new Option('--delimiter <name>', 'of CSV').choices(['comma', 'semicolon', 'tab', 'pipe']),
    )
    .option('--no-header', 'the first line is goods already')
    .option('--bom', 'begin the CSV with the mark by which Excel knows UTF-8')
    .option('--receipts', 'a signed receipt for each line, at most 10 000 lines')
    .option(
      '--out <file>',
      'where the result goes; default: beside the manifest, as NAME.screened.csv',
    )
    .option('--dry-run', 'say how the file is read, and screen nothing')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      '\nExample:\n  npm run -s portcullis -- screen manifest.csv --dir data/demo/us --map gtin="EAN code"\n\nA run that broke off goes on where it was when the same command is given again. A file that was screened before is screened again,\nasking only what could have changed.\n',
    )
    .action(async (manifest: string, options: Options) => {
      const print = terminal({ json: options.json === true })
      const counter = await openCounter(options)
      try {
        await screen(counter, manifest, options, print)
      } finally {
        counter.close()
      }
    })
}

export function screeningsCommand(): Command {
  return new Command('screenings')
    .description('what is kept of screened manifests, and forgetting it')
    .requiredOption('--dir <directory>', "a node's directory")
    .option('--forget <id>', 'forget one: its file and everything found')
    .option('--forget-all', 'forget all of them')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      '\nExample:\n  npm run -s portcullis -- screenings --dir ./us --forget-all\n',
    )
    .action(
      async (options: { dir: string; forget?: string; forgetAll?: boolean; json?: boolean }) => {
        const counter = await localCounter(options.dir)
        try {
          const all = await counter.list()
          const gone = all.filter(({ id }) => options.forgetAll === true || id === options.forget)
          if (options.forget !== undefined && gone.length === 0)
            await counter.forget(options.forget)
          for (const { id } of gone) await counter.forget(id)
          const kept = all.filter((one) => !gone.includes(one))
          terminal(options).say({ kept, forgotten: gone.length }, [
            ...kept.map(
              ({ id, name, state, counts }) =>
                `${id}  ${state}  ${name}${counts === null ? '' : `  ${counts.lines} lines`}`,
            ),
            ...(gone.length > 0 ? [`Forgotten: ${gone.length}.`] : []),
            kept.length === 0
              ? 'Nothing is kept.'
              : `Next: forget what nobody needs, with --forget ID. Kept: ${kept.length}.`,
          ])
        } finally {
          counter.close()
        }
      },
    )
}

function collect(value: string, before: string[]): string[] {
  return [...before, value]
}

async function openCounter({ dir, url, token }: Options): Promise<Counter> {
  if ((dir === undefined) === (url === undefined)) {
    throw new Failure('ERR_USAGE', 'name one of --dir and --url')
  }
  return url === undefined ? localCounter(String(dir)) : remoteCounter(url, token)
}

async function screen(
  counter: Counter,
  manifest: string,
  options: Options,
  print: Terminal,
): Promise<void> {
  const open = () => openManifest(manifest)
  const asked = readHanded(paramsOf(manifest, options))
  const handed = await counter.hand(open, { ...asked, start: options.dryRun !== true })
  if (options.dryRun === true) {
    await counter.forget(handed.id)
    print.say(handed, [...readLines(handed), 'Next: the same command without --dry-run.'])
    return
  }
  if (handed.state === 'mapping') {
    await counter.forget(handed.id)
    throw new Failure('ERR_SCREENING_UNMAPPED', 'no column says what the goods are', {
      cure: `name one, for example --map text="${handed.columns[0]?.name ?? '1'}"; columns: ${handed.columns
        .slice(0, 20)
        .map(({ name }) => name)
        .join(', ')}`,
    })
  }
  const started = performance.now()
  const done = await counter.finish(handed.id, (now) => print.progress(progressLine(now, started)))
  if (done.state === 'failed') {
    await counter.forget(done.id)
    throw new Failure(codeOf(done), done.detail ?? 'the file could not be screened')
  }
  const file = await counter.result(done.id, options.bom ?? null)
  const out = options.out ?? join(dirname(manifest), file.name)
  await save(file, out)
  print.say({ ...done, out }, [
    ...readLines(done),
    ...foundLines(done),
    `Written: ${out}`,
    nextLine(done, out),
  ])
}

/** Why it failed. A node of another version may give a code that is not known here. */
function codeOf({ code }: Summary): ErrorCode {
  return code !== null && Object.hasOwn(ERRORS, code) ? (code as ErrorCode) : 'ERR_SCREENING_LINE'
}

function paramsOf(
  manifest: string,
  { map, encoding, format, delimiter, header, receipts }: Options,
): URLSearchParams {
  const params = new URLSearchParams({ name: basename(manifest).slice(0, 200) })
  for (const change of map) params.append('map', change)
  if (encoding !== undefined) params.set('encoding', encoding)
  if (format !== undefined) params.set('format', format)
  if (delimiter !== undefined) params.set('delimiter', delimiter)
  if (!header) params.set('header', 'no')
  if (receipts === true) params.set('receipts', 'yes')
  return params
}

function openManifest(path: string): AsyncIterable<Uint8Array> {
  if (!existsSync(path)) {
    throw new Failure('ERR_FILE_UNREADABLE', `${path} cannot be read`, {
      cure: 'check the name of the file',
    })
  }
  return createReadStream(path, { highWaterMark: PART_BYTES })
}

/** Written beside its place and moved there whole, so that a result that broke off is not taken for one. */
async function save({ body }: ResultFile, path: string): Promise<void> {
  const part = `${path}.part`
  const stream = createWriteStream(part)
  const failed = new Promise<never>((_, reject) => stream.once('error', reject))
  failed.catch(() => undefined)
  try {
    for await (const bytes of body) {
      if (!stream.write(bytes)) await Promise.race([drained(stream), failed])
    }
    await Promise.race([new Promise<void>((resolve) => stream.end(resolve)), failed])
    renameSync(part, path)
  } catch (cause) {
    rmSync(part, { force: true })
    if (cause instanceof Failure) throw cause
    throw new Failure('ERR_FILE_UNREADABLE', `${path} cannot be written`, {
      cause,
      cure: 'choose another place with --out',
    })
  }
}

function drained(stream: NodeJS.WritableStream): Promise<void> {
  return new Promise((resolve) => {
    stream.once('drain', () => resolve())
  })
}

const BAR = 24

function progressLine({ progress }: Summary, started: number): string {
  const seconds = (performance.now() - started) / 1000
  const full = Math.round((progress.percent * BAR) / 100)
  const bar = `${'█'.repeat(full)}${'░'.repeat(BAR - full)}`
  const rate = seconds > 0.5 ? `  ${Math.round(progress.lines / seconds)} lines/s` : ''
  return `${bar} ${progress.percent} %  ${progress.lines} lines${rate}`
}

function readLines({
  encoding,
  encoding_found: how,
  format,
  columns,
  mapping_remembered: isRemembered,
}: Summary): string[] {
  const taken = {
    mark: 'says its mark',
    strict: 'the only encoding that fits',
    likely: 'a guess; --encoding overrules it',
    ascii: 'plain ASCII',
    chosen: 'as chosen',
  }[how]
  const mapped = columns.flatMap(({ name, feeds }) =>
    feeds === null ? [] : [`${feeds} from "${name}"`],
  )
  return [
    `Read as ${format.toUpperCase()}, ${encoding} (${taken ?? how}).`,
    `Asks ${mapped.join(', ') || 'nothing'}${isRemembered ? ', as the last time' : ''}.`,
  ]
}

function foundLines({ counts, as_of: asOf }: Summary): string[] {
  if (counts === null) return []
  const { blocked, exception, possible, cannot_say: unsaid, not_listed: silent, lines } = counts
  const late = asOf?.not_fresh ?? []
  return [
    `${lines} lines: ${blocked} blocked, ${exception} with an exception, ${possible} possible, ${unsaid} cannot be said, ${silent} not listed.`,
    late.length === 0 ? 'Every market is fresh.' : `Not fresh: ${late.join(', ')}.`,
  ]
}

function nextLine({ counts }: Summary, out: string): string {
  const found = (counts?.blocked ?? 0) + (counts?.exception ?? 0) + (counts?.possible ?? 0)
  return found === 0
    ? 'Next: nothing to look at; not listed is no clearance.'
    : `Next: open ${out} and look at what is blocked, excepted or possible (lines: ${found}).`
}
