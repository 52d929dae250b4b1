import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sql } from '../../src/db.ts'
import type { Failure } from '../../src/errors.ts'
import { MAX_COLUMNS, MAX_LINE_BYTES } from '../../src/screening/lines.ts'
import { MAX_SHEET_BYTES, MAX_SHEET_UNPACKED } from '../../src/screening/sheet.ts'
import { MAX_FILE_BYTES, MAX_KEPT_BYTES, MAX_WAITING, takeIn } from '../../src/screenings.ts'
import { issue, type TestCatalogue, testCatalogue } from '../support/catalogue.ts'
import { type Desk, desk } from '../support/manifest.ts'
import { zipOf } from '../support/zip.ts'

let catalogue: TestCatalogue
let at: Desk
beforeEach(async () => {
  catalogue = await testCatalogue()
  await catalogue.publish('us', issue())
  at = desk(catalogue.ctx)
})
afterEach(() => catalogue.close())

/** The code of the refusal; nothing of what was handed in may be left. */
async function refusal(
  promise: Promise<unknown>,
): Promise<{ code: string; cure: string | undefined }> {
  try {
    await promise
  } catch (error) {
    const { code, cure } = error as Failure
    const rows = await at.db.query(
      sql(
        "SELECT id FROM screening WHERE state <> 'failed' UNION ALL SELECT screening FROM screening_chunk",
      ),
    )
    expect({ code, rows }).toEqual({ code, rows: [] })
    return { code, cure }
  }
  throw new Error('nothing was refused')
}

/** Handed in and taken, but refused while it is read. */
async function failure(file: string | Uint8Array): Promise<unknown> {
  const { id } = await at.hand(file)
  expect(await at.run(id)).toBe('failed')
  const { state, code } = await at.read(id)
  return { state, code }
}

describe('a file with nothing in it', () => {
  it('is answered in words, be it empty, blank, or a header alone', async () => {
    for (const file of ['', '\n \n', 'EAN,Goods\n', '\ufeffEAN,Goods\r\n\r\n']) {
      expect(await refusal(at.hand(file))).toEqual({
        code: 'ERR_SCREENING_EMPTY',
        cure: 'hand in a file with a header and at least one line of goods',
      })
    }
  })
})

describe('a hostile file', () => {
  it.each([
    ['an old workbook', [0xd0, 0xcf, 0x11, 0xe0, 0xa1]],
    ['a PDF', [...'%PDF-1.7 and so on'].map((char) => char.charCodeAt(0))],
    ['zero bytes', Array(500).fill(0)],
    ['a cut archive', [0x50, 0x4b, 0x03, 0x04, 1, 2, 3]],
  ])('that is %s is told what it is', async (_, bytes) => {
    const { code, cure } = await refusal(at.hand(Uint8Array.from(bytes)))
    expect(code).toBe('ERR_SCREENING_FORMAT')
    expect(cure).toMatch(/CSV/)
  })

  it('with zero bytes in a cell is read, and they are given back as they were', async () => {
    const text = await at.screen('EAN,Goods\n4006381333948,a\0b\n')
    expect(text).toContain('4006381333948,a\0b,not_listed')
  })

  it('with a line of 10 MB fails at that line, and says so', async () => {
    const long = `EAN,Goods\n1,"${'x'.repeat(10_000_000)}"\n`
    expect(await failure(long)).toEqual({ state: 'failed', code: 'ERR_SCREENING_LINE' })
  })

  it('whose first line never ends is refused', async () => {
    expect((await refusal(at.hand('x'.repeat(MAX_LINE_BYTES)))).code).toBe('ERR_SCREENING_LINE')
  })

  it('with a quote that is never closed is refused, or fails where it is large, and hides no line', async () => {
    const file = (lines: number) =>
      `EAN,Goods\n1,a\n2,"open\n${Array.from({ length: lines }, (_, i) => `${i},pens`).join('\n')}`
    expect((await refusal(at.hand(file(100)))).code).toBe('ERR_SCREENING_LINE')
    expect(await failure(file(50_000))).toEqual({ state: 'failed', code: 'ERR_SCREENING_LINE' })
  })

  it(`with over ${MAX_COLUMNS} columns is refused`, async () => {
    const wide = Array(MAX_COLUMNS + 1).fill('x')
    expect((await refusal(at.hand(`${wide}\n${wide}\n`))).code).toBe('ERR_SCREENING_LINE')
  })

  it('with an NDJSON line over the maximum fails there', async () => {
    const file = `{"ean":"1"}\n{"ean":"${'x'.repeat(MAX_LINE_BYTES)}"}\n`
    expect(await failure(file)).toEqual({ state: 'failed', code: 'ERR_SCREENING_LINE' })
  })

  it('with members called like our own machinery harms nothing', async () => {
    const text = await at.screen(
      '{"__proto__":{"x":1},"constructor":"4006381333948","gtin":"4006381333948"}\n',
    )
    expect(text).toContain('"__proto__":{"x":1},"constructor":"4006381333948"')
    expect(text).toContain('"verdict":"not_listed"')
  })

  it('over the maximum of bytes is cut off while it comes in', async () => {
    const chunk = new Uint8Array(1 << 20).fill(0x61)
    let given = 0
    const endless = async function* () {
      yield new TextEncoder().encode('EAN,Goods\n1,')
      for (;;) {
        given += chunk.length
        yield chunk
      }
    }
    const db = { ...at.db, commit: async () => undefined, query: async () => [] }
    const asked = { name: 'x', madeBy: null, chosen: {}, map: [], receipts: false, start: true }
    await expect(takeIn({ ...at.deps, db }, endless(), asked)).rejects.toMatchObject({
      code: 'ERR_SCREENING_TOO_LARGE',
    })
    expect(given).toBeLessThan(MAX_FILE_BYTES + 2 * chunk.length)
  })

  it('is not taken while too many others wait', async () => {
    for (let i = 0; i < MAX_WAITING; i++) await at.hand('EAN,Goods\n1,x\n')
    await expect(at.hand('EAN,Goods\n1,x\n')).rejects.toMatchObject({ code: 'ERR_SCREENING_BUSY' })
  })
})

