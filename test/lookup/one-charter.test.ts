// An answer comes from one charter: what was read across the adoption of another is read again (design: protocol 1.9 "one switch").
import { expect, it } from 'vitest'
import { type LookupContext, underOneCharter } from '../../src/lookup/context.ts'

const under = (n: number) => ({ charter: { n } }) as LookupContext

it('an answer that a new charter interrupts is given again, from the new one', async () => {
  let n = 1
  const readings: number[] = []
  const answered = await underOneCharter(
    async () => under(n),
    async (ctx) => {
      readings.push(ctx.charter.n)
      if (n === 1) n = 2
      return ctx.charter.n
    },
  )
  expect([answered, readings]).toEqual([2, [1, 2]])
})

it('a failure over rows that changed under it is no answer, one that stays is', async () => {
  let n = 1
  const once = underOneCharter(
    async () => under(n),
    async () => {
      if (n === 2) return 'fine'
      n = 2
      throw new Error('half of each')
    },
  )
  await expect(once).resolves.toBe('fine')
  const always = underOneCharter(
    async () => under(1),
    () => Promise.reject(new Error('ours')),
  )
  await expect(always).rejects.toThrow('ours')
})
