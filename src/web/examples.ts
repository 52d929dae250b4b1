// Up to three questions that have an answer on this node, so that the empty page teaches with what exists.
import type { DecisionFilter, DecisionPage, Story } from '../lookup/decisions.ts'

import { productName } from './format.ts'

export type Example = { kind: 'product' | 'barcode' | 'case'; q: string }

/** Decisions looked at for examples: the page is opened often. */
const MAX_LOOKED_AT = 4

/** A brand and model, a barcode and a case number of decisions in force, where there are such. */
export async function drawExamples(read: {
  decisions: (filter: DecisionFilter) => Promise<DecisionPage>
  story: (decision: string) => Promise<Story>
}): Promise<Example[]> {
  const { decisions } = await read.decisions({ state: 'in_force', limit: String(MAX_LOOKED_AT) })
  const drawn = new Map<Example['kind'], string>()
  const take = (kind: Example['kind'], q: string | undefined) => {
    if (q !== undefined && !drawn.has(kind)) drawn.set(kind, q)
  }
  for (const { decision, case_numbers: cases } of decisions) {
    const { products } = await read.story(decision)
    for (const { product } of products) {
      if (product.listing !== 'listed') continue
      const { brand, model, gtins } = product
      if (brand !== undefined && model !== undefined) take('product', productName(brand, model))
      take('barcode', gtins?.[0])
    }
    take('case', cases?.[0])
    if (drawn.size === 3) break
  }
  const kinds: readonly Example['kind'][] = ['product', 'barcode', 'case']
  return kinds.flatMap((kind) => {
    const q = drawn.get(kind)
    return q === undefined ? [] : [{ kind, q }]
  })
}
