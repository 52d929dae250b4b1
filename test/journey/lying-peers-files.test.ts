// A peer whose files are wrong: flipped bytes, cut, stretched, swapped or missing files (reference: attacks 12, 24, 25, 32).
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MAX_ENTRY_BYTES } from '../../src/tlog/bundle.ts'
import { appendLeaves } from '../../src/tlog/tree.ts'
import { verifyHead } from '../../src/verify/head.ts'
import { proveBySelf } from '../../src/verify/range.ts'
import { appendRaw, entriesOf, fillers } from '../support/entries.ts'
import { bytesOf, flipped, type Lie, lieAt, servedFrom, tampered } from '../support/liar.ts'
import { expectHarmless, expectRecovery, makeScene, of, type Scene } from '../support/scene.ts'

const answer = (status: number): Promise<Response> =>
  Promise.resolve(new Response('gone', { status }))
const html = '<!doctype html><title>Sign in</title><p>Please sign in to the hotel network.</p>'
const HTML = async () => new Response(html, { headers: { 'content-type': 'text/html' } })
const cut = (bytes: Uint8Array<ArrayBuffer>) => bytes.slice(0, -1)
const otherLetter = (bytes: Uint8Array<ArrayBuffer>, at: number) =>
  bytes.with(at, bytes[at] === 65 ? 66 : 65)
const stretched = (bytes: Uint8Array<ArrayBuffer>) => Uint8Array.from([...bytes, 0])

