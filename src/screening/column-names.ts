// What columns of manifests are called, by the question they feed; each name folded (look-up reference §6.1, domain §3.1).
import { fold } from '../identifier/fold.ts'

/** The questions that a column can feed: fields of a look-up (`query.ts`), one reading each. */
export const FIELDS = [
  'gtin',
  'brand',
  'model',
  'mpn',
  'text',
  'maker',
  'exporter',
  'importer',
  'party',
  'serial',
  'firmware',
  'tac',
  'hs',
  'origin',
  'procedure',
  'case',
  'right',
] as const
export type Field = (typeof FIELDS)[number]

// Latin names for one field, then Japanese, Chinese, Korean, Russian; separated by `|`.
const NAMES: Record<Field, string> = {
  gtin: 'gtin|gtin13|gtin14|gtin 13|gtin 14|ean|ean13|ean 13|ean code|ean nr|upc|upc a|upc code|jan|jan code|barcode|bar code|barcode number|strichcode|code barre|code barres|codigo de barras|codice a barre|ean upc|jan コード|janコード|バーコード|商品コード jan|商品条码|条码|条形码|國際條碼|条碼|商品條碼|條碼|바코드|상품바코드|штрихкод|штрих код|штрих-код',
  brand:
    'brand|brand name|trademark|trade mark|make|marke|marque|marca|marchio|merk|ブランド|ブランド名|商標|銘柄|品牌|牌子|商标|廠牌|브랜드|상표|브랜드명|бренд|марка|торговая марка|товарный знак',
  model:
    'model|model no|model nr|model number|model name|modell|modellnummer|modele|modelo|modello|type no|type designation|typ|型番|型式|モデル|機種|品番|型号|规格型号|型號|規格型號|모델|모델명|모델번호|형명|модель|номер модели',
  mpn: 'mpn|part no|part nr|part number|manufacturer part number|article|article no|article number|artikelnummer|artikel nr|teilenummer|reference|ref article|numero de pieza|codice articolo|sku|item no|item number|item code|部品番号|製品番号|料号|零件号|料號|零件號|부품번호|품번|артикул|номер детали',
  text: 'description|goods description|description of goods|item description|product description|commodity|commodity description|goods|product|product name|item|item name|name of goods|title|warenbezeichnung|bezeichnung|beschreibung|artikelbezeichnung|produkt|designation|description des marchandises|libelle|descripcion|descripcion de la mercancia|mercancia|descrizione|descrizione merce|omschrijving|contents|品名|商品名|製品名|内容品|貨物の品名|商品名称|货物名称|货名|描述|货物描述|商品名稱|貨物名稱|貨名|품명|상품명|제품명|물품명|품목|설명|наименование|наименование товара|описание|описание товара|товар',
  maker:
    'maker|manufacturer|manufacturer name|producer|factory|hersteller|fabricant|fabricante|produttore|fabrikant|メーカー|製造者|製造元|製造業者|生产商|制造商|厂家|生产厂家|製造商|生產商|제조사|제조업체|제조자|제조원|производитель|изготовитель',
  exporter:
    'exporter|shipper|seller|consignor|sender|supplier|vendor|exporteur|versender|absender|lieferant|exportateur|expediteur|exportador|remitente|esportatore|mittente|輸出者|荷送人|発送人|仕出人|出口商|发货人|托运人|出口商名稱|發貨人|수출자|송하인|판매자|발송인|экспортер|отправитель|грузоотправитель|продавец',
  importer:
    'importer|importer of record|consignee|buyer|receiver|recipient|importeur|empfanger|importateur|destinataire|importador|consignatario|importatore|destinatario|輸入者|荷受人|受取人|进口商|收货人|進口商|收貨人|수입자|수하인|구매자|수취인|импортер|получатель|грузополучатель|покупатель',
  party:
    'party|company|party name|firma|societe|empresa|会社|会社名|公司|公司名稱|회사|업체명|компания',
  serial:
    'serial|serial no|serial nr|serial number|s n|sn|seriennummer|numero de serie|numero di serie|シリアル番号|製造番号|序列号|序號|序列號|일련번호|시리얼번호|серийный номер',
  firmware:
    'firmware|firmware version|software version|fw|ファームウェア|固件版本|韌體版本|펌웨어|прошивка',
  tac: 'imei|imei tac|tac|imei number|имеи',
  hs: 'hs|hs code|hs no|hscode|hts|hts code|htsus|tariff|tariff code|tariff number|commodity code|taric|zolltarifnummer|warennummer|code sh|code douanier|nomenclature|partida arancelaria|codigo hs|codice doganale|hsコード|税番|統計品目番号|税号|海关编码|商品编码|hs编码|稅則|稅號|稅則號列|商品編碼|hs코드|세번|품목번호|세번부호|hs부호|тн вэд|код тн вэд|тнвэд',
  origin:
    'origin|country of origin|origin country|coo|ursprungsland|herkunftsland|pays d origine|pais de origen|paese di origine|原産国|原産地|原产国|原产地|產地|原產地|원산지|원산지국|страна происхождения',
  procedure: 'procedure|customs procedure',
  case: 'case|case no|case number|case reference',
  right:
    'patent|patent no|patent number|trademark number|registration number of right|design number',
}

/** Columns that are text and say nothing of what the goods are. */
const OTHERS =
  'address|adresse|direccion|indirizzo|city|street|port|vessel|voyage|container|seal|remark|remarks|note|notes|bemerkung|currency|date|status|payment|incoterm|email|phone|contact|住所|备注|地址|備考|備註|주소|비고|адрес|примечание|unit|units|uom|package|packages|packaging|marks'

const BY_NAME: ReadonlyMap<string, Field> = new Map(
  FIELDS.flatMap((field) =>
    NAMES[field].split('|').map((name) => [plainName(name), field] as const),
  ),
)
const OTHER_WORDS: ReadonlySet<string> = new Set(OTHERS.split('|').map(plainName))

/** The question that a column of this name feeds, or null: by the whole name, then by the name without what stands in brackets. */
export function fieldByName(name: string): Field | null {
  const whole = BY_NAME.get(plainName(name))
  if (whole !== undefined) return whole
  const bare = plainName(name.replace(/[([{（【「].*$/u, ''))
  const inner = plainName(/[([{（【「]([^)\]}）】」]*)/u.exec(name)?.[1] ?? '')
  const numbered = plainName(name).replace(/ ?[0-9]{1,2}$/, '')
  const short = numbered.replace(/ (no|nr|number|code|name)$/, '')
  const parts = name.split(/[/|]/).map((part) => BY_NAME.get(plainName(part)))
  return (
    BY_NAME.get(bare) ??
    BY_NAME.get(numbered) ??
    BY_NAME.get(short) ??
    BY_NAME.get(inner) ??
    parts.find((part) => part !== undefined) ??
    null
  )
}

/** True for names of columns that are never taken for a description of goods. */
export function isOtherName(name: string): boolean {
  return plainName(name)
    .split(' ')
    .some((word) => OTHER_WORDS.has(word))
}

function plainName(name: string): string {
  return fold(name)
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
}
