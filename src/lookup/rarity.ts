// How much a word tells, by tables that come with the matcher version and never from the history of an index (design: look-up 4.1).

/** Words of trade that stand on every other line tell little, a number or a size less, all others fully. From 0 to 1. */
export function rarityOf(term: string): number {
  if (COMMON.has(term)) return 0.3
  if (/^[0-9]/.test(term)) return 0.3
  return [...term].length === 1 ? 0.3 : 1
}

const COMMON: ReadonlySet<string> = new Set(
  `wireless portable electric electronic digital smart mini new black white silver grey gray blue red green gold pink colour color
  set pack piece pcs unit box case bag home kitchen office outdoor indoor professional premium quality high low heavy duty
  large small medium size adult kids children men women ladies usb type app led light power control free
  accessories parts assorted model style cordless rechargeable stainless steel plastic metal wood glass rubber cotton
  kabellos elektrisch schwarz weiß neu stück satz sans fil noir blanc электрический беспроводной черный белый новый
  折リ リタ タタ タミ 不锈 锈钢 无线 电动 家用 便携 黑色 白色 红色 蓝色 无线 携带 무선 전동 가정 휴대 블랙`.split(
    /\s+/,
  ),
)

/** Words of company names that many companies share: branches of trade and places. From 0 to 1. */
export function partyRarityOf(token: string): number {
  return PARTY_COMMON.has(token) ? 0.3 : 1
}

const PARTY_COMMON: ReadonlySet<string> = new Set(
  `trading trade technology technologies tech electronics electronic electric electrical appliance appliances industrial industry
  industries manufacturing manufacture international import export imports exports global group holding holdings enterprise
  enterprises products product goods supply supplies solutions service services systems system equipment tools power energy new
  home household lighting audio mobile acoustics robotics vision semiconductor beauty cosmetics toys hardware sports tackle baby
  china shenzhen dongguan guangzhou ningbo hangzhou xiamen foshan zhongshan suzhou wuxi hefei jinhua yiwu shantou taizhou zhuhai
  weihai quanzhou taicang hong kong taiwan taipei japan tokyo korea seoul america usa europe germany deutschland italia india
  handels vertriebs gesellschaft импорт экспорт сервис торг`.split(/\s+/),
)