describe('a disk', () => {
  it('is not filled with manifests', async () => {
    const { id, file } = await at.hand('EAN,Goods\n1,x\n')
    const large = { ...file, bytes: MAX_KEPT_BYTES + 1 }
    await at.db.commit([
      sql('UPDATE screening SET file = ? WHERE id = ?', JSON.stringify(large), id),
    ])
    await expect(at.hand('EAN,Goods\n1,x\n')).rejects.toMatchObject({ code: 'ERR_SCREENING_BUSY' })
  })
})

describe('a hostile workbook', () => {
  const sheet = (bytes: Uint8Array, more: object = {}) =>
    zipOf([{ name: 'xl/worksheets/sheet1.xml', bytes, ...more }])

  it('that unpacks to more than the maximum is refused before it is unpacked', async () => {
    const bomb = sheet(new Uint8Array(MAX_SHEET_UNPACKED + 1))
    expect(bomb.length).toBeLessThan(100_000)
    expect((await refusal(at.hand(bomb))).code).toBe('ERR_SCREENING_TOO_LARGE')
  })

  it('that lies about its size is given up at the size it says', async () => {
    const liar = sheet(new Uint8Array(MAX_SHEET_UNPACKED * 2), { says: 1000 })
    expect((await refusal(at.hand(liar))).code).toBe('ERR_SCREENING_TOO_LARGE')
  })

  it('that is encrypted, holds no sheet, or too many files is refused', async () => {
    const small = new TextEncoder().encode('<x/>')
    expect((await refusal(at.hand(sheet(small, { encrypted: true })))).code).toBe(
      'ERR_SCREENING_FORMAT',
    )
    expect((await refusal(at.hand(sheet(small)))).code).toBe('ERR_SCREENING_FORMAT')
    const many = Array.from({ length: 501 }, (_, i) => ({ name: `${i}.xml`, bytes: small }))
    expect((await refusal(at.hand(zipOf(many)))).code).toBe('ERR_SCREENING_TOO_LARGE')
  })

  it('over the maximum of bytes is refused', async () => {
    const large = new Uint8Array(MAX_SHEET_BYTES + 1)
    large.set([0x50, 0x4b, 0x03, 0x04])
    expect((await refusal(at.hand(large))).code).toBe('ERR_SCREENING_TOO_LARGE')
  })
})
