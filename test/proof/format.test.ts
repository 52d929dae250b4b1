// Files of proofs and policies as strangers write them: one form, maxima, and what each refusal is called.
import { beforeAll, describe, expect, it } from 'vitest'
import { encodeBase64 } from '../../src/encoding/base64.ts'
import { encodeUtf8 } from '../../src/encoding/utf8.ts'
import { formatCheckpoint } from '../../src/tlog/checkpoint.ts'
import { cosign } from '../../src/tlog/cosignature.ts'
import { leafHash, nodeHash } from '../../src/tlog/hash.ts'
import { formatVkey, parseVkey, type Vkey } from '../../src/tlog/key.ts'
import { formatNote, signNote } from '../../src/tlog/note.ts'
import {
  formatPolicy,
  MAX_POLICY_BYTES,
  type Policy,
  parsePolicy,
  tallyQuorum,
} from '../../src/tlog/policy.ts'
import {
  formatTlogProof,
  MAX_TLOG_PROOF_BYTES,
  parseTlogProof,
  verifyTlogProof,
} from '../../src/tlog/tlog-proof.ts'
import { type TestKey, testKey } from '../support/alliance.ts'

const ORIGIN = 'us.test/log'
const ENTRY = encodeUtf8('an entry')
const SIBLING = leafHash(encodeUtf8('another'))
const ROOT = nodeHash(leafHash(ENTRY), SIBLING)
let log: TestKey
let witnesses: TestKey[]

const vkeyOf = (name: string, type: 1 | 4, { publicKey }: TestKey): Vkey => {
  const vkey = parseVkey(formatVkey({ name, type, publicKey }))
  if (vkey === null) throw new TypeError('no vkey')
  return vkey
}
const nameOf = (at: number) => `w${at}.test/log/witness`
const policy = (k: number): Policy => ({
  logs: [vkeyOf(ORIGIN, 1, log)],
  witnesses: witnesses.map((key, at) => ({ name: `w${at}`, vkey: vkeyOf(nameOf(at), 4, key) })),
  groups: [{ name: 'g', k, members: witnesses.map((_, at) => `w${at}`) }],
  quorum: 'g',
})

async function noteOf(
  cosigners: number,
  text = formatCheckpoint({ origin: ORIGIN, size: 2, root: ROOT }),
) {
  const lines = [await signNote(text, ORIGIN, log.publicKey, log.sign)]
  for (const [at, key] of witnesses.slice(0, cosigners).entries()) {
    lines.push(await cosign(text, nameOf(at), key.publicKey, key.sign, 1000 + at))
  }
  return formatNote(text, lines)
}
const proofOf = async (cosigners: number) => ({
  extra: ENTRY,
  index: 0,
  path: [SIBLING],
  note: await noteOf(cosigners),
})

beforeAll(async () => {
  log = await testKey()
  witnesses = [await testKey(), await testKey(), await testKey()]
})

describe('a proof file', () => {
  it('is what the standard shows, line by line', async () => {
    const proof = await proofOf(0)
    const text = new TextDecoder().decode(formatTlogProof(proof))
    const note = new TextDecoder().decode(proof.note)
    const lines = [`extra ${encodeBase64(ENTRY)}`, 'index 0', encodeBase64(SIBLING), '', note]
    expect(text).toBe(`c2sp.org/tlog-proof@v1\n${lines.join('\n')}`)
    expect(parseTlogProof(encodeUtf8(text))).toEqual(proof)
  })

  it('may leave the extra data out, and the path of the only entry', async () => {
    const proof = { extra: null, index: 0, path: [], note: await noteOf(0) }
    expect(parseTlogProof(formatTlogProof(proof))).toEqual(proof)
  })

  it('of any other form is refused', async () => {
    const text = new TextDecoder().decode(formatTlogProof(await proofOf(1)))
    const sibling = encodeBase64(SIBLING)
    const spoiled = [
      text.replace('@v1', '@v2'),
      text.replace('index 0', 'index 00'),
      text.replace('index 0', 'index -1'),
      text.replace('index 0\n', ''),
      text.replace('extra ', 'Extra '),
      text.replace(/extra .*\n/, 'extra \n'),
      text.replace(/extra .*/, (line) => `${line}=`),
      text.replace(sibling, sibling.slice(0, -1)),
      text.replace(sibling, encodeBase64(SIBLING.subarray(1))),
      text.replace(sibling, Array(64).fill(sibling).join('\n')),
      text.replaceAll('\n', '\r\n'),
      text.replace('\n\n', '\n'),
      `\n${text}`,
      text + ' '.repeat(MAX_TLOG_PROOF_BYTES),
      '',
    ]
    for (const one of spoiled) {
      const proof = parseTlogProof(encodeUtf8(one))
      if (proof === null) continue
      const verdict = await verifyTlogProof(proof, leafHash(proof.extra ?? ENTRY), policy(1))
      expect(verdict.ok, one.slice(0, 200)).toBe(false)
    }
    expect(
      spoiled.filter((one) => parseTlogProof(encodeUtf8(one)) === null).length,
    ).toBeGreaterThan(12)
  })

  it('says how many witnesses cosigned, and fails for none of them', async () => {
    for (const cosigners of [0, 1, 2, 3]) {
      const verdict = await verifyTlogProof(await proofOf(cosigners), leafHash(ENTRY), policy(2))
      expect(verdict).toMatchObject({
        ok: true,
        value: { quorum: { met: cosigners >= 2, have: cosigners, needed: 2, of: 3 } },
      })
    }
  })

  it('is refused by the name of what is wrong', async () => {
    const proof = await proofOf(2)
    const leaf = leafHash(ENTRY)
    const other = formatCheckpoint({ origin: 'jp.test/log', size: 2, root: ROOT })
    const larger = formatCheckpoint({ origin: ORIGIN, size: 3, root: ROOT })
    const forged = new TextDecoder().decode(proof.note).replace(/(witness \S{20})./, '$1A')
    const unsigned = formatNote(larger, [
      await cosign(
        larger,
        nameOf(0),
        (witnesses[0] ?? log).publicKey,
        (witnesses[0] ?? log).sign,
        1,
      ),
    ])
    const cases = [
      [{ ...proof, note: encodeUtf8('no note') }, 'ERR_HEAD_FORMAT'],
      [{ ...proof, note: await noteOf(1, other) }, 'ERR_HEAD_ORIGIN'],
      [{ ...proof, note: encodeUtf8(forged) }, 'ERR_HEAD_SIGNATURE'],
      [{ ...proof, note: unsigned }, 'ERR_HEAD_SIGNATURE'],
      [{ ...proof, note: await noteOf(1, larger) }, 'ERR_PROOF_MISMATCH'],
      [{ ...proof, index: 1 }, 'ERR_PROOF_MISMATCH'],
      [{ ...proof, path: [] }, 'ERR_PROOF_MISMATCH'],
      [{ ...proof, path: [SIBLING, SIBLING] }, 'ERR_PROOF_MISMATCH'],
    ] as const
    for (const [spoiled, code] of cases) {
      expect(await verifyTlogProof(spoiled, leaf, policy(1))).toMatchObject({ ok: false, code })
    }
  })
})

