import { afterEach, describe, expect, it } from 'vitest'
import {
  date,
  issue,
  ORDER,
  product,
  rule,
  type TestCatalogue,
  testCatalogue,
} from '../support/catalogue.ts'

const known = { brand: 'Brambleford', model: 'WX-2000' }
let catalogue: TestCatalogue
afterEach(() => catalogue.close())

const respond = (effect: string | null, more: object = {}) => ({
  act: 'respond',
  decision: ORDER,
  effect,
  from: date('2026-02-01'),
  ...more,
})
const effectRules = (...rules: [market: string, ground: string, effect: string][]) => ({
  act: 'notice',
  kind: 'effect_rules',
  rules: rules.map(([market, ground, effect]) => ({ market, ground, effect })),
})

describe('the effect of a foreign order', () => {
  it('is enforcement at home and the charter’s default elsewhere', async () => {
    catalogue = await testCatalogue({ here: 'jp', defaultEffect: 'detain' })
    await catalogue.publish('us', issue())
    const found = await catalogue.ask(known)
    expect(found.effects).toEqual({ us: 'enforce', jp: 'detain', kr: 'detain' })
    expect(found.instruction).toMatchObject({ effect: 'detain', action: 'exclude' })
    expect(found.results[0]?.effect).toEqual({ value: 'detain', by: 'alliance_default' })
  })

  it('is set by this market’s response, then its rules, each said with who set it', async () => {
    catalogue = await testCatalogue({ here: 'jp', defaultEffect: 'inform' })
    await catalogue.publish('us', issue())
    await catalogue.publish('jp', effectRules(['us', 'patent', 'detain']))
    await catalogue.publish('kr', respond('examine', { citation: 'Notice 7' }))
    const found = await catalogue.ask(known)
    expect(found.verdict).toBe('blocked')
    expect(found.effects).toEqual({ us: 'enforce', jp: 'detain', kr: 'examine' })
    expect(found.results[0]?.effect).toEqual({ value: 'detain', by: 'effect_rules' })
    await catalogue.publish('jp', respond('decline', { reason: { code: 'other', text: 'No law' } }))
    const declined = await catalogue.ask(known)
    expect(declined).toMatchObject({ verdict: 'blocked', effects: { jp: 'decline' } })
    expect(declined.results[0]?.effect).toEqual({
      value: 'decline',
      by: 'response',
      since: '2026-02-01',
      reason: 'No law',
    })
  })

  it('falls back when a response runs out or is withdrawn, and earlier ones never revive', async () => {
    catalogue = await testCatalogue({ here: 'jp', defaultEffect: 'inform' })
    await catalogue.publish('us', issue())
    await catalogue.publish('jp', respond('detain', { until: date('2026-06-30', 'end') }))
    const on = async (day: string) => (await catalogue.ask({ ...known, on: day })).effects.jp
    expect([await on('2026-06-30'), await on('2026-07-01')]).toEqual(['detain', 'inform'])
    await catalogue.publish('jp', respond(null, { from: date('2026-03-01') }))
    expect([await on('2026-02-15'), await on('2026-03-15')]).toEqual(['detain', 'inform'])
  })

  it('takes only the last notice of rules, and a response given before the decision was known', async () => {
    catalogue = await testCatalogue({ here: 'jp', defaultEffect: 'inform' })
    await catalogue.publish(
      'jp',
      effectRules(['*', '*', 'detain']),
      effectRules(['kr', '*', 'detain']),
    )
    await catalogue.publish('kr', respond('detain'))
    await catalogue.publish('us', issue())
    expect((await catalogue.ask(known)).effects).toEqual({
      us: 'enforce',
      jp: 'inform',
      kr: 'detain',
    })
  })

  it('is the strongest over the results that carry the verdict, and over no others', async () => {
    catalogue = await testCatalogue({ here: 'jp', defaultEffect: 'inform' })
    await catalogue.publish('us', issue())
    const indicative = [product({ listing: 'indicative' })]
    await catalogue.publish('jp', issue('jp/2026-1/import', { products: indicative }))
    const found = await catalogue.ask(known)
    expect(found.results.map(({ verdict }) => verdict)).toEqual(['blocked', 'possible'])
    expect(found).toMatchObject({ decided_in: ['us'], instruction: { effect: 'inform' } })
    await catalogue.publish('kr', issue('kr/2026-1/import'))
    expect((await catalogue.ask(known)).effects).toEqual({
      us: 'enforce',
      jp: 'inform',
      kr: 'enforce',
    })
  })

  it('is capped: a possibility is examined at most, an exception only told', async () => {
    catalogue = await testCatalogue({ here: 'us', defaultEffect: 'detain' })
    await catalogue.publish('us', issue())
    const possible = await catalogue.ask({ model: 'WX-2000' })
    expect(possible.verdict).toBe('possible')
    expect(possible.effects).toEqual({ us: 'examine', jp: 'examine', kr: 'examine' })
    expect(possible.results[0]?.effect).toEqual({ value: 'examine', by: 'own_decision' })
    await catalogue.publish('us', rule({ scope: 'out', product: { pid: 'wx-20' } }))
    const exception = await catalogue.ask(known)
    expect(exception.verdict).toBe('exception')
    expect(exception.effects).toEqual({ us: 'inform', jp: 'inform', kr: 'inform' })
  })

  it('names the desk to call', async () => {
    catalogue = await testCatalogue()
    const contact = { desk: 'Order desk', phone: '+1 555 0100', hours: '08:00-18:00' }
    await catalogue.publish('us', issue(ORDER, { header: { action: { kind: 'seize', contact } } }))
    expect((await catalogue.ask(known)).instruction).toMatchObject({ action: 'seize', contact })
  })
})
