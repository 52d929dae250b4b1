// Which two-key rules a charter may hold (design: protocol 1.9).
import { describe, expect, it } from 'vitest'
import { parseCharter } from '../../src/charter/charter.ts'
import type { MemberLog } from '../../src/charter/schema.ts'
import { signedCharter, testAlliance } from '../support/alliance.ts'

async function parsedWith(twoKeys: MemberLog['twoKeys']) {
  const alliance = await testAlliance(['us'])
  const { root } = alliance.node('us').keys
  const members = alliance.charter.members.map((member) => ({
    ...member,
    logs: member.logs.map((log) => ({ ...log, twoKeys })),
  }))
  const file = await signedCharter({ ...alliance.charter, members }, [root])
  alliance.close()
  return parseCharter(file)
}

describe('a charter', () => {
  it('may ask two keys of everything that changes something', async () => {
    const kinds = ['issue', 'rescind', 'respond', 'notice/effect_rules', 'notice/bulk']
    const rules = kinds.map((act, fromIndex) => ({ act, fromIndex }))
    expect(await parsedWith(rules)).toMatchObject({ ok: true })
  })

  it.each(['endorse', 'info', 'notice/charter', 'notice/key', 'pardon'])(
    'is refused where it asks two keys of %s, which would wait for ever or means nothing',
    async (act) => {
      const parsed = await parsedWith([{ act, fromIndex: 0 }])
      expect(parsed).toMatchObject({ ok: false, code: 'ERR_CHARTER_RULE' })
    },
  )

  it('is refused where it names a kind twice', async () => {
    const act = 'issue'
    const parsed = await parsedWith([
      { act, fromIndex: 0 },
      { act, fromIndex: 9 },
    ])
    expect(parsed).toMatchObject({ ok: false, code: 'ERR_CHARTER_RULE' })
  })
})