describe('a policy file', () => {
  it('comes back as it was written', () => {
    for (const one of [
      policy(1),
      policy(3),
      { ...policy(1), groups: [], quorum: null },
      { ...policy(1), quorum: 'w1' },
    ]) {
      expect(parsePolicy(encodeUtf8(formatPolicy(one)))).toEqual(one)
    }
  })

  it('may have comments, blank lines, tabs, addresses, nested groups, any and all', () => {
    const [a, b, c] = witnesses.map((key, at) => formatVkey(vkeyOf(nameOf(at), 4, key)))
    const text = `# who\n\n\tlog  ${formatVkey(vkeyOf(ORIGIN, 1, log))} https://us.test/log \nwitness a ${a} https://a.test\nwitness b ${b}\nwitness c ${c}\ngroup ab any a b\ngroup abc all ab c\nquorum abc`
    const nested = parsePolicy(encodeUtf8(text))
    if (nested === null) throw new TypeError('not a policy')
    expect(tallyQuorum(nested, new Set(['b', 'c']))).toEqual({
      met: true,
      have: 2,
      needed: 2,
      of: 2,
    })
    expect(tallyQuorum(nested, new Set(['a', 'b']))).toEqual({
      met: false,
      have: 1,
      needed: 2,
      of: 2,
    })
    expect(tallyQuorum({ ...nested, quorum: 'c' }, new Set(['a', 'b'])).met).toBe(false)
    expect(tallyQuorum({ ...nested, quorum: null }, new Set()).met).toBe(true)
  })

  it('of any other form is refused', () => {
    const text = formatPolicy(policy(2))
    const [first = '', ...rest] = text.split('\n')
    const witness = rest[0] ?? ''
    const spoiled = [
      text.replace('quorum g\n', ''),
      `${text}quorum g\n`,
      text.replace('quorum g', 'quorum h'),
      text.replace('quorum g', 'quorum g g'),
      text.replace('group g 2', 'group g 4'),
      text.replace('group g 2', 'group g 0'),
      text.replace('group g 2', 'group g 02'),
      text.replace('group g 2 w0', 'group g 2 w0 w0'),
      text.replace('group g 2 w0', 'group g 2 none'),
      text.replace('group g 2 w0', 'group g 2 g'),
      text.replace('quorum g', 'group h 1 w0\nquorum g'),
      text.replace('group g', 'group w0'),
      text.replace('witness w1', 'witness w0'),
      text.replace('witness w1', 'witness none'),
      text.replace(witness, witness.replace('w0', 'x').concat('\n', witness)),
      `${first}\n${text}`,
      text.replace('log ', 'witness l '),
      text.replace('witness w0 ', 'log '),
      text.replace('log ', 'Log '),
      text.replaceAll('\n', '\r\n'),
      `${text}\u0000`,
      `${text}frobnicate\n`,
      `${text}#${' '.repeat(MAX_POLICY_BYTES)}\n`,
      '',
    ]
    for (const one of spoiled) expect(parsePolicy(encodeUtf8(one)), one.slice(0, 60)).toBeNull()
  })
})
