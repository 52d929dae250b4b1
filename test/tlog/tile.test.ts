// Tile paths, tile widths and entry bundles.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concatBytes } from '../../src/encoding/bytes.ts'
import { encodeUtf8 } from '../../src/encoding/utf8.ts'
import {
  encodeBundle,
  MAX_BUNDLE_BYTES,
  MAX_ENTRY_BYTES,
  parseBundle,
} from '../../src/tlog/bundle.ts'
import {
  entriesPath,
  hashesOfLevel,
  parseTilePath,
  partialTiles,
  partialWidth,
  splitTile,
  tilePath,
  tilesGrown,
  tileWidth,
} from '../../src/tlog/tile.ts'

describe('tile paths', () => {
  it.each([
    ['tile/0/000', 0, 0, 256],
    ['tile/0/255', 0, 255, 256],
    ['tile/1/000.p/1', 1, 0, 1],
    ['tile/0/x001/000', 0, 1000, 256],
    ['tile/0/x003/905.p/255', 0, 3905, 255],
    ['tile/63/x001/x234/067', 63, 1_234_067, 256],
    ['tile/0/x004/x294/x967/296', 0, 2 ** 32, 256],
    ['tile/0/x009/x007/x199/x254/x740/991', 0, 2 ** 53 - 1, 256],
  ])('%s', (path, level, index, width) => {
    expect(tilePath(level, index, width)).toBe(path)
    expect(parseTilePath(path)).toEqual({ level, index, width })
    const entries = path.replace(/^tile\/\d+/, 'tile/entries')
    expect(entriesPath(index, width)).toBe(entries)
    expect(parseTilePath(entries)).toEqual({ level: 'entries', index, width })
  })

  it('are read as they are written, for every tile', () => {
    const level = fc.integer({ min: 0, max: 63 })
    const width = fc.integer({ min: 1, max: 256 })
    fc.assert(
      fc.property(level, fc.maxSafeNat(), width, (l, n, w) => {
        expect(parseTilePath(tilePath(l, n, w))).toEqual({ level: l, index: n, width: w })
      }),
    )
  })

  it.each([
    '',
    '/tile/0/000',
    'tile/0/000/',
    'tile/0/0',
    'tile/0/0000',
    'tile/0/x000/000',
    'tile/0/x000/x001/000',
    'tile/0/001/000',
    'tile/0/x1000/000',
    'tile/0/x001',
    'tile/00/000',
    'tile/64/000',
    'tile/-1/000',
    'tile/8/0/000',
    'tile/data/000',
    'tile/Entries/000',
    'tile/0/000.p/0',
    'tile/0/000.p/256',
    'tile/0/000.p/01',
    'tile/0/000.p/',
    'tile/0/000.p',
    'tile/0/000.P/1',
    'tile/0/000.p/1000',
    'tile/0/000.p/-1',
    'tile/0/../000',
    'tile/0/%30%30%30',
    'tile/0/000?x=1',
    'tile/0/000\n',
    'tile/0/٠٠٠',
    'tile/0/x009/x007/x199/x254/x740/992',
    'tile/0/x999/x999/x999/x999/x999/999',
    'tile/0/x001/x009/x007/x199/x254/x740/991',
  ])('refuse %j', (path) => {
    expect(parseTilePath(path)).toBeNull()
  })

  it('are never written for what is no tile', () => {
    expect(() => tilePath(64, 0, 1)).toThrow(RangeError)
    expect(() => tilePath(0, -1, 1)).toThrow(RangeError)
    expect(() => tilePath(0, 2 ** 53, 1)).toThrow(RangeError)
    expect(() => tilePath(0, 0, 0)).toThrow(RangeError)
    expect(() => entriesPath(0, 257)).toThrow(RangeError)
  })
})

