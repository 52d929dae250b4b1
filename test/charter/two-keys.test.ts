// A charter whose rules this version would not honour is not adopted as if it did.
import { expect, it } from 'vitest'
import { parseCharter } from '../../src/charter/charter.ts'
import { signedCharter, testAlliance } from '../support/alliance.ts'

it('a charter that asks for two-key acts is refused, until they are honoured', async () => {
  const alliance = await testAlliance(['us'])
  const [member] = alliance.charter.members
  if (member === undefined) throw new TypeError('no member')
  const logs = member.logs.map((log) => ({ ...log, twoKeys: [{ act: 'issue', fromIndex: 0 }] }))
  const terms = { ...alliance.charter, members: [{ ...member, logs }] }
  const file = await signedCharter(terms, [alliance.node('us').keys.root])
  expect(parseCharter(file)).toMatchObject({ ok: false, code: 'ERR_CHARTER_RULE' })
  alliance.close()
})
