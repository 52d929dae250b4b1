import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { DateAt, Header } from '../../src/decision/schema.ts'
import {
  date,
  issue,
  ORDER,
  product,
  rule,
  type TestCatalogue,
  testCatalogue,
} from '../support/catalogue.ts'
import { type Site, testSite, textOf } from './site.ts'

const GTIN = { q: '9520001000010' }
const JP = 'jp/tk-17/suspension'
const until = (on: string): DateAt => date(on, 'end')
const desk: Header['action'] = {
  kind: 'exclude',
  contact: {
    desk: 'Exclusion order desk',
    phone: '+1 555 0100',
    hours: 'Mon-Fri 08:00-18:00',
    time_zone: 'America/New_York',
  },
}
let catalogue: TestCatalogue
let site: Site
beforeEach(async () => {
  catalogue = await testCatalogue({ markets: ['us', 'jp', 'kr'] })
  site = testSite(catalogue)
})
afterEach(() => catalogue.close())

describe('the card', () => {
  it('leads with the instruction here, then the verdict with where it was decided', async () => {
    await catalogue.publish('us', issue(ORDER, { header: { action: desk } }))
    const page = await site.ask(GTIN)
    expect(page).toMatch(/<h1 id="headline">Hold and call Exclusion order desk<\/h1>/)
    expect(textOf(page)).toMatch(
      /What to do in United States \(us\) Hold and call .* Blocked in United States \(us\)/,
    )
    expect(page.match(/<h1/g)).toHaveLength(1)
  })

  it('admits under bond while the order is under review, with the days left', async () => {
    const header: Partial<Header> = {
      review_ends_on: until('2026-12-03'),
      action: { kind: 'exclude', bond: { kind: 'percent', amount: '50' } },
    }
    await catalogue.publish('us', issue(ORDER, { header }))
    const text = textOf(await site.ask(GTIN))
    expect(text).toContain('Admit under bond, 50 %, until 3 December 2026')
    expect(text).toContain('50 % of the entered value')
    expect(text).toContain('Last day of entry under bond: 3 December 2026 (11 days left)')
  })

  it("does not admit under another market's bond", async () => {
    const header: Partial<Header> = {
      review_ends_on: until('2026-12-03'),
      action: { kind: 'exclude', bond: { kind: 'percent', amount: '50' } },
    }
    await catalogue.publish('jp', issue(JP, { header }))
    const from = date('2026-02-01')
    await catalogue.publish('us', { act: 'respond', decision: JP, effect: 'enforce', from })
    const text = textOf(await site.ask(GTIN))
    expect(text).toContain('Hold and call your exclusion desk')
    expect(text).toContain('These are the terms of the market that issued the order.')
  })

  it('says that nothing is to be done here, and steps back in colour', async () => {
    await catalogue.publish('jp', issue(JP))
    await catalogue.publish('us', {
      act: 'notice',
      kind: 'effect_rules',
      rules: [{ market: '*', ground: '*', effect: 'inform' }],
    })
    const page = await site.ask(GTIN)
    expect(page).toContain('class="card tone-blocked card-quiet"')
    expect(page).toContain('<h1 id="headline">Blocked in Japan. No action here</h1>')
    expect(page).toContain('<li>Shown in 3 markets</li><li>Acted on in 2</li>')
  })

  it('says whom to call, in local hours, and what to quote', async () => {
    await catalogue.publish('us', issue(ORDER, { header: { action: desk } }))
    const page = await site.ask(GTIN)
    expect(page).toContain('<a href="tel:+15550100">+1 555 0100</a>')
    const text = textOf(page)
    expect(text).toContain('Mon-Fri 08:00-18:00, local time (America/New_York)')
    expect(text).toContain('There it is now Monday 07:00.')
    expect(text).toContain(`Quote ${ORDER}`)
  })

  it('asks for the missing fact and keeps the question', async () => {
    const goods = product({ decided_by: ['firmware'], firmware: { to: '2.9' } })
    await catalogue.publish('us', issue(ORDER, { products: [goods] }))
    const page = await site.ask(GTIN)
    expect(page).toContain('<h1 id="headline">Examine before release</h1>')
    expect(page).toMatch(/class="ask".*name="q" value="9520001000010".*name="firmware"/s)
    expect(textOf(await site.ask({ ...GTIN, firmware: '2.1' }))).toContain('Blocked in')
  })

  it('shows an exception as one', async () => {
    const out = rule({ number: 'R-7', scope: 'out', product: { pid: 'wx-20' } })
    await catalogue.publish('us', issue(), out)
    const text = textOf(await site.ask(GTIN))
    expect(text).toContain('No action here: an exception applies')
    expect(text).toContain('Rulings, newest first 4 May 2026: out of scope, R-7.')
  })

  it('compares the goods where only an order was named', async () => {
    await catalogue.publish('us', issue())
    const page = await site.ask({ q: '337-TA-9001' })
    expect(page).toContain('<h1 id="headline">Compare the goods with this order</h1>')
  })

  it('never calls goods cleared that are not listed', async () => {
    const page = await site.ask(GTIN)
    expect(page).toContain('class="card tone-not_listed"')
    const text = textOf(page)
    expect(text).toContain('Not being listed is not a clearance')
    expect(text).not.toMatch(/cleared/i)
  })

  it('cannot say while a feed is stale, and names it with its age', async () => {
    await catalogue.setFeed('kr', { merged_stamp: Date.UTC(2026, 10, 23, 7) / 1000 })
    const page = await site.ask(GTIN)
    expect(page).toContain('class="card tone-cannot_say"')
    const text = textOf(page)
    expect(text).toContain('2 of 3 markets are fresh.')
    expect(text).toContain('South Korea (kr): Stale, last heard 5 hours ago')
    expect(text).toContain('Japan (jp): Fresh, last heard 1 minute ago')
  })

  it('tells the reader of a screen the verdict and both counts at once', async () => {
    await catalogue.publish('us', issue())
    const page = await site.ask(GTIN)
    expect(page).toContain('aria-describedby="spoken"')
    expect(page).toMatch(
      /<p role="status"[^>]*id="spoken">[^<]*Blocked in United States\. Shown in 3 markets\. Acted on in 3\.<\/p>/,
    )
    expect(page).toContain('<title>Blocked: 9520001000010 – Portcullis</title>')
  })
})