describe('tile widths', () => {
  it.each([
    [0, []],
    [255, ['tile/0/000.p/255']],
    [256, ['tile/1/000.p/1']],
    [70_000, ['tile/0/273.p/112', 'tile/1/001.p/17', 'tile/2/000.p/1']],
    [1_000_000, ['tile/0/x003/906.p/64', 'tile/1/015.p/66', 'tile/2/000.p/15']],
    [2 ** 40 + 1, ['tile/0/x004/x294/x967/296.p/1', 'tile/5/000.p/1']],
  ])('of %d entries end in %j', (size, paths) => {
    const edge = partialTiles(size)
    expect(edge.map(({ level, index, width }) => tilePath(level, index, width))).toEqual(paths)
    for (const { level, index, width } of edge) {
      expect(partialWidth(size, level)).toBe(width)
      expect(tileWidth(size, level, index)).toBe(width)
      expect(tileWidth(size, level, index + 1)).toBe(0)
    }
  })

  it('are full before the edge', () => {
    expect(tileWidth(70_000, 0, 272)).toBe(256)
    expect(tileWidth(70_000, 1, 0)).toBe(256)
    expect(hashesOfLevel(2 ** 53 - 1, 6)).toBe(31)
  })

  it('name exactly the tiles that growing changed', () => {
    fc.assert(
      fc.property(fc.nat(3000), fc.nat(3000), fc.nat(2), (a, b, level) => {
        const [from, to] = a < b ? [a, b] : [b, a]
        const expected = []
        for (let index = 0; index < 13; index++) {
          const width = tileWidth(to, level, index)
          if (width !== tileWidth(from, level, index)) expected.push({ level, index, width })
        }
        expect([...tilesGrown(level, from, to)]).toEqual(expected)
      }),
    )
  })

  it('are named one by one, so that a huge claimed size costs nothing', () => {
    const tiles = tilesGrown(0, 300, 2 ** 53 - 1)
    expect(tiles.next().value).toEqual({ level: 0, index: 1, width: 256 })
    expect(tiles.next().value).toEqual({ level: 0, index: 2, width: 256 })
  })

  it('fix the length of a tile', () => {
    expect(splitTile(new Uint8Array(96), 3)).toHaveLength(3)
    expect(splitTile(new Uint8Array(96), 2)).toBeNull()
    expect(splitTile(new Uint8Array(95), 3)).toBeNull()
  })
})

describe('entry bundles', () => {
  const entry = fc.uint8Array({ maxLength: 600 })

  it('give back their entries', () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 20 }), (entries) => {
        expect(parseBundle(encodeBundle(entries), entries.length)).toEqual(entries)
      }),
    )
  })

  it('are refused when cut anywhere, when longer, and for any other count', () => {
    const entries = ['', 'one', 'a longer entry', ''].map(encodeUtf8)
    const bundle = encodeBundle(entries)
    for (let end = 0; end < bundle.length; end++) {
      expect(parseBundle(bundle.subarray(0, end), 4)).toBeNull()
    }
    expect(parseBundle(concatBytes([bundle, Uint8Array.of(0)]), 4)).toBeNull()
    for (const count of [0, 1, 3, 5, 256]) expect(parseBundle(bundle, count)).toBeNull()
  })

  it('of fewer entries are the beginning of those of more', () => {
    const entries = ['one', 'two', 'three'].map(encodeUtf8)
    const shorter = encodeBundle(entries.slice(0, 2))
    expect(encodeBundle(entries).subarray(0, shorter.length)).toEqual(shorter)
  })

  it('hold the largest entry and none larger, written or read', () => {
    const largest = new Uint8Array(MAX_ENTRY_BYTES).fill(7)
    const bundle = encodeBundle([largest])
    expect(parseBundle(bundle, 1)).toEqual([largest])
    expect(parseBundle(bundle, 1, MAX_ENTRY_BYTES - 1)).toBeNull()
    expect(() => encodeBundle([new Uint8Array(MAX_ENTRY_BYTES + 1)])).toThrow(RangeError)
    const foreign = concatBytes([Uint8Array.of(0x80, 0x01), new Uint8Array(MAX_ENTRY_BYTES + 1)])
    expect(parseBundle(foreign, 1)).toBeNull()
    expect(parseBundle(foreign, 1, 65_535)).toHaveLength(1)
  })

  it.each([MAX_ENTRY_BYTES + 1, 65_535, 65_536, 65_537])(
    'are never written with an entry of %i bytes, whose length would not be theirs or not be taken',
    (length) => {
      expect(() => encodeBundle([new Uint8Array(length)])).toThrow(RangeError)
      const cut = concatBytes([
        Uint8Array.of((length >> 8) & 0xff, length & 0xff),
        new Uint8Array(length),
      ])
      expect(parseBundle(cut, 1)).toBeNull()
    },
  )

  it('never hold more than 256 entries', () => {
    const full = Array.from({ length: 256 }, () => new Uint8Array(1))
    expect(parseBundle(encodeBundle(full), 256)).toHaveLength(256)
    expect(() => encodeBundle([...full, new Uint8Array(1)])).toThrow(RangeError)
    expect(MAX_BUNDLE_BYTES).toBe(8_389_120)
  })
})
