// One form for the variants of a Han character, for second keys only: what is shown and signed is never changed.
import { HAN_VARIANTS } from './han-variants.ts'

const SIMPLE = new Map<string, string>()
for (let at = 0; at < HAN_VARIANTS.length; at += 2) {
  SIMPLE.set(HAN_VARIANTS[at] ?? '', HAN_VARIANTS[at + 1] ?? '')
}

/** Every Han character under its simplified form, as long as the text. Idempotent. */
export function foldHan(text: string): string {
  return text.replace(/\p{Script=Han}/gu, (char) => SIMPLE.get(char) ?? char)
}