describe('a matched decision', () => {
  it('is announced loudly unless it is an official record', async () => {
    const header: Partial<Header> = { record: 'reconstruction', confidence: 'medium' }
    await catalogue.publish('us', issue(ORDER, { header }))
    const said =
      "Reconstruction from public sources, confidence medium. Not the authority's own record."
    expect(textOf(await site.ask(GTIN)).split(said)).toHaveLength(3)
  })

  it('says which market a record comes from where they differ', async () => {
    await catalogue.publish('us', issue(ORDER, { header: { record: 'official' } }))
    await catalogue.publish('jp', issue(JP))
    expect(textOf(await site.ask(GTIN))).toContain('Japan: Illustrative: invented')
  })

  it('shows what was given beside what the order lists', async () => {
    await catalogue.publish('us', issue())
    const text = textOf(await site.ask({ gtin: '9520001000010', brand: 'Someone Else' }))
    expect(text).toContain('Barcode (GTIN) 09520001000010 09520001000010 agrees')
    expect(text).toContain('Brand Someone Else Brambleford differs')
  })

  it('keeps foreign words in their language', async () => {
    const header: Partial<Header> = {
      wording: { kind: 'verbatim', text: '携帯型気象観測装置', lang: 'ja' },
    }
    const goods = product({ description: [{ text: '折りたたみ式', lang: 'ja' }] })
    await catalogue.publish('jp', issue(JP, { header, products: [goods] }))
    const page = await site.ask(GTIN)
    expect(page).toContain('<blockquote class="wording" lang="ja" dir="auto">')
    expect(page).toContain('<p lang="ja" dir="auto">折りたたみ式</p>')
    expect(textOf(page)).toContain("In the authority's own words, in Japanese.")
  })

  it('stands under its own heading and instructs nothing when it is not in force', async () => {
    const header: Partial<Header> = { expires_on: until('2026-08-31'), action: desk }
    await catalogue.publish('us', issue(ORDER, { header }))
    const text = textOf(await site.ask(GTIN))
    expect(text).toMatch(/Matches that are not in force .* Not in force Certain Pocket/)
    expect(text).toContain('Expired.')
    expect(text).not.toContain('Effect here')
  })

  it('cannot smuggle markup or scripts into the page', async () => {
    const header: Partial<Header> = {
      title: '<script>alert(1)</script>',
      official_text: { citation: 'Register', url: 'javascript://x/%0aalert(1)' },
      action: { contact: { desk: '"><img src=x>', phone: '1" onclick="x' } },
    }
    await catalogue.publish('us', issue(ORDER, { header }))
    const page = await site.ask(GTIN)
    expect(page).toContain('&lt;script&gt;alert(1)')
    expect(page).not.toMatch(/<script|<img|javascript:|" onclick/)
  })
})

describe('the question', () => {
  it('leaves the box empty for the next scan, and offers to change what was asked', async () => {
    const page = await site.ask({ q: 'A & B' })
    expect(page).toContain('name="q" type="search" value=""')
    expect(page).toContain('href="/?edit=1&amp;q=A+%26+B"')
    expect(await site.ask({ edit: '1', q: 'A & B' })).toContain('type="search" value="A &amp; B"')
  })

  it('is changed field by field where fields were filled in', async () => {
    const page = await site.ask({ edit: '1', q: 'WX', brand: 'Brambleford' })
    expect(page).toContain('<details open>')
    expect(page).toContain('id="f-q" name="q" value="WX"')
    expect(page).toContain('id="f-brand" name="brand" value="Brambleford"')
  })

  it('has an address that holds only what was asked', async () => {
    const response = await site.routes.request('/?q=&brand=Brambleford&model=+&on=')
    expect(response.status).toBe(303)
    expect(response.headers.get('location')).toBe('/?brand=Brambleford')
  })

  it('says how it was read and links the other readings', async () => {
    const page = await site.ask({ q: '90258000', on: '2026-11-01' })
    expect(textOf(page)).toContain('as of 1 November 2026')
    expect(page).toMatch(/<a href="\/\?[^"]*on=2026-11-01">As [^<]+: not listed<\/a>/)
  })

  it('teaches with examples that exist here', async () => {
    await catalogue.publish('us', issue())
    const page = await site.page('/')
    for (const q of ['Brambleford+WX-2000', '9520001000010', '337-TA-9001']) {
      expect(page).toContain(`<a href="/?q=${q}">`)
    }
    expect(page).toContain('<p role="status" class="unseen"></p>')
    expect(page).toMatch(/<input id="q"[^>]* autofocus/)
  })
})
