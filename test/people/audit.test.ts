// Every change of people leaves a line that nothing removes.
import { afterEach, beforeEach, expect, it } from 'vitest'
import { revokeToken, setDisabled, setRoles } from '../../src/appointing.ts'
import { planAudit, readAudit } from '../../src/people/audit.ts'
import { ADMIN, type Office, office, tokenOf } from '../support/people.ts'

let us: Office
beforeEach(async () => {
  us = await office()
})
afterEach(() => us.close())

it('says who added, changed, disabled whom, and which tokens were made and revoked', async () => {
  await us.hire('ada', 'signer')
  const { jti } = await tokenOf(us.deps, 'ada')
  await revokeToken(us.deps, ADMIN, jti)
  await setRoles(us.deps, ADMIN, 'ada', ['reader'])
  await setDisabled(us.deps, ADMIN, 'ada', true)
  const rows = await readAudit(us.deps.db)
  const actions = rows.map(({ action }) => action)
  expect(actions).toEqual([
    'user disable',
    'user role',
    'token revoke',
    'token new',
    'token new',
    'user add',
  ])
  expect(rows[2]).toEqual({
    seq: 4,
    at: us.clock.nowMs / 1000,
    subject: 'local:root',
    jti: null,
    action: 'token revoke',
    target: jti,
    outcome: 'ok',
    address: 'cli',
  })
})

it('is paged by key from the newest on, and read for one subject', async () => {
  const line = (subject: string) => ({ ...ADMIN, subject, at: 1, action: 'a', target: null })
  for (const subject of ['ada', 'bob', 'ada', 'ada']) {
    await us.deps.db.commit([planAudit({ ...line(subject), outcome: 'ok' })])
  }
  const first = await readAudit(us.deps.db, { subject: 'ada', limit: 2 })
  expect(first.map(({ seq }) => seq)).toEqual([4, 3])
  const rest = await readAudit(us.deps.db, { subject: 'ada', limit: 2, before: 3 })
  expect(rest.map(({ seq }) => seq)).toEqual([1])
})

it('refuses to be changed or thinned out', async () => {
  await us.hire('ada', 'signer')
  for (const text of ['DELETE FROM audit', "UPDATE audit SET subject = 'bob'"]) {
    await expect(us.deps.db.commit([{ sql: text, params: [] }])).rejects.toThrow('append-only')
  }
  expect(await readAudit(us.deps.db)).toHaveLength(2)
})
