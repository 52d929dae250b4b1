// A peer that signs what is not true with its real log key, or shows old heads (reference: attacks 2 to 4, 12; design: protocol 1.10).
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readHead } from '../../src/log/read.ts'
import { formatCheckpoint } from '../../src/tlog/checkpoint.ts'
import { cosign } from '../../src/tlog/cosignature.ts'
import { EMPTY_ROOT } from '../../src/tlog/hash.ts'
import { formatNote, signNote } from '../../src/tlog/note.ts'
import { MAX_HEAD_GROWTH } from '../../src/verify/head.ts'
import { entriesOf, fillers, forgedLog } from '../support/entries.ts'
import { type Lie, lieAt, servedFrom } from '../support/liar.ts'
import {
  expectFrozen,
  expectHarmless,
  expectRecovery,
  HOUR_MS,
  makeScene,
  of,
  type Scene,
} from '../support/scene.ts'

const ROOT = new Uint8Array(32).fill(7)

/** A checkpoint that jp's own keys signed, whatever it says. */
async function signedHead(
  { liar }: Scene,
  text: string,
  { stampS = 0, more = [] as string[] } = {},
): Promise<Lie> {
  const { log, witness } = liar.keys
  const lines = [await signNote(text, liar.origin, log.publicKey, log.sign)]
  const name = `${liar.origin}/witness`
  if (stampS > 0) lines.push(await cosign(text, name, witness.publicKey, witness.sign, stampS))
  const note = formatNote(text, [...lines, ...more])
  return lieAt('/checkpoint', async () => new Response(Uint8Array.from(note)))
}

const headText = (scene: Scene, size: number, root: Uint8Array = ROOT): string =>
  formatCheckpoint({ origin: scene.liar.origin, size, root })

describe('heads that cannot be true', () => {
  let scene: Scene
  beforeAll(async () => {
    scene = await makeScene(6, 12)
  })
  afterAll(() => scene.close())

  it('a head smaller than one seen before is refused', async () => {
    const old = await forgedLog(scene.liar, entriesOf(scene.liar).slice(0, 4))
    await expectHarmless(scene, servedFrom(old), 'ERR_HEAD_ROLLBACK')
  })

  it('an empty log is refused where entries are held', async () => {
    const empty = await signedHead(scene, headText(scene, 0, EMPTY_ROOT))
    await expectHarmless(scene, empty, 'ERR_HEAD_ROLLBACK')
  })

  it('a head of the same size with another root freezes the log', async () => {
    const entries = entriesOf(scene.liar).slice(0, 6)
    entries[5] = (await fillers(scene.alliance, scene.liar, 1))[0] ?? new Uint8Array()
    const other = await forgedLog(scene.liar, entries)
    await expectFrozen(scene, servedFrom(other), 'ERR_HEAD_CONFLICT')
  })

  it('a grown log that changed an entry is told apart from damage, and frozen', async () => {
    const entries = entriesOf(scene.liar)
    entries[2] = (await fillers(scene.alliance, scene.liar, 1))[0] ?? new Uint8Array()
    const other = await forgedLog(scene.liar, entries)
    await expectFrozen(scene, servedFrom(other), 'ERR_FEED_REWRITTEN')
  })

  it('a grown log that dropped an entry is told apart from damage, and frozen', async () => {
    const entries = entriesOf(scene.liar).toSpliced(2, 1)
    const other = await forgedLog(scene.liar, entries)
    await expectFrozen(scene, servedFrom(other), 'ERR_FEED_REWRITTEN')
  })

  it.each([2 ** 52, 2 ** 53 - 1, 6 + MAX_HEAD_GROWTH + 1])(
    'a head of size %d is refused before anything else is fetched',
    async (size) => {
      const observer = scene.observer()
      const lie = await signedHead(scene, headText(scene, size))
      const paths: string[] = []
      observer.lie = (path, honest, init) => {
        paths.push(path)
        return lie(path, honest, init)
      }
      expect(of((await observer.pull()).peers, 'jp').code).toBe('ERR_HEAD_GROWTH')
      expect(paths.filter((path) => path.startsWith('/log/'))).toEqual(['/log/checkpoint'])
      observer.close()
      await expectHarmless(scene, lie, 'ERR_HEAD_GROWTH')
    },
  )

  it('a head of the largest growth that nothing stands behind is not adopted', async () => {
    const lie = await signedHead(scene, headText(scene, 6 + MAX_HEAD_GROWTH))
    const report = await expectHarmless(scene, lie, 'ERR_PEER_STATUS')
    expect(report.detail).toContain('tile/1/000')
  })

  it.each([
    ['a size beyond 2^53 − 1', '9007199254740992'],
    ['a size with a leading zero', '012'],
    ['a size with a sign', '+12'],
    ['a size in hexadecimal', '0xc'],
    ['a size with an exponent', '12e0'],
  ])('%s is no checkpoint', async (_, size) => {
    const text = headText(scene, 12).replace('\n12\n', `\n${size}\n`)
    await expectHarmless(scene, await signedHead(scene, text), 'ERR_HEAD_FORMAT')
  })

  it('a checkpoint with an extension line is refused', async () => {
    const lie = await signedHead(scene, `${headText(scene, 12)}more\n`)
    await expectHarmless(scene, lie, 'ERR_HEAD_FORMAT')
  })

  it('a checkpoint with more signature lines than anyone needs is refused', async () => {
    const text = headText(scene, 12)
    const { publicKey, sign } = scene.honest.keys.log
    const line = await signNote(text, 'x.test/log', publicKey, sign)
    const more = Array.from({ length: 100 }, () => line)
    await expectHarmless(scene, await signedHead(scene, text, { more }), 'ERR_HEAD_FORMAT')
  })

  it('a checkpoint that only another member signed is refused', async () => {
    const text = headText(scene, 12)
    const { publicKey, sign } = scene.honest.keys.log
    const note = formatNote(text, [await signNote(text, scene.liar.origin, publicKey, sign)])
    const lie = lieAt('/checkpoint', async () => new Response(Uint8Array.from(note)))
    await expectHarmless(scene, lie, 'ERR_HEAD_SIGNATURE')
  })

  it('a checkpoint that only the own witness key signed is refused', async () => {
    const text = headText(scene, 12)
    const { publicKey, sign } = scene.liar.keys.witness
    const stamp = await cosign(text, `${scene.liar.origin}/witness`, publicKey, sign, 1)
    const lie = lieAt('/checkpoint', async () => new Response(formatNote(text, [stamp]).slice()))
    await expectHarmless(scene, lie, 'ERR_HEAD_SIGNATURE')
  })
})

