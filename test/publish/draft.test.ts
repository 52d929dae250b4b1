import { describe, expect, it } from 'vitest'
import { MAX_DRAFT_BYTES, parseDraft } from '../../src/publish/draft.ts'
import { admitDraft } from '../../src/publish/draft-admission.ts'
import { fillDraft } from '../../src/publish/draft-dates.ts'

const FILE = { fileName: 'order.yaml' }
const parsed = (text: string) => {
  const result = parseDraft(text, FILE)
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  return result
}
const problemsOf = (text: string) => {
  const result = parseDraft(text, FILE)
  return result.ok ? [] : result.problems.map(({ code, at }) => `${code} ${at}`)
}
const at = (iso: string) => Date.parse(iso) / 1000
const filled = (text: string, zones = {}) =>
  fillDraft(parsed(text).draft, { zoneHere: 'America/New_York', ...zones })

describe('reading a file of acts', () => {
  it('reads YAML and JSON, tabs and all, to the same draft', () => {
    const yaml = 'decision: us/x\nacts:\n  - act: annul\n    reason: { code: error }\n'
    const draft = { decision: 'us/x', acts: [{ act: 'annul', reason: { code: 'error' } }] }
    expect(parsed(JSON.stringify(draft, null, '\t')).draft).toEqual(parsed(yaml).draft)
    expect(parsed(yaml).draft).toEqual({ ...draft, timeZone: null })
  })

  it('leaves words of old YAML alone: no is Norway, on is a member', () => {
    const { draft } = parsed('acts:\n  - { act: info/x, country: no, on: 2026-01-31, at: 12:30 }')
    expect(draft.acts).toEqual([{ act: 'info/x', country: 'no', on: '2026-01-31', at: '12:30' }])
  })

  it('says in which line a syntax fault stands', () => {
    const result = parseDraft('decision: us/x\nacts:\n  - act: "annul\n', FILE)
    expect(result.ok ? '' : result.problems[0]?.message).toMatch(/^order\.yaml:\d+:\d+: /)
  })

  it('finds the line of a problem, or of what stands around it', () => {
    const { lineOf } = parsed(
      'decision: us/x\nacts:\n  - act: issue\n    header:\n      title: T\n',
    )
    expect(lineOf('/acts/0/header/title')).toBe(5)
    expect(lineOf('/acts/0/header/record')).toBe(5)
    expect(lineOf('/acts/0/products')).toBe(3)
    expect(lineOf('/nowhere')).toBe(1)
  })

  it('refuses what is too large before parsing it', () => {
    const text = `acts: [${' '.repeat(MAX_DRAFT_BYTES)}]`
    expect(problemsOf(text)).toEqual(['ERR_DRAFT_TOO_LARGE '])
  })

  it('refuses nesting without end instead of overflowing', () => {
    expect(problemsOf('['.repeat(200_000))).toContain('ERR_DRAFT_SYNTAX ')
  })

  it('refuses what is no file of acts', () => {
    expect(problemsOf('')).toEqual(['ERR_DRAFT_SYNTAX '])
    expect(problemsOf('- act: issue')).toEqual(['ERR_ADMIT_SHAPE '])
    expect(problemsOf('acts: 7')).toEqual(['ERR_ADMIT_SHAPE /acts'])
    expect(problemsOf('acts: [7]')).toEqual(['ERR_ADMIT_SHAPE /acts/0'])
    expect(problemsOf('acts: [{}]')).toEqual(['ERR_ADMIT_MISSING /acts/0/act'])
    expect(problemsOf('decision: [us]\nacts: [{ act: annul }]')).toEqual([
      'ERR_ADMIT_SHAPE /decision',
    ])
    expect(problemsOf('__proto__: { a: 1 }\nacts: [{ act: info/x }]')).toEqual([
      'ERR_ADMIT_UNKNOWN_MEMBER /__proto__',
    ])
  })
})

