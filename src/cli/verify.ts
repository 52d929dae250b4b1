// `portcullis verify`: a proof, a charter or an alliance bundle, checked offline with nothing but files.
import { closeSync, openSync, readSync } from 'node:fs'
import { Command } from 'commander'
import { type Charter, countSigners, isSelfSigned } from '../charter/charter.ts'
import { encodeUtf8 } from '../encoding/utf8.ts'
import { type ErrorCode, Failure } from '../errors.ts'
import { type BundleReport, verifyBundle } from '../node/bundle-check.ts'
import { charterOf, readText } from '../node/founding.ts'
import { type ProofReport, type Trust, verifyProofFile } from '../proof/verify.ts'
import { parsePolicy } from '../tlog/policy.ts'
import { MAX_TLOG_PROOF_BYTES, TLOG_PROOF_HEAD } from '../tlog/tlog-proof.ts'
import { EXIT, reportFailure, terminal } from './terminal.ts'
import { verifyFork } from './verify-fork.ts'
import { RECEIPT_HEAD, verifyReceiptFile } from './verify-receipt.ts'
import { verifySplit } from './verify-split.ts'

type Options = {
  charter?: string
  policy?: string
  bundle?: string
  dir?: string
  quorum?: boolean
  json?: boolean
}
type Said = { json: unknown; lines: string[] }

/** What the caller did wrong is no verdict on the file. */
const NO_VERDICT: readonly ErrorCode[] = ['ERR_USAGE', 'ERR_FILE_UNREADABLE', 'ERR_RECEIPT_REPLAY']
const SNIFFED_BYTES = 512

export function verifyCommand(): Command {
  return new Command('verify')
    .description(
      'check a receipt, a decision proof, a fork proof, a charter or an alliance bundle, offline',
    )
    .argument(
      '<file>',
      'a look-up receipt, a .tlog-proof, a file of /v1/evidence, a charter, or a .tar that `export` wrote',
    )
    .option('--charter <file>', 'whose word is taken: the newest charter of the alliance')
    .option('--policy <file>', 'or a tlog-policy file, for a proof; it names no agency keys')
    .option('--bundle <file>', 'for a receipt: replay it against the feeds in this .tar')
    .option('--dir <directory>', "or against a node's own feeds")
    .option('--quorum', 'fail a proof that too few witnesses have cosigned')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      '\nExamples:\n  npm run -s portcullis -- verify order.tlog-proof --charter charter-1.json --quorum\n  npm run -s portcullis -- verify alliance.tar --charter charter-1.json\n  npm run -s portcullis -- verify receipt.jws --charter charter-1.json --bundle alliance.tar\n',
    )
    .action(async (file: string, options: Options) => {
      const print = terminal(options)
      try {
        const { json, lines } = await verifyFile(file, options)
        print.say(json, lines)
      } catch (error) {
        if (!(error instanceof Failure) || NO_VERDICT.includes(error.code)) throw error
        reportFailure(error, options.json === true)
        process.exitCode = EXIT.unverified
      }
    })
}

async function verifyFile(file: string, options: Options): Promise<Said> {
  if (options.charter !== undefined && options.policy !== undefined) {
    throw new Failure('ERR_USAGE', 'name one of --charter and --policy')
  }
  const start = beginning(file)
  if (start.startsWith(TLOG_PROOF_HEAD)) return verifyProof(file, options)
  if (start.slice(257, 262) === 'ustar') return verifyTar(file, options)
  if (start.trimStart().startsWith(RECEIPT_HEAD)) {
    const trusted = options.charter === undefined ? null : await signedCharter(options.charter)
    const print = terminal(options)
    return verifyReceiptFile(readText(file), trusted, options, (market, merged, size) =>
      print.progress(`${market}: ${merged} of ${size} entries`),
    )
  }
  if (start.startsWith('{"v":1,"kind":"fork"')) {
    if (options.charter === undefined)
      throw new Failure('ERR_USAGE', 'a fork proof is checked against --charter FILE')
    return verifyFork(readText(file).trim(), await signedCharter(options.charter))
  }
  if (start.startsWith('{"v":1,"kind":"charter"')) {
    if (options.charter === undefined)
      throw new Failure('ERR_USAGE', 'a split charter is checked against --charter FILE')
    return verifySplit(readText(file).trim(), await signedCharter(options.charter))
  }
  if (start.trimStart().startsWith('{')) return verifyCharter(file, options)
  throw new Failure(
    'ERR_PROOF_FORMAT',
    `${file} is no receipt, no proof, no charter and no alliance bundle`,
  )
}

function beginning(file: string): string {
  // Latin-1 keeps places in bytes and characters the same.
  return Buffer.from(readBytes(file, SNIFFED_BYTES)).toString('latin1')
}

async function verifyProof(file: string, options: Options): Promise<Said> {
  const result = await verifyProofFile(
    readBytes(file, MAX_TLOG_PROOF_BYTES + 1),
    await trustOf(options),
  )
  if (!result.ok) throw new Failure(result.code, result.detail)
  const report = result.value
  const { quorum } = report
  if (options.quorum === true && !quorum.met) {
    throw new Failure('ERR_PROOF_QUORUM', quorumLine(report), {
      cure: 'ask for a newer proof; members cosign within their next sync',
    })
  }
  return { json: { kind: 'proof', verified: true, ...report }, lines: proofLines(report) }
}