describe('a log of several bundles that was rewritten', () => {
  let scene: Scene
  beforeAll(async () => {
    scene = await makeScene(300, 900)
  })
  afterAll(() => scene.close())

  const rewritten = async (index: number, size: number): Promise<Lie> => {
    const entries = entriesOf(scene.liar).slice(0, size)
    entries[index] = (await fillers(scene.alliance, scene.liar, 1))[0] ?? new Uint8Array()
    return servedFrom(await forgedLog(scene.liar, entries))
  }

  it.each([
    ['in the bundle held in part, one bundle on', 280, 310, 'ERR_FEED_REWRITTEN'],
    ['in the bundle held in part, three bundles on', 280, 900, 'ERR_FEED_REWRITTEN'],
    ['in a full bundle held, one bundle on', 5, 310, 'ERR_BUNDLE_MISMATCH'],
    ['in a full bundle held, three bundles on', 5, 900, 'ERR_TILE_MISMATCH'],
  ] as const)('%s is not merged, and freezes the log', async (_, index, size, code) => {
    await expectFrozen(scene, await rewritten(index, size), code)
  })

  it('is frozen only on proof: without its tiles the other branch is refused, and forgotten', async () => {
    const branch = await rewritten(5, 900)
    const lie: Lie = (path, honest, init) =>
      /tile\/[01]\/00[0-2]/.test(path) && !path.includes('000.p/3')
        ? Promise.resolve(new Response('gone', { status: 404 }))
        : branch(path, honest, init)
    await expectHarmless(scene, lie, 'ERR_TILE_MISMATCH')
  })
})

describe('heads that hide something', () => {
  let scene: Scene
  beforeAll(async () => {
    scene = await makeScene(6, 12)
  })
  afterAll(() => scene.close())

  it('a peer that says "not modified" for ever grows old, and is asked on', async () => {
    const observer = scene.observer()
    observer.lie = lieAt('/checkpoint', async () => new Response(null, { status: 304 }))
    expect(of((await observer.pull()).peers, 'jp').outcome).toBe('unchanged')
    observer.clock.nowMs += 2 * HOUR_MS
    await observer.pull()
    const jp = of((await observer.status()).feeds, 'jp')
    expect(jp).toMatchObject({ state: 'stale', position: 6 })
    expect(jp.ageS).toBeGreaterThanOrEqual(7200)
    observer.clock.nowMs -= 2 * HOUR_MS
    observer.lie = null
    await expectRecovery(scene, observer)
    observer.close()
  })

  it('a cache that replays the last head does not make it young again', async () => {
    const observer = scene.observer()
    const old = await forgedLog(scene.liar, entriesOf(scene.liar).slice(0, 6))
    observer.lie = servedFrom(old)
    expect(of((await observer.pull()).peers, 'jp').outcome).toBe('unchanged')
    observer.clock.nowMs += 2 * HOUR_MS
    await observer.pull()
    expect(of((await observer.status()).feeds, 'jp').state).toBe('stale')
    observer.close()
  })

  it('a stamp from the future counts for nothing, neither then nor after the lie', async () => {
    const observer = scene.observer()
    const head = await readHead(scene.liar.db)
    if (head === null) throw new TypeError('jp has no head')
    const text = headText(scene, head.size, head.root)
    const stampS = Math.floor(observer.clock.nowMs / 1000) + 40 * 365 * 86_400
    observer.lie = await signedHead(scene, text, { stampS })
    await observer.pull()
    // The entries are true whatever the clock says; only the age is not believed.
    observer.clock.nowMs += 2 * HOUR_MS
    const jp = of((await observer.status()).feeds, 'jp')
    expect({ position: jp.position, state: jp.state }).toEqual({ position: 12, state: 'stale' })
    expect(jp.ageS).toBeGreaterThanOrEqual(7200)
    observer.lie = null
    scene.alliance.clock.nowMs += 2 * HOUR_MS
    await scene.liar.pull()
    await observer.pull()
    expect(of((await observer.status()).feeds, 'jp').state).toBe('fresh')
    observer.close()
  })
})
