import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { KeyFilter, readKeyFilter } from '../../src/catalog/filter.ts'
import { planForgetRows } from '../../src/catalog/forget.ts'
import { answer } from '../../src/lookup/answer.ts'
import { mayFind } from '../../src/lookup/asked.ts'
import { FILTER_FROM, openBatch } from '../../src/lookup/batch.ts'
import { parseQuery, type Query } from '../../src/lookup/query.ts'
import { readQuery } from '../../src/lookup/read-query.ts'
import { corpusCatalogue, ROWS } from '../quality/corpus.ts'
import { questionOf, readLines } from '../quality/manifest.ts'
import { issue, type TestCatalogue, testCatalogue } from '../support/catalogue.ts'

let catalogue: TestCatalogue
beforeAll(async () => {
  catalogue = await corpusCatalogue()
})
afterAll(() => catalogue.close())

async function expectSame(queries: readonly Query[]): Promise<void> {
  const batch = await openBatch(catalogue.ctx)
  const answers = await batch.answer(queries)
  for (const [i, query] of queries.entries()) {
    expect(answers[i], JSON.stringify(query)).toEqual(await answer(batch.view, query))
  }
}

describe('a batch', () => {
  it('answers every question in order, each as a single look-up does', async () => {
    const small = await testCatalogue()
    await small.publish('us', issue())
    const asked = [{ q: 'Brambleford WX-2000' }, { gtin: '9520001000027' }, { q: 'WX-2000' }]
    const answers = await (await openBatch(small.ctx)).answer(asked.map(parseQuery))
    expect(answers.map(({ verdict }) => verdict)).toEqual(['blocked', 'not_listed', 'possible'])
    const single = []
    for (const query of asked) single.push(await small.ask(query))
    expect(answers).toEqual(single)
    small.close()
  })

  it('answers the whole corpus through its filter as single look-ups do without', async () => {
    expect(ROWS.length).toBeGreaterThan(FILTER_FROM)
    await expectSame(ROWS.map(({ query }) => parseQuery(query)))
  }, 120_000)

  it('answers lines of a manifest so, and with the fields of two rows mixed', async () => {
    const lines = readLines()
      .filter((_, i) => i % 25 === 0)
      .map(questionOf)
    const typed = ROWS.map(({ query }) => query).filter((query) => query.q === undefined)
    const mixed = typed.map((query, i) => ({ ...lines[i % lines.length], ...query }))
    await expectSame([...lines, ...mixed].map(parseQuery))
  }, 120_000)

  it('keeps to its moment: what is merged after it was opened is not in its answers', async () => {
    const small = await testCatalogue()
    await small.publish('us', issue())
    const batch = await openBatch(small.ctx)
    await small.publish('kr', issue('kr/2026-7/import'))
    const many = Array.from({ length: FILTER_FROM }, () => parseQuery({ gtin: '9520001000010' }))
    const [first] = await batch.answer(many)
    expect(first?.decided_in).toEqual(['us'])
    small.close()
  })
})

describe('the filter', () => {
  it('never denies a key that was added, and rarely affirms another', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ unit: 'binary', maxLength: 12 })), (values) => {
        const filter = new KeyFilter(values.length)
        for (const value of values) filter.add('name', value)
        expect(values.every((value) => filter.has('name', value))).toBe(true)
      }),
    )
    const filter = new KeyFilter(50_000)
    for (let i = 0; i < 50_000; i++) filter.add('gtin', `0952${i * 7}`)
    const wrong = Array.from({ length: 50_000 }, (_, i) => `0400${i * 7}`).filter((value) =>
      filter.has('gtin', value),
    )
    expect(wrong.length).toBeLessThan(250)
  })

  it('knows of every row that a look-up finds, also of one that was forgotten and merged again', async () => {
    const filter = await readKeyFilter(catalogue.ctx.db)
    for (const { query } of ROWS) {
      const parsed = parseQuery(query)
      const found = await catalogue.ask(query)
      const held = [...found.results, ...found.weak, ...found.inactive].length > 0
      const may = readQuery(parsed).some(({ question }) => mayFind(filter, question))
      if (held) expect(may, JSON.stringify(query)).toBe(true)
    }
    const small = await testCatalogue()
    await small.publish('us', issue())
    await small.ctx.db.commit(planForgetRows('us', 0))
    expect((await readKeyFilter(small.ctx.db)).has('gtin', '09520001000010')).toBe(false)
    small.close()
  }, 120_000)
})
