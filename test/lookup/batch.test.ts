import { afterAll, beforeAll, expect, it } from 'vitest'
import { openBatch } from '../../src/lookup/batch.ts'
import { parseQuery } from '../../src/lookup/query.ts'
import { issue, type TestCatalogue, testCatalogue } from '../support/catalogue.ts'

let catalogue: TestCatalogue
beforeAll(async () => {
  catalogue = await testCatalogue()
  await catalogue.publish('us', issue())
})
afterAll(() => catalogue.close())

it('answers every question in order, each as a single look-up does', async () => {
  const asked = [{ q: 'Brambleford WX-2000' }, { gtin: '9520001000027' }, { q: 'WX-2000' }]
  const batch = await openBatch(catalogue.ctx)
  const answers = await batch.answer(asked.map(parseQuery))
  expect(answers.map(({ verdict }) => verdict)).toEqual(['blocked', 'not_listed', 'possible'])
  const single = []
  for (const query of asked) single.push(await catalogue.ask(query))
  expect(answers).toEqual(single)
})