describe('a short log, proven by its bundle alone', () => {
  let scene: Scene
  beforeAll(async () => {
    scene = await makeScene(6, 12)
  })
  afterAll(() => scene.close())

  it.each([
    ['origin', 'jp.test', 0, flipped, 'ERR_HEAD_ORIGIN'],
    ['size', '\n12\n', 2, flipped, 'ERR_HEAD_SIGNATURE'],
    ['root', '\n12\n', 9, otherLetter, 'ERR_HEAD_SIGNATURE'],
    ['blank line', '\n\n', 1, flipped, 'ERR_HEAD_FORMAT'],
    ['key id', ' jp.test/log ', 15, otherLetter, 'ERR_HEAD_SIGNATURE'],
    ['signature of the log', ' jp.test/log ', 40, otherLetter, 'ERR_HEAD_SIGNATURE'],
    ['name on the signature of the log', ' jp.test/log ', 2, flipped, 'ERR_HEAD_SIGNATURE'],
    ['time of the stamp', ' jp.test/log/witness ', 30, otherLetter, 'ERR_HEAD_SIGNATURE'],
    ['signature of the stamp', ' jp.test/log/witness ', 90, otherLetter, 'ERR_HEAD_SIGNATURE'],
  ] as const)('a changed byte in the checkpoint is refused: %s', async (...row) => {
    const [, mark, offset, change, code] = row
    const lie = tampered('/checkpoint', (bytes) =>
      change(bytes, Buffer.from(bytes).indexOf(mark) + offset),
    )
    await expectHarmless(scene, lie, code)
  })

  it('a checkpoint without its last line feed is refused', async () => {
    await expectHarmless(scene, tampered('/checkpoint', cut), 'ERR_HEAD_FORMAT')
  })

  it('no flipped byte of a checkpoint gives another head', async () => {
    const bytes = await bytesOf(await scene.liar.request('/log/checkpoint'))
    const [member] = scene.alliance.charter.members.filter(({ market }) => market === 'jp')
    if (member === undefined) throw new TypeError('jp is no member')
    const { origin } = scene.liar
    const keys = { origin, logKeys: member.logs[0]?.logKeys ?? [], witness: member.witness }
    const honest = await verifyHead(bytes, keys)
    if (!honest.ok) throw new TypeError(honest.detail)
    for (let at = 0; at < bytes.length; at++) {
      const head = await verifyHead(flipped(bytes, at, 1 << (at % 8)), keys)
      // Only the name of the stamp's key may change: then the head carries no time, and says the same.
      if (head.ok) {
        expect({ ...head.value, note: '' }).toEqual({ ...honest.value, note: '', stampS: 0 })
      }
    }
  })

  it('no flipped byte of a bundle is merged', async () => {
    const response = await scene.liar.request('/log/tile/entries/000.p/12')
    const bytes = await bytesOf(response)
    const [row] = await scene.reader.db.query<{ seen_root: Uint8Array }>({
      sql: 'SELECT seen_root FROM feed WHERE market = ? ORDER BY origin',
      params: ['jp'],
    })
    const target = { size: 12, root: row?.seen_root ?? new Uint8Array() }
    const held = { merged: 0, frontier: appendLeaves(0, [], []).frontier }
    expect(proveBySelf(held, target, [bytes], [])).toMatchObject({ ok: true })
    for (let at = 0; at < bytes.length; at++) {
      const proven = proveBySelf(held, target, [flipped(bytes, at, 1 << (at % 8))], [])
      expect(proven.ok).toBe(false)
    }
  })

  it.each([
    ['a flipped bit at the start', (b: Uint8Array<ArrayBuffer>) => flipped(b, 0.01), 'MISMATCH'],
    ['a flipped bit in the middle', (b: Uint8Array<ArrayBuffer>) => flipped(b, 0.503), 'MISMATCH'],
    ['a flipped bit at the end', (b: Uint8Array<ArrayBuffer>) => flipped(b, 0.999), 'MISMATCH'],
    ['a flipped bit in a length', (b: Uint8Array<ArrayBuffer>) => flipped(b, 0), 'FORMAT'],
    ['a length that passes the end', (b: Uint8Array<ArrayBuffer>) => flipped(b, 0, 64), 'FORMAT'],
    ['a byte after the last entry', stretched, 'FORMAT'],
    ['a byte too few', cut, 'FORMAT'],
    ['no byte at all', () => new Uint8Array(), 'FORMAT'],
  ] as const)('a bundle with %s is refused', async (_, change, code) => {
    const lie = tampered(/entries\/000\.p\/12$/, change)
    await expectHarmless(scene, lie, `ERR_BUNDLE_${code}`)
  })

  it('a bundle that holds fewer entries than its name says is refused', async () => {
    const shorter = lieAt(/entries\/000\.p\/12$/, () =>
      Promise.resolve(scene.liar.request('/log/tile/entries/000.p/11')),
    )
    await expectHarmless(scene, shorter, 'ERR_BUNDLE_FORMAT')
  })

  it('an entry one byte above the maximum is refused, with a tree that holds it', async () => {
    const lie = tampered(/entries\/000\.p\/12$/, () => {
      const large = new Uint8Array(2 + MAX_ENTRY_BYTES + 1).fill(65)
      large.set([0x80, 0x01])
      return large
    })
    await expectHarmless(scene, lie, 'ERR_BUNDLE_FORMAT')
  })

  it('a page of HTML is taken for no checkpoint and no bundle', async () => {
    await expectHarmless(scene, lieAt('/checkpoint', HTML), 'ERR_HEAD_FORMAT')
    await expectHarmless(scene, lieAt(/entries/, HTML), 'ERR_BUNDLE_FORMAT')
  })

  it.each([
    ['no checkpoint', '/checkpoint', 404],
    ['a head without its bundles', /entries/, 404],
    ['a head whose bundles are not modified', /entries/, 304],
    ['a gateway that fails', '/checkpoint', 502],
    ['a checkpoint that is partial content', '/checkpoint', 206],
    ['a checkpoint without content', '/checkpoint', 204],
  ] as const)('%s is an error with a code (%s, %i)', async (_, ending, status) => {
    const empty = [204, 304].includes(status)
    const lie = empty
      ? lieAt(ending, async () => new Response(null, { status }))
      : lieAt(ending, () => answer(status))
    await expectHarmless(scene, lie, 'ERR_PEER_STATUS')
  })

  it("another member's feed under this peer's address is refused", async () => {
    await expectHarmless(scene, servedFrom(scene.honest.db), 'ERR_HEAD_ORIGIN')
  })

  it("another member's bundle under this peer's head is refused", async () => {
    const other = lieAt(/entries/, async () => scene.honest.request('/log/tile/entries/000.p/3'))
    await expectHarmless(scene, other, 'ERR_BUNDLE_FORMAT')
  })
})

