import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { describeText } from '../../src/screening/describe.ts'
import { detectEncoding, type EncodingName, hasDecoder } from '../../src/screening/encodings.ts'
import { sampler } from '../../src/screening/sample.ts'
import { issue, ORDER, product, type TestCatalogue, testCatalogue } from '../support/catalogue.ts'
import { type Desk, desk, encode } from '../support/manifest.ts'

/** Lines as manifests have them, short ones too. */
const SAMPLES: Record<Exclude<EncodingName, 'utf-16le' | 'utf-16be'>, readonly string[]> = {
  'utf-8': [
    'EAN,Bezeichnung\n4006381333931,Größe für Gehäuse\n',
    '商品条码,品名\n4006381333931,锂离子电池组\n',
    '바코드,품명\n4006381333931,충전용 배터리\n',
  ],
  shift_jis: [
    '商品コード,品名,メーカー\n4006381333931,充電式バッテリーパック,マキタ株式会社\n',
    'JANコード,商品名\n4006381333931,電動ドライバー用の替えビット セット\n',
    'バーコード,品番\n4006381333931,型番なし\n',
    'JAN,品名\n4006381333931,防水イヤホン 黒\n4006381333948,革靴 二十六センチ\n',
  ],
  'euc-kr': [
    '바코드,품명,제조사\n4006381333931,충전용 리튬이온 배터리,삼성전자 주식회사\n',
    '상품바코드,모델명\n4006381333931,무선 이어폰 검정색\n',
    '바코드,상품명\n4006381333931,가죽 운동화\n',
    '바코드,품명,수입자\n4006381333931,전동 드릴,한국무역\n',
  ],
  gb18030: [
    '商品条码,品名,生产商\n4006381333931,锂离子电池组,深圳市电子有限公司\n',
    '条码,货物名称\n4006381333931,无线耳机 黑色\n',
    '条码,品牌,型号\n4006381333931,牌子,运动鞋\n',
    '商品条码,描述\n4006381333931,电动螺丝刀用钻头套装 二十件\n',
  ],
  big5: [
    '商品條碼,品名,製造商\n4006381333931,鋰離子電池組,台北市電子股份有限公司\n',
    '條碼,貨物名稱\n4006381333931,無線耳機 黑色\n',
    '條碼,廠牌,型號\n4006381333931,電動工具,運動鞋\n',
    '商品條碼,描述\n4006381333931,充電器與電源線\n',
  ],
  'windows-1252': [
    'EAN,Bezeichnung\n4006381333931,Größe für Gehäuse\n',
    'EAN,Désignation\n4006381333931,Étui à crayons protégé\n',
    'EAN,Descripción\n4006381333931,Batería de repuesto pequeña\n',
    'EAN,Price\n4006381333931,12 € – new\n',
    'EAN,Benämning\n4006381333931,Blå väska\n',
  ],
  'windows-1251': [
    'Штрихкод,Наименование,Производитель\n4006381333931,Аккумулятор для дрели,ООО Завод\n',
    'Штрих-код,Бренд\n4006381333931,Беспроводные наушники\n',
  ],
}

const CASES = Object.entries(SAMPLES).flatMap(([encoding, texts]) =>
  texts.map((text) => [encoding as EncodingName, text] as const),
)

let catalogue: TestCatalogue
let at: Desk
beforeEach(async () => {
  catalogue = await testCatalogue()
  await catalogue.publish('us', issue(ORDER, { products: [product({ gtins: ['4006381333931'] })] }))
  at = desk(catalogue.ctx)
})
afterEach(() => catalogue.close())

describe('the encoding of a file', () => {
  it.each(CASES)('is found to be %s and its text is read: %j', async (encoding, text) => {
    const { id, file } = await at.hand(encode(text, encoding))
    expect(file.encoding).toBe(encoding)
    expect(file.header.join(',')).toBe(text.split('\n')[0])
    await at.run(id)
    const [, line = ''] = (await at.text(id)).split('\r\n')
    expect(line.startsWith(text.split('\n')[1] ?? '')).toBe(true)
    expect(line).not.toContain('none of the chosen encoding')
  })

  it('is found from lines far behind a beginning in ASCII', async () => {
    const many = `EAN,Goods\n${'4006381333948,pens and pencils\n'.repeat(40_000)}`
    const { file } = await at.hand(
      encode(`${many}4006381333931,充電式バッテリーパックです\n`, 'shift_jis'),
    )
    expect(file).toMatchObject({ encoding: 'shift_jis', how: 'likely' })
  })

  it.each([
    ['utf-8', [0xef, 0xbb, 0xbf]],
    ['utf-16le', [0xff, 0xfe]],
    ['utf-16be', [0xfe, 0xff]],
  ] as const)('is %s where the mark says so', async (encoding, mark) => {
    const bytes = [...'EAN,品名\n4006381333931,電池\n'].flatMap((char) => {
      const code = char.charCodeAt(0)
      if (encoding === 'utf-8') return [...new TextEncoder().encode(char)]
      return encoding === 'utf-16le' ? [code & 255, code >> 8] : [code >> 8, code & 255]
    })
    const { id, file } = await at.hand(Uint8Array.from([...mark, ...bytes]))
    expect(file).toMatchObject({ encoding, how: 'mark', header: ['EAN', '品名'] })
    await at.run(id)
    expect(await at.text(id)).toContain('4006381333931,電池,blocked')
  })

  it('can be chosen over what would be found', async () => {
    const bytes = encode('EAN,Bezeichnung\n4006381333931,Größe\n', 'windows-1252')
    const { file } = await at.hand(bytes, { chosen: { encoding: 'windows-1251' } })
    expect(file).toMatchObject({ encoding: 'windows-1251', how: 'chosen' })
  })

  it('is said where characters are none of it: the line is read and carries a note', async () => {
    const bytes = Uint8Array.from([...encode('EAN,Goods\n4006381333948,caf', 'utf-8'), 0xe9, 0x0a])
    const text = await at.screen(bytes, { chosen: { encoding: 'utf-8' } })
    expect(text).toContain('Some characters are none of the chosen encoding.')
  })

  it('is refused with its cure where the runtime has no decoder for it', async () => {
    const real = globalThis.TextDecoder
    // A runtime with little ICU: it knows the encodings of Unicode only.
    class Small extends real {
      constructor(label = 'utf-8', options?: ConstructorParameters<typeof real>[1]) {
        if (!/^utf/.test(label)) throw new RangeError(`${label} is not supported`)
        super(label, options)
      }
    }
    globalThis.TextDecoder = Small
    try {
      expect([hasDecoder('utf-8'), hasDecoder('big5')]).toEqual([true, false])
      const latin = Uint8Array.from([
        0x63, 0x61, 0x66, 0xe9, 0x2c, 0x61, 0x0a, 0x62, 0x2c, 0x63, 0x0a,
      ])
      expect(detectEncoding(latin, latin).encoding).toBe('windows-1252')
      const sample = sampler()
      sample.take(latin)
      await expect(describeText('x', 'csv', sample, {})).rejects.toMatchObject({
        code: 'ERR_SCREENING_ENCODING',
        cure: expect.stringContaining('save the file as UTF-8'),
      })
    } finally {
      globalThis.TextDecoder = real
    }
  })
})