async function trustOf({ charter, policy }: Options): Promise<Trust> {
  if (charter !== undefined) return { by: 'charter', charter: await signedCharter(charter) }
  if (policy === undefined) {
    throw new Failure('ERR_USAGE', 'a proof is checked against --charter FILE or --policy FILE', {
      cure: "take charter/latest or policy.txt from a node you trust, or keep the alliance's own copy",
    })
  }
  const parsed = parsePolicy(encodeUtf8(readText(policy)))
  if (parsed === null) throw new Failure('ERR_POLICY_FORMAT', `${policy} is no tlog-policy`)
  return { by: 'policy', policy: parsed }
}

function proofLines(report: ProofReport): string[] {
  const { origin, index, size, act, stamp } = report
  const signed = report.act_signed
    ? `signed by key ${act.kid}, which the charter lets sign this at this place`
    : 'whose signature was not checked: a policy names no agency keys, give --charter for that'
  return [
    `Verified: entry ${index} of ${size} in ${origin}.`,
    `  ${act.kind} ${act.decision ?? ''}`.trimEnd(),
    `  ${signed}`,
    `  head signed by the log${stamp === null ? '' : `, stamped ${timeText(stamp)}`}`,
    `  ${quorumLine(report)}`,
    'It proves that this act is on record, not that no later one followed.',
  ]
}

function quorumLine({ quorum, cosigned }: ProofReport): string {
  const names = cosigned.length === 0 ? '' : `: ${cosigned.map(({ name }) => name).join(', ')}`
  if (quorum.needed === 0) return `no witnesses asked for${names}`
  const verdict = quorum.met ? 'confirmed' : 'not confirmed'
  return `${verdict}: cosigned by ${quorum.have} of ${quorum.of} witnesses, ${quorum.needed} needed${names}`
}

async function verifyCharter(file: string, options: Options): Promise<Said> {
  const charter = await signedCharter(file)
  const { n, threshold, rootKeys } = charter.terms
  const signers = await countSigners(charter, rootKeys)
  const before = options.charter === undefined ? null : await signedCharter(options.charter)
  if (before !== null) await requireFollows(before, charter)
  const follows = before === null ? [] : [`It follows charter ${before.terms.n}.`]
  return {
    json: { kind: 'charter', verified: true, n, hash: charter.hash, signers, threshold },
    lines: [
      `Verified: charter ${n}, hash ${charter.hash}, signed by ${signers} root keys, ${threshold} needed.`,
      ...follows,
      ...(n === 1 ? ['Compare this hash with the other members by another way.'] : []),
    ],
  }
}

async function requireFollows(before: Charter, charter: Charter): Promise<void> {
  const { n, prev } = charter.terms
  if (charter.hash === before.hash) return
  if (n !== before.terms.n + 1 || prev !== before.hash) {
    throw new Failure('ERR_CHARTER_ORDER', `charter ${n} does not follow charter ${before.terms.n}`)
  }
  const signers = await countSigners(charter, before.terms.rootKeys)
  if (signers >= before.terms.threshold) return
  const needed = `${signers} of ${before.terms.threshold} needed root keys of charter ${n - 1} signed it`
  throw new Failure('ERR_CHARTER_THRESHOLD', needed)
}

async function signedCharter(file: string): Promise<Charter> {
  const charter = charterOf(readText(file))
  if (await isSelfSigned(charter)) return charter
  const signers = await countSigners(charter, charter.terms.rootKeys)
  const message = `${signers} of ${charter.terms.threshold} needed root keys signed ${file}`
  throw new Failure('ERR_CHARTER_THRESHOLD', message)
}

async function verifyTar(file: string, options: Options): Promise<Said> {
  const trusted = options.charter === undefined ? null : await signedCharter(options.charter)
  const print = terminal(options)
  const report = await verifyBundle(file, trusted, (market, merged, size) =>
    print.progress(`${market}: ${merged} of ${size} entries`),
  )
  return {
    json: { kind: 'bundle', verified: true, ...report },
    lines: bundleLines(report, trusted),
  }
}

function bundleLines(report: BundleReport, trusted: Charter | null): string[] {
  return [
    `Verified: ${report.files} files, ${report.charter.n} charters, ${report.feeds.length} logs.`,
    ...report.feeds.map(
      ({ market, entries, refused, stamp }) =>
        `  ${market}  ${entries} entries${refused > 0 ? `, ${refused} refused` : ''}, ${stamp === null ? 'no stamp' : `stamped ${timeText(stamp)}`}`,
    ),
    `state digest ${report.digest}`,
    trusted === null
      ? `Signed by its own charters only: compare the hash of charter 1, ${report.alliance}, with one you trust.`
      : `Under charter ${trusted.terms.n} as given.`,
  ]
}

const timeText = (timeS: number): string =>
  new Date(timeS * 1000).toISOString().slice(0, 19).concat('Z')

/** The first bytes of a file, which may be a large one. */
function readBytes(file: string, most: number): Uint8Array {
  let handle: number | undefined
  try {
    handle = openSync(file, 'r')
    const bytes = new Uint8Array(most)
    return bytes.subarray(0, readSync(handle, bytes, 0, most, 0))
  } catch (error) {
    const cure = 'check the path'
    throw new Failure('ERR_FILE_UNREADABLE', `${file} cannot be read`, { cause: error, cure })
  } finally {
    if (handle !== undefined) closeSync(handle)
  }
}
