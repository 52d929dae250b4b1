import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import {
  boundaryDay,
  dayIn,
  isRealDay,
  isTimeZone,
  nextDay,
  resolveDate,
  startOfDay,
} from '../../src/decision/date.ts'

const iso = (seconds: number | null) =>
  seconds === null ? null : new Date(seconds * 1000).toISOString().slice(0, 19)

describe('the first second of a day', () => {
  test.each([
    ['2026-02-11', 'UTC', '2026-02-11T00:00:00'],
    ['2023-10-26', 'America/New_York', '2023-10-26T04:00:00'],
    ['2023-12-26', 'America/New_York', '2023-12-26T05:00:00'],
    ['2026-02-11', 'Asia/Seoul', '2026-02-10T15:00:00'],
    ['2024-01-01', 'Asia/Kolkata', '2023-12-31T18:30:00'],
    ['2024-01-01', 'Asia/Kathmandu', '2023-12-31T18:15:00'],
    ['2024-01-01', 'Pacific/Kiritimati', '2023-12-31T10:00:00'],
    ['2024-01-01', 'Etc/GMT+12', '2024-01-01T12:00:00'],
    ['1970-01-01', 'America/New_York', '1970-01-01T05:00:00'],
  ])('of %s in %s is %sZ', (on, zone, expected) => {
    expect(iso(startOfDay(on, zone))).toBe(expected)
  })

  test.each([
    ['midnight is skipped', '2018-11-04', 'America/Sao_Paulo', '2018-11-04T03:00:00'],
    ['midnight is skipped, once more', '2024-09-08', 'America/Santiago', '2024-09-08T04:00:00'],
    ['midnight is skipped on a Sunday', '2024-03-31', 'Asia/Beirut', '2024-03-30T22:00:00'],
    ['midnight comes twice', '2010-11-07', 'America/St_Johns', '2010-11-07T02:30:00'],
    [
      'the hour before midnight comes twice',
      '2018-02-18',
      'America/Sao_Paulo',
      '2018-02-18T03:00:00',
    ],
    ['the whole day is skipped', '2011-12-30', 'Pacific/Apia', '2011-12-30T10:00:00'],
    ['the offset has seconds', '1972-01-07', 'Africa/Monrovia', '1972-01-07T00:44:30'],
  ])('is right where %s', (_, on, zone, expected) => {
    expect(iso(startOfDay(on, zone))).toBe(expected)
  })

  it('is on that day, and the second before is not', () => {
    const zones = ['Europe/Berlin', 'America/Havana', 'Asia/Tehran', 'Australia/Lord_Howe', 'UTC']
    const day = fc.date({
      min: new Date('1971-01-01'),
      max: new Date('2100-01-01'),
      noInvalidDate: true,
    })
    fc.assert(
      fc.property(fc.constantFrom(...zones), day, (zone, date) => {
        const on = date.toISOString().slice(0, 10)
        const at = startOfDay(on, zone) ?? Number.NaN
        expect(dayIn(zone, at)).toBe(on)
        expect((dayIn(zone, at - 1) ?? '') < on).toBe(true)
      }),
      { numRuns: 200 },
    )
  })

  it('is null for a day that is not real, an unknown zone, and a moment before 1970', () => {
    expect(startOfDay('2023-02-29', 'UTC')).toBeNull()
    expect(startOfDay('2023-02-28', 'Mars/Olympus')).toBeNull()
    expect(startOfDay('1970-01-01', 'Europe/Berlin')).toBeNull()
  })
})

describe('the day of a moment', () => {
  it('is null where a stranger gave a zone or a second that cannot be', () => {
    expect(dayIn('Mars/Olympus', 0)).toBeNull()
    expect(dayIn('UTC', Number.MAX_SAFE_INTEGER)).toBeNull()
    expect(dayIn('UTC', -1)).toBeNull()
    expect(dayIn('UTC', Number.NaN)).toBeNull()
  })
})

describe('time zones', () => {
  test.each([
    'UTC',
    'Asia/Kolkata',
    'Asia/Calcutta',
    'America/Argentina/Buenos_Aires',
    'Etc/GMT+5',
  ])('%s is one', (zone) => expect(isTimeZone(zone)).toBe(true))
  test.each(['EST', 'CET', '+09:00', 'america/new_york', 'America/New York', 'Mars/Olympus', ''])(
    '%j is none',
    (zone) => expect(isTimeZone(zone)).toBe(false),
  )
})

describe('days of the calendar', () => {
  it('knows leap years and month lengths', () => {
    expect(['2024-02-29', '2000-02-29', '2026-12-31'].filter(isRealDay)).toHaveLength(3)
    expect(
      ['2023-02-29', '1900-02-29', '2026-02-31', '2026-04-31', '2026-1-1'].filter(isRealDay),
    ).toEqual([])
  })

  it('goes from the last of a month to the first of the next', () => {
    expect(nextDay('2024-02-28')).toBe('2024-02-29')
    expect(nextDay('2026-12-31')).toBe('2027-01-01')
    expect(nextDay('9999-12-31')).toBeNull()
  })

  it('takes the first of a month or year for starts and the last for ends', () => {
    expect(boundaryDay('2024-02', 'start')).toBe('2024-02-01')
    expect(boundaryDay('2024-02', 'inclusive_end')).toBe('2024-02-29')
    expect(boundaryDay('2024', 'start')).toBe('2024-01-01')
    expect(boundaryDay('2024', 'inclusive_end')).toBe('2024-12-31')
    expect(boundaryDay('2024-13', 'start')).toBeNull()
  })
})

describe('a date as an agency writes it', () => {
  const seoul = (text: string) => Date.parse(`${text}+09:00`) / 1000

  it('starts with the first second of its day', () => {
    const at = seoul('2023-10-26T00:00:00')
    expect(resolveDate('2023-10-26', 'start', 'Asia/Seoul')).toEqual({
      on: '2023-10-26',
      precision: 'day',
      at,
    })
  })

  it('ends with the first second after its last day', () => {
    const at = seoul('2023-11-01T00:00:00')
    expect(resolveDate('2023-10', 'inclusive_end', 'Asia/Seoul')).toEqual({
      on: '2023-10-31',
      precision: 'month',
      at,
    })
  })

  it('may be a bare year, which YAML reads as a number', () => {
    const at = seoul('2024-01-01T00:00:00')
    expect(resolveDate(2023, 'inclusive_end', 'Asia/Seoul')).toEqual({
      on: '2023-12-31',
      precision: 'year',
      at,
    })
  })

  it('may say its own precision', () => {
    const at = seoul('2023-10-31T00:00:00')
    const written = { on: '2023-10-31', precision: 'by' }
    expect(resolveDate(written, 'start', 'Asia/Seoul')).toEqual({ ...written, at })
  })

  test.each([
    '2023-02-31',
    '26.10.2023',
    '23-10-26',
    '',
    null,
    undefined,
    20231026,
    { on: '2023-10', precision: 'by' },
    { on: '2023-10-31', precision: 'about' },
    { on: '2023-10-31' },
    { on: '2023-10-31', precision: 'day', at: 0 },
    ['2023-10-31'],
  ])('%j is none', (written) => {
    expect(resolveDate(written, 'start', 'Asia/Seoul')).toBeNull()
  })
})
