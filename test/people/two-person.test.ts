// What takes two people takes two people: distinct, enabled, with the right, in time.
import { afterEach, beforeEach, expect, it } from 'vitest'
import { setDisabled, setRoles } from '../../src/appointing.ts'
import type { Person } from '../../src/people/authenticate.ts'
import { planConfirmation, readWaiting } from '../../src/people/two-person.ts'
import { ADMIN, type Office, office, tokenOf } from '../support/people.ts'

const RULE = { purpose: 'release', target: 'jp@12', scope: 'operate', withinS: 3600 } as const
let us: Office
let ada: Person
let bob: Person

beforeEach(async () => {
  us = await office()
  ada = await us.person(await us.hire('ada', 'operator'))
  bob = await us.person(await us.hire('bob', 'operator'))
})
afterEach(() => us.close())

const nowS = () => us.clock.nowMs / 1000
const plan = (person: Person, target: string = RULE.target) =>
  planConfirmation(us.deps.db, { ...RULE, target }, person, nowS())
async function confirm(person: Person, target: string = RULE.target): Promise<string> {
  const { state, statements } = await plan(person, target)
  await us.deps.db.commit(statements)
  return state
}

it('waits for the second person and is complete with them', async () => {
  expect(await confirm(ada)).toBe('waiting')
  const until = nowS() + RULE.withinS
  expect(await readWaiting(us.deps.db, RULE, nowS())).toEqual({ subject: 'ada', at: nowS(), until })
  expect(await plan(bob)).toMatchObject({ state: 'complete', first: 'ada', second: 'bob' })
  expect(await confirm(bob)).toBe('complete')
  expect(await readWaiting(us.deps.db, RULE, nowS())).toBeNull()
})

it('refuses the same person, also with a second token', async () => {
  await confirm(ada)
  const again = await us.person((await tokenOf(us.deps, 'ada')).token)
  expect(again.jti).not.toBe(ada.jti)
  for (const person of [ada, again]) {
    await expect(plan(person)).rejects.toMatchObject({ code: 'ERR_TWO_PERSON' })
  }
})

it('refuses a person without the right', async () => {
  const eve = await us.person(await us.hire('eve', 'auditor'))
  await confirm(ada)
  await expect(plan(eve)).rejects.toMatchObject({ code: 'ERR_SCOPE' })
})

it('does not count a first person who was disabled or lost the right meanwhile', async () => {
  await confirm(ada)
  await setDisabled(us.deps, ADMIN, 'ada', true)
  expect(await confirm(bob)).toBe('waiting')
  await setRoles(us.deps, ADMIN, 'bob', ['reader'])
  const cleo = await us.person(await us.hire('cleo', 'operator'))
  expect(await confirm(cleo)).toBe('waiting')
})

it('starts anew when the time is over, for anybody', async () => {
  await confirm(ada)
  us.clock.nowMs += (RULE.withinS + 1) * 1000
  expect(await confirm(bob)).toBe('waiting')
  expect(await confirm(ada)).toBe('complete')
})

it('starts anew after it was complete, and never mixes two targets', async () => {
  await confirm(ada)
  expect(await confirm(bob, 'jp@13')).toBe('waiting')
  expect(await confirm(bob)).toBe('complete')
  expect(await confirm(bob)).toBe('waiting')
})

it('lets one of two who confirm at the same moment plan again', async () => {
  const [first, second] = await Promise.all([plan(ada), plan(bob)])
  await us.deps.db.commit(first.statements)
  await expect(us.deps.db.commit(second.statements)).rejects.toMatchObject({
    code: 'ERR_COMMIT_CONFLICT',
  })
  expect(await confirm(bob)).toBe('complete')
})
