// Values too general to identify anything ("N/A", "various", 000000): they would match half of all shipments (reference: lookup 5.3.4).

const GENERIC = new Set(
  `na, n a, nil, none, null, no, not applicable, does not apply, not available, not known, unknown, unspecified, undefined, tbd, tba,
  to be determined, to be announced, various, varies, various models, all, all models, any, any model, multiple, several, mixed, misc,
  miscellaneous, other, others, etc, same, same as above, see above, see description, see order, default, standard, generic, unbranded,
  no brand, no name, noname, private label, oem, model, brand, product, sample, test, testing, dummy, placeholder, example, xxx, todo`
    .split(',')
    .map(fold),
)

/** True for values that name nothing: words such as "n/a", one letter or digit repeated, or no letter or digit at all. */
export function isGeneric(text: string): boolean {
  const folded = fold(text)
  if (folded === '' || GENERIC.has(folded)) return true
  const characters = [...folded]
  return characters.length >= 3 && characters.every((character) => character === characters[0])
}

/** Letters and digits only, in one case, full-width forms made plain. */
function fold(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, '')
}
