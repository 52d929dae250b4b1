import { readSheet } from 'read-excel-file/universal'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import writeXlsxFile from 'write-excel-file/universal'
import { issue, ORDER, product, type TestCatalogue, testCatalogue } from '../support/catalogue.ts'
import { type Desk, desk } from '../support/manifest.ts'

let catalogue: TestCatalogue
let at: Desk
beforeEach(async () => {
  catalogue = await testCatalogue()
  await catalogue.publish('us', issue(ORDER, { products: [product({ gtins: ['4006381333931'] })] }))
  at = desk(catalogue.ctx)
})
afterEach(() => catalogue.close())

const HEAD = 'verdict,tier,score,decision,why,coverage,receipt'
const SILENT = 'not_listed,,,,Not listed in 3 of 3.,3 of 3 fresh,'
const rowsOf = (text: string) => text.trimEnd().split('\r\n')

describe('a CSV file comes back', () => {
  it('with its columns in their order and what was found beside each line', async () => {
    const text = await at.screen(
      'No;EAN;Goods\n1;4006381333931;Station\n2;4006381333948;Pens, blue\n',
    )
    const [head, first, second, ...more] = rowsOf(text)
    expect(head).toBe(`No;EAN;Goods;${HEAD.replaceAll(',', ';')}`)
    expect(first).toMatch(new RegExp(`^1;4006381333931;Station;blocked;A;[0-9.]+;${ORDER};`))
    expect(second).toBe(`2;4006381333948;Pens, blue;${SILENT.replaceAll(',', ';')}`)
    expect(more).toEqual([])
  })

  it.each([',', ';', '\t', '|'])('in the delimiter it came in: %j', async (delimiter) => {
    const file = ['EAN,Goods', '4006381333948,"a,b;c|d\te"']
      .join('\n')
      .replaceAll(/,(?!b)/g, delimiter)
    const [head, line] = rowsOf(await at.screen(file))
    expect(head).toBe(['EAN', 'Goods', ...HEAD.split(',')].join(delimiter))
    expect(line).toContain(`4006381333948${delimiter}"a,b;c|d\te"${delimiter}not_listed`)
  })

  it('with quoted line breaks, doubled quotes and stray quotes as they were', async () => {
    const file =
      'EAN,Goods\r\n4006381333948,"two\r\nlines, ""quoted"""\r\n4006381333955,pipe 5" long\r\n'
    const text = await at.screen(file)
    expect(text).toContain('4006381333948,"two\r\nlines, ""quoted""",not_listed')
    expect(text).toContain('4006381333955,"pipe 5"" long",not_listed')
  })

  it('with ragged lines padded, so that what is added stands in its own columns', async () => {
    const [head, ...lines] = rowsOf(
      await at.screen('EAN,Goods\n4006381333948\n4006381333955,pens,more,still\n'),
    )
    expect(head).toBe(`EAN,Goods,column 3,column 4,${HEAD}`)
    expect(lines).toEqual([`4006381333948,,,,${SILENT}`, `4006381333955,pens,more,still,${SILENT}`])
  })

  it('with the same names twice, read by place', async () => {
    const text = await at.screen('EAN,EAN,verdict\n,4006381333931,fine\n')
    const [head, line] = rowsOf(text)
    expect(head).toMatch(/^EAN,EAN,verdict,portcullis_verdict,tier/)
    expect(line).toMatch(/^,4006381333931,fine,blocked,A/)
  })

  it('without blank lines, and without a header where the first line has a barcode', async () => {
    const lines = rowsOf(await at.screen('4006381333931,Station\n\n4006381333948,Pens\n'))
    expect(lines[0]).toMatch(/^column 1,column 2,verdict/)
    expect(lines[1]).toMatch(/^4006381333931,Station,blocked/)
    expect(lines).toHaveLength(3)
  })

  it('never with a formula in it: such a cell gets an apostrophe, a plain number none', async () => {
    const cells = ['=1+1', '+SUM(A1)', '-cmd|x', '@A1', '＝1', '-12.5', '+4', '"\t=1"']
    const text = await at.screen(
      `EAN,${cells.map((_, i) => `n${i}`).join(',')}\n4006381333948,${cells.join(',')}\n`,
    )
    const [, line = ''] = rowsOf(text)
    expect(line).toMatch(/^4006381333948,'=1\+1,'\+SUM\(A1\),'-cmd\|x,'@A1,'＝1,-12.5,\+4,.*'\t=1/)
  })

  it('with the mark of UTF-8 in front where it is asked for', async () => {
    const { id } = await at.hand('EAN\n4006381333948\n')
    await at.run(id)
    expect((await at.text(id, true)).startsWith('\ufeffEAN,')).toBe(true)
    expect((await at.text(id, false)).startsWith('EAN,')).toBe(true)
  })
})

