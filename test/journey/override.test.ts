// What of "overrides" this alliance has: a market's response and rules change what is done there, at once, also for what came in long
// ago, and end by themselves. The verdict is nobody's to override (reference: look-up §8, obligation 6; design: decisions 2.4).
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Answer } from '../../src/lookup/answer.ts'
import { type TestAlliance, testAlliance } from '../support/alliance.ts'
import { actDraft, issueDraft } from '../support/decisions.ts'
import { GTIN } from '../support/running.ts'

const DAY_MS = 86_400_000
let alliance: TestAlliance
beforeEach(async () => {
  alliance = await testAlliance(['de', 'jp'])
  await alliance.node('de').publishText(issueDraft('de/drills'))
  await alliance.syncAll()
  // A year later.
  alliance.clock.nowMs += 365 * DAY_MS
  await alliance.syncAll()
  await alliance.syncAll()
})
afterEach(() => alliance.close())

async function ask(params: Record<string, string> = {}): Promise<Answer> {
  const query = new URLSearchParams({ gtin: GTIN, ...params })
  return (await alliance.node('jp').request(`/v1/lookup?${query}`)).json()
}
const respond = (until: string) =>
  actDraft(
    'de/drills',
    `act: respond\neffect: decline\nfrom: 2027-11-01\nuntil: ${until}\nreason: {code: other, text: Test}`,
  )

it('a response of today changes what is done about a decision of last year, and its end needs no message', async () => {
  const before = await ask()
  expect(before).toMatchObject({ verdict: 'blocked', instruction: { effect: 'detain' } })
  await alliance.node('jp').publishText(respond('2027-11-25'))
  const after = await ask()
  expect(after).toMatchObject({ verdict: 'blocked', instruction: { effect: 'decline' } })
  expect(after.results[0]?.effect).toMatchObject({ by: 'response', since: '2027-11-01' })
  // What was known before it is not changed by it, and of a day after its end it says nothing.
  expect((await ask({ on: '2027-11-26' })).instruction?.effect).toBe('detain')
  const then = String(alliance.clock.nowMs / 1000)
  alliance.clock.nowMs += 3 * DAY_MS
  await alliance.node('jp').pull()
  expect((await ask()).instruction?.effect).toBe('detain')
  expect((await ask({ known: then })).instruction?.effect).toBe('decline')
})

it('published rules do the same for all decisions of a market at once, and the last ones count', async () => {
  const rules = (effect: string) =>
    `acts:\n  - {act: notice, kind: effect_rules, rules: [{market: de, ground: '*', effect: ${effect}}]}\n`
  for (const effect of ['inform', 'enforce']) {
    await alliance.node('jp').publishText(rules(effect))
    expect(await ask()).toMatchObject({ verdict: 'blocked', instruction: { effect } })
  }
})
