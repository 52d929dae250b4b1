import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Failure } from '../../src/errors.ts'
import { fieldByName } from '../../src/screening/column-names.ts'
import { beginScreening } from '../../src/screenings.ts'
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

const codeOf = async (promise: Promise<unknown>): Promise<Partial<Failure>> => {
  try {
    await promise
  } catch (error) {
    const { code, cure } = error as Failure
    return { code, cure }
  }
  throw new Error('nothing failed')
}

describe('columns are guessed', () => {
  it.each([
    [
      'gtin',
      'EAN',
      'ean_code',
      'GTIN-13',
      'Barcode No. 1',
      'JANコード',
      '商品条码',
      '條碼',
      '바코드',
      'Штрих-код',
      'Code-barres',
    ],
    ['brand', 'Brand', 'Marke', 'marque', 'ブランド', '品牌', '廠牌', '브랜드', 'Бренд'],
    ['model', 'Model No.', 'Modellnummer', '型番', '型号', '모델명', 'Модель'],
    [
      'text',
      'Description of Goods',
      'Warenbezeichnung',
      'Désignation',
      '品名',
      '货物名称',
      '품명',
      'Наименование товара',
      'Description 2',
    ],
    ['maker', 'Manufacturer', 'Hersteller', 'メーカー', '生产商', '제조사', 'Изготовитель'],
    ['exporter', 'Shipper (name)', 'Expéditeur', '輸出者', '发货人', '수출자', 'Отправитель'],
    ['importer', 'Consignee', 'Importador', '荷受人', '收货人', '수입자', 'Получатель'],
    ['origin', 'Country of origin', 'Ursprungsland', '原産国', '原产国', '원산지'],
    ['hs', 'HS Code', 'HTS', 'Zolltarifnummer', 'HSコード', '税号', 'ТН ВЭД'],
    ['serial', 'Serial No.', 'Seriennummer', '製造番号', '序列号', '일련번호'],
  ])('as %s from names in several languages', (field, ...names) => {
    expect(names.map((name) => [name, fieldByName(name)])).toEqual(
      names.map((name) => [name, field]),
    )
  })

  it('as nothing where the name says nothing', () => {
    expect(['Qty', 'Weight', 'Container', 'B/L', '', '???'].map(fieldByName)).toEqual(
      Array(6).fill(null),
    )
  })

  it('from what stands in them: barcodes, and the description nobody called so', async () => {
    const { file, mapping } = await at.hand(
      'No,X1,X2,Remarks,Qty\n1,4006381333948,blue pens in a box,call before,3\n2,4006381333955,red pens,do not stack,4\n',
    )
    expect(file.header.map((name, i) => [name, mapping[i]])).toEqual([
      ['No', null],
      ['X1', 'gtin'],
      ['X2', 'text'],
      ['Remarks', null],
      ['Qty', null],
    ])
  })

  it('and several feed one question', async () => {
    const text = await at.screen(
      'Goods,Description 2\nBrambleford pocket,weather station WX-2000\n',
    )
    expect(text.split('\r\n')[1]).toMatch(/,(blocked|possible),/)
  })
})

describe('a mapping', () => {
  it('is changed by naming a column, or its number', async () => {
    const file = 'EAN,Code,Thing\n1,4006381333931,x\n'
    const byName = await at.hand(file, { map: ['gtin=Code', 'text=3'] })
    expect(byName.mapping).toEqual([null, 'gtin', 'text'])
    await at.run(byName.id)
    expect(await at.text(byName.id)).toContain('1,4006381333931,x,blocked')
  })

  it('is remembered for the next file with this header, however its names are written', async () => {
    await at.hand('Ware,Nr\nx,4006381333931\n', { map: ['gtin=Nr', 'none=Ware'] })
    const next = await at.hand('WARE , nr\ny,4006381333931\n')
    expect(next).toMatchObject({
      state: 'queued',
      mapping: [null, 'gtin'],
      file: { isRemembered: true },
    })
    const other = await at.hand('Ware,Nr,More\ny,4006381333931,z\n')
    expect(other.file.isRemembered).toBe(false)
  })

  it('that names what does not exist is refused with the nearest name', async () => {
    expect(await codeOf(at.hand('EAN,Goods\n1,x\n', { map: ['gtin=Good'] }))).toEqual({
      code: 'ERR_SCREENING_MAP',
      cure: 'did you mean Goods?',
    })
    expect(await codeOf(at.hand('EAN,Goods\n1,x\n', { map: ['gitn=EAN'] }))).toEqual({
      code: 'ERR_SCREENING_MAP',
      cure: 'did you mean gtin?',
    })
  })

  it('that asks nothing waits for a person, and is refused until something is asked', async () => {
    const { id, state, mapping } = await at.hand('Qty,Weight\n1,2\n')
    expect(state).toBe('mapping')
    expect(await at.run(id)).toBe('done')
    expect((await at.read(id)).state).toBe('mapping')
    expect((await codeOf(beginScreening(at.deps, id, mapping))).code).toBe('ERR_SCREENING_UNMAPPED')
    await beginScreening(at.deps, id, ['text', null])
    expect((await codeOf(beginScreening(at.deps, id, ['text', null]))).code).toBe(
      'ERR_SCREENING_STATE',
    )
    expect(await at.run(id)).toBe('done')
    expect((await at.read(id)).state).toBe('done')
  })
})