describe('a line', () => {
  it('of which nothing can be asked is never told from the list: it cannot be said', async () => {
    const { id } = await at.hand('EAN,Qty\n,5\nN/A,3\n4006381333948,1\n')
    await at.run(id)
    const [, first, second] = rowsOf(await at.text(id))
    expect(first).toBe(',5,cannot_say,,,,This line names nothing to look up.,,')
    expect(second).toMatch(/^N\/A,3,cannot_say/)
    expect((await at.read(id)).progress).toMatchObject({ lines: 3, unasked: 2 })
  })

  it('with a wrong check digit says so beside what was not found', async () => {
    const [, line] = rowsOf(await at.screen('EAN,Qty\n5012345678901,5\n'))
    expect(line).toContain('not_listed')
    expect(line).toContain('The check digit of 5012345678901 is wrong')
  })

  it('with two barcodes asks both and shows the stronger finding', async () => {
    const [, line] = rowsOf(await at.screen('EAN,UPC,Goods\n4006381333948,4006381333931,x y\n'))
    expect(line).toMatch(/^4006381333948,4006381333931,x y,blocked/)
  })

  it('whose match is in no decision in force says so and is not listed', async () => {
    await catalogue.publish('us', {
      act: 'rescind',
      decision: ORDER,
      from: { on: '2026-02-01', precision: 'day', at: 1 },
      reason: { code: 'settled', text: 'settled', lang: 'en' },
    })
    const [, line] = rowsOf(await at.screen('EAN,Qty\n4006381333931,5\n'))
    expect(line).toContain(`not_listed,A,1,${ORDER},Not listed in 3 of 3. 1 match not in force.`)
  })

  it('is never not listed while a market is not fresh', async () => {
    await catalogue.setFeed('kr', { merged_stamp: 1 })
    const text = await at.screen('EAN,Qty\n4006381333948,5\n4006381333931,1\n')
    expect(text).not.toContain('not_listed')
    expect(text).toMatch(/4006381333948,5,cannot_say,,,,Not listed in 2 of 3; kr unknown/)
    expect(text).toContain('2 of 3 fresh; kr stale')
    expect(text).toContain('4006381333931,1,blocked')
  })
})

describe('an NDJSON file comes back', () => {
  it('with every object as it was written and members added at its end', async () => {
    const file = '{"ean": "4006381333931",  "n":1.0}\n\n{"z":1,"ean":4006381333948}\n{}\nnot json\n'
    const lines = (await at.screen(file)).trimEnd().split('\n')
    expect(lines[0]?.startsWith('{"ean": "4006381333931",  "n":1.0,"verdict":"blocked"')).toBe(true)
    expect(JSON.parse(lines[1] ?? '')).toMatchObject({
      z: 1,
      ean: 4006381333948,
      verdict: 'not_listed',
    })
    expect(JSON.parse(lines[2] ?? '')).toMatchObject({ verdict: 'cannot_say' })
    expect(JSON.parse(lines[3] ?? '')).toMatchObject({ unread: 'not json', verdict: 'cannot_say' })
  })

  it('with names of its own kept: what is added steps aside', async () => {
    const [line = ''] = (await at.screen('{"ean":"4006381333948","verdict":"mine"}\n')).split('\n')
    expect(JSON.parse(line)).toMatchObject({ verdict: 'mine', portcullis_verdict: 'not_listed' })
  })
})

describe('an XLSX file comes back', () => {
  const book = async (rows: Parameters<typeof writeXlsxFile>[0]) =>
    new Uint8Array(await (await writeXlsxFile(rows as never).toBlob()).arrayBuffer())

  it('with numbers and dates as such, a coloured verdict and a summary', async () => {
    const day = new Date(Date.UTC(2026, 4, 4))
    const file = await book([
      ['EAN', 'Goods', 'Qty', 'Landed'],
      ['4006381333931', 'Station', 5, { value: day, type: Date, format: 'yyyy-mm-dd' }],
      [null, null, null, null],
      [4006381333948, '=1+1', 7, null],
    ] as never)
    const { id, file: taken } = await at.hand(file, { name: 'x.xlsx' })
    expect(taken).toMatchObject({ format: 'xlsx', header: ['EAN', 'Goods', 'Qty', 'Landed'] })
    await at.run(id)
    const out = new Blob([(await at.sheet(id)) as Uint8Array<ArrayBuffer>])
    const [head, first, second] = await readSheet(out, 'Lines')
    expect(head).toEqual(['EAN', 'Goods', 'Qty', 'Landed', ...HEAD.split(',')])
    expect(first?.slice(0, 5)).toEqual(['4006381333931', 'Station', 5, day, 'blocked'])
    expect(second?.slice(0, 5)).toEqual([4006381333948, '=1+1', 7, null, 'not_listed'])
    const summary = await readSheet(out, 'Summary')
    expect(summary.find(([label]) => label === 'Blocked')).toEqual(['Blocked', 1])
    expect(summary.find(([label]) => label === 'Markets not fresh')).toEqual([
      'Markets not fresh',
      'none',
    ])
  })
})
