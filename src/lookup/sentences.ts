// What an answer says, in English: one catalogue of codes and their sentences (design: look-up 4.4 `why`, `notes`). Codes are API.

export type Sentence = { code: SentenceCode; text: string }

const plural = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`

const CATALOGUE = {
  // how the question was read
  read_gtin: (f: { form: string; gtin: string }) =>
    `Read as ${f.form}, check digit valid: GTIN ${f.gtin}.`,
  read_case_gtin: (f: { item: string }) => `The barcode of a case; the item inside is ${f.item}.`,
  read_gtin_not_unique: (f: { kind: string }) =>
    `This number is not unique in the world (${f.kind}): it proves nothing by itself.`,
  read_gtin_check_digit: (f: { gtin: string; near: number }) =>
    `The check digit of ${f.gtin} is wrong, so it is not matched. Scan it again; ${plural(f.near, 'valid number')} nearby ${f.near === 1 ? 'is' : 'are'} shown as possible only.`,
  read_gtin_zero_lost: (f: { gtin: string }) =>
    `Eleven digits: perhaps the leading zero of ${f.gtin} was lost. Shown as possible only.`,
  read_gtin_unreadable: (f: { text: string }) => `${f.text} is no barcode number.`,
  read_gs1: (f: { form: string }) => `Read as a GS1 ${f.form}.`,
  read_gs1_broken: () => 'This looks like a GS1 scan but is broken; scan it again.',
  read_decision: (f: { decision: string }) => `Read as the decision ${f.decision}.`,
  read_case: (f: { number: string }) => `Read as case number ${f.number}.`,
  read_right: (f: { number: string }) => `Read as the number of a right: ${f.number}.`,
  read_tac: (f: { tac: string; form: string }) =>
    `Read as ${f.form}; type allocation code ${f.tac}.`,
  read_tac_invalid: () => 'The IMEI is not valid, so it is not matched. Read it again.',
  read_hs: (f: { code: string; edition: string }) => `Read as HS ${f.code} (${f.edition}).`,
  read_hs_invalid: (f: { text: string }) => `${f.text} is no HS code.`,
  read_asin: (f: { asin: string }) => `Read as listing number ${f.asin}.`,
  read_layout: (f: { layout: string; text: string }) =>
    `Read as sent by a scanner to a ${f.layout} keyboard: ${f.text}.`,
  read_words: () => 'Read as brand, model or words.',
  read_generic: (f: { text: string }) => `${f.text} names no product; it was passed over.`,
  read_cut: (f: { most: number }) => `Only the first ${f.most} words were read.`,
  // the verdict
  blocked: (f: { markets: string; identity: string }) => `Blocked: ${f.markets}. ${f.identity}`,
  exception: (f: { markets: string; reason: string }) =>
    `Listed in ${f.markets}, but an exception applies: ${f.reason}`,
  possible: (f: { markets: string; reason: string }) =>
    `Possibly covered in ${f.markets}: ${f.reason}`,
  cannot_say: (f: { fresh: number; all: number; unknown: string; inactive: number }) =>
    `Not listed in ${f.fresh} of ${f.all}; ${f.unknown}.${inactiveText(f.inactive)}`,
  not_listed: (f: { all: number; inactive: number }) =>
    `Not listed in ${f.all} of ${f.all}.${inactiveText(f.inactive)}`,
  // why a result is what it is
  same_gtin: () => 'Same barcode number as a listed product.',
  same_model: () => 'Same model and brand as a listed product.',
  same_pattern: () => 'The model fits a pattern that the decision signed, same brand.',
  same_part: () => 'Same part number and maker as a listed product.',
  same_device: () => 'Same type allocation code as a listed product, and brand or model agree.',
  released: () => 'the market has left the alliance, and its decision was released.',
  ruling_out: (f: { number: string }) => `the newest ruling${f.number} says it is out of scope.`,
  carve_out: (f: { kind: string }) => `the facts given satisfy the carve-out "${f.kind}".`,
  weak_identity: () => 'similar, but not proven to be the same product.',
  brand_differs: () => 'the identifier agrees but the brand differs; it may be copied.',
  model_differs: () => 'the identifier agrees but the model differs.',
  gtin_near: () => 'the barcode is not valid; a listed one is a single misreading away. Rescan.',
  gtin_not_unique: () => 'the same number is listed, but it is not unique in the world.',
  look_alike: (f: { read: string }) => `the model agrees if ${f.read} was misread.`,
  compatible: () => 'the text says it is for, or compatible with, a listed product.',
  indicative: () => 'the product was named, but not listed, by the authority.',
  class: () => 'an any-source order covers this class: examine.',
  class_named: () => 'an order on named parties covers this class: examine.',
  other_maker: (f: { maker: string; named: string }) =>
    `the order names ${f.named}, the goods are by ${f.maker}.`,
  fact_missing: (f: { facts: string }) => `it cannot be judged without: ${f.facts}.`,
  firmware_outside: () => 'the firmware given is outside the listed range.',
  serial_outside: () => 'the serial number given is outside the listed range.',
  procedure_not_covered: (f: { procedure: string }) =>
    `the order does not name the procedure ${f.procedure}.`,
  names_order: () => 'this names an order, not a product: compare its products.',
  held_lift: () => 'A change that would lift this is held back for review; until then it stands.',
  held_addition: () => 'it was added by a change that is held for review.',
  // what to ask
  ask_carve_out: (f: { question: string }) => f.question,
  ask_fact: (f: { fact: string }) => `What is the ${f.fact}?`,
  ask_maker: (f: { named: string }) => `Are the goods made by or for ${f.named}?`,
  ask_brand: () => 'Which brand is on the housing?',
} as const satisfies Record<string, (...facts: never[]) => string>

export type SentenceCode = keyof typeof CATALOGUE
export const SENTENCE_CODES = Object.keys(CATALOGUE) as readonly SentenceCode[]

/** A code with its English sentence. The compiler checks that every fact the sentence needs is given. */
export function say<Code extends SentenceCode>(
  code: Code,
  ...facts: Parameters<(typeof CATALOGUE)[Code]>
): Sentence {
  // TypeScript cannot relate a code to its own parameters through the union; the signature above has done so.
  const sentence = CATALOGUE[code] as (...all: readonly unknown[]) => string
  return { code, text: sentence(...facts) }
}

/** `us`, `us and kr`, `us, jp and kr`. */
export function listText(items: readonly string[]): string {
  const last = items.at(-1) ?? ''
  return items.length < 2 ? last : `${items.slice(0, -1).join(', ')} and ${last}`
}

function inactiveText(matches: number): string {
  if (matches === 0) return ''
  return ` ${plural(matches, 'match', 'matches')} not in force.`
}