describe('filling in dates', () => {
  const issue = `
decision: kr/x
acts:
  - act: issue
    header:
      time_zone: Asia/Seoul
      issued_on: 2026-01-15
      starts_on: 2026
      expires_on: { open: true, reason: none }
      carve_outs: [{ from: 2026-02, to: 2026-02 }]
  - act: suspend
    from: { on: 2026-03-01, precision: by }
`

  it('reads them in the zone of the header, also for the acts after it', () => {
    const { acts } = filled(issue)
    expect(acts[0]?.header).toMatchObject({
      issued_on: { on: '2026-01-15', precision: 'day', at: at('2026-01-15T00:00+09:00') },
      starts_on: { on: '2026-01-01', precision: 'year', at: at('2026-01-01T00:00+09:00') },
      expires_on: { open: true, reason: 'none' },
      carve_outs: [
        {
          from: { on: '2026-02-01', precision: 'month', at: at('2026-02-01T00:00+09:00') },
          to: { on: '2026-02-28', precision: 'month', at: at('2026-03-01T00:00+09:00') },
        },
      ],
    })
    expect(acts[1]?.from).toEqual({
      on: '2026-03-01',
      precision: 'by',
      at: at('2026-03-01T00:00+09:00'),
    })
  })

  it('leaves the draft as it was', () => {
    const { draft } = parsed(issue)
    const before = structuredClone(draft)
    fillDraft(draft, { zoneHere: 'UTC' })
    expect(draft).toEqual(before)
  })

  it('reads acts about a known decision in its zone', () => {
    const text = 'decision: us/x\nacts: [{ act: resume, from: 2026-03-01 }]'
    const { acts } = filled(text, { zoneOf: 'America/Chicago' })
    expect(acts[0]?.from).toMatchObject({ at: at('2026-03-01T00:00-06:00') })
  })

  it('reads responses and notices in the zone of the file, or here', () => {
    const respond = 'acts: [{ act: respond, effect: null, from: 2026-03-01 }]\ndecision: jp/x'
    expect(filled(respond).acts[0]?.from).toMatchObject({ at: at('2026-03-01T00:00-05:00') })
    const elsewhere = `${respond}\ntime_zone: Pacific/Honolulu`
    expect(filled(elsewhere).acts[0]?.from).toMatchObject({ at: at('2026-03-01T00:00-10:00') })
    const bulk = 'acts: [{ act: notice, kind: bulk, adds: 1, lifts: 0, until: 2026-03-01 }]'
    expect(filled(bulk).acts[0]?.until).toMatchObject({ at: at('2026-03-02T00:00-05:00') })
  })

  it('gives the decision of the file to the acts that have one', () => {
    const text =
      'decision: us/x\nacts: [{ act: annul }, { act: endorse, entry: x }, { act: info/x }]'
    expect(filled(text).acts.map(({ decision }) => decision)).toEqual(['us/x', null, null])
  })

  it('does not touch members of info acts that look like dates', () => {
    expect(filled('acts: [{ act: info/x, from: 2026-03-01 }]').acts[0]?.from).toBe('2026-03-01')
  })
})

describe('admitting a file of acts', () => {
  it('says what is wrong with dates and with all else together, each once', () => {
    const text = `
decision: us/x
acts:
  - act: rescind
    from: 2026-02-30
  - act: annul
    reason: { code: eror }
`
    const result = admitDraft(text, { ...FILE, market: 'us', zoneHere: 'UTC' })
    expect(
      result.ok ? [] : result.problems.map(({ code, at: place }) => `${code} ${place}`),
    ).toEqual([
      'ERR_ADMIT_TIME_ZONE /time_zone',
      'ERR_ADMIT_DATE /acts/0/from',
      'ERR_ADMIT_MISSING /acts/0/reason',
      'ERR_ADMIT_SHAPE /acts/1/reason/code',
    ])
  })
})