describe('a long log, proven by its tiles', () => {
  let scene: Scene
  beforeAll(async () => {
    scene = await makeScene(300, 900)
  })
  afterAll(() => scene.close())

  const level1 = /tile\/1\/000\.p\/3$/
  const edge = /tile\/0\/003\.p\/132$/
  const bundles = { first: /entries\/001$/, middle: /entries\/002$/, last: /entries\/003\.p\/132$/ }

  it('is fetched by tiles of both levels and all three bundles', async () => {
    const observer = scene.observer()
    const paths: string[] = []
    observer.lie = (path, honest) => {
      paths.push(path)
      return honest()
    }
    await expectRecovery(scene, observer)
    observer.close()
    for (const file of [level1, edge, ...Object.values(bundles)]) {
      expect(paths.some((path) => file.test(path))).toBe(true)
    }
    expect(entriesOf(scene.liar)).toHaveLength(900)
  })

  // The first hash of the tile of level 1 is of a bundle held already, so a lie about it changes nothing and is not looked at.
  it.each([0.34, 0.5, 0.99])(
    'a flipped bit at %d of a tile of level 1 is refused',
    async (place) => {
      const lie = tampered(level1, (bytes) => flipped(bytes, place))
      await expectHarmless(scene, lie, 'ERR_TILE_MISMATCH')
    },
  )

  it.each([0, 0.5, 0.999])('a flipped bit at %d of a tile of level 0 is refused', async (place) => {
    const lie = tampered(edge, (bytes) => flipped(bytes, place))
    await expectHarmless(scene, lie, 'ERR_TILE_MISMATCH')
  })

  it.each([
    ['first', 0.1],
    ['first', 0.9],
    ['middle', 0.001],
    ['middle', 0.503],
    ['last', 0.503],
    ['last', 0.9999],
  ] as const)('a flipped bit in the %s bundle is refused (at %d)', async (which, place) => {
    const lie = tampered(bundles[which], (bytes) => flipped(bytes, place))
    const report = await expectHarmless(scene, lie, 'ERR_BUNDLE_MISMATCH')
    expect(report.detail).toContain('does not hash into the tree')
  })

  it.each([
    ['tile of level 1', level1, 'ERR_TILE_MISMATCH'],
    ['tile of level 0', edge, 'ERR_TILE_MISMATCH'],
    ['bundle', bundles.middle, 'ERR_BUNDLE_FORMAT'],
  ] as const)('a %s that is a byte short is refused', async (_, file, code) => {
    await expectHarmless(scene, tampered(file, cut), code)
  })

  it.each([
    ['tile of level 1', level1, 'ERR_PEER_TOO_LARGE'],
    ['tile of level 0', edge, 'ERR_PEER_TOO_LARGE'],
    ['bundle', bundles.middle, 'ERR_BUNDLE_FORMAT'],
  ] as const)('a %s that is a byte long is refused', async (_, file, code) => {
    await expectHarmless(scene, tampered(file, stretched), code)
  })

  it('pages of HTML instead of tiles are refused', async () => {
    await expectHarmless(scene, lieAt(level1, HTML), 'ERR_TILE_MISMATCH')
    await expectHarmless(scene, lieAt(edge, HTML), 'ERR_TILE_MISMATCH')
  })

  it('two bundles in each other’s place are refused', async () => {
    const swapped = lieAt(bundles.middle, async () => scene.liar.request('/log/tile/entries/001'))
    await expectHarmless(scene, swapped, 'ERR_BUNDLE_MISMATCH')
  })

  it.each([
    ['tiles', level1],
    ['edge', edge],
    ['first bundle', bundles.first],
    ['last bundle', bundles.last],
  ] as const)('a head without its %s is an error with a code', async (_, file) => {
    const gone: Lie = lieAt(file, () => answer(404))
    await expectHarmless(scene, gone, 'ERR_PEER_STATUS')
  })
})

it('bundles well before the bad one are kept, and not fetched again', async () => {
  const scene = await makeScene(300, 1700)
  const observer = scene.observer()
  observer.lie = tampered(/entries\/006\.p\/164$/, (bytes) => flipped(bytes, 0.503))
  await observer.pull()
  const { position, seen } = of((await observer.status()).feeds, 'jp')
  expect(seen).toBe(1700)
  expect(position).toBeGreaterThanOrEqual(1280)
  const paths: string[] = []
  observer.lie = (path, honest) => {
    paths.push(path)
    return honest()
  }
  await expectRecovery(scene, observer)
  expect(paths.filter((path) => /entries\/00[0-4]/.test(path))).toEqual([])
  observer.close()
  scene.close()
})

it('partial files that went once the full ones exist are read from the full ones', async () => {
  const scene = await makeScene(300, 900)
  const observer = scene.observer()
  observer.lie = tampered(/entries\/003\.p\/132$/, (bytes) => flipped(bytes, 0.503))
  await observer.pull()
  expect(of((await observer.status()).feeds, 'jp').seen).toBe(900)
  await appendRaw(scene.liar, await fillers(scene.alliance, scene.liar, 200))
  const gone: string[] = []
  observer.lie = async (path, honest) => {
    if (!/\/003\.p\//.test(path)) return honest()
    gone.push(path)
    return new Response('gone', { status: 404 })
  }
  await observer.pull()
  expect(gone).toContain('/log/tile/entries/003.p/132')
  expect(of((await observer.status()).feeds, 'jp').position).toBe(1100)
  observer.close()
  scene.close()
})
