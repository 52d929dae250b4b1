// `portcullis screen` as people run it: against a directory and a running node, resumed after SIGKILL, exit codes, what it prints.
import { existsSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Summary } from '../../src/screening/summary.ts'
import {
  LONG_MS,
  NEVER,
  portcullis,
  type RealAlliance,
  realAlliance,
} from '../support/processes.ts'
import { GTIN } from '../support/running.ts'
import { killHalfWay } from '../support/screen-process.ts'

let alliance: RealAlliance
let dir: string
beforeAll(async () => {
  alliance = await realAlliance(['us', 'jp'], NEVER)
  dir = alliance.dir('us')
  await alliance.publish('us', 'one')
}, LONG_MS)
afterAll(() => alliance.close())

const SMALL = `EAN code,Goods,Qty\n${GTIN},drill,=2\n4006381333948,pens,3\n,,1\n`
const screen = (...args: string[]) => portcullis(['screen', ...args])
const kept = async () =>
  (await alliance.run<{ kept: Summary[] }>('screenings', '--dir', dir)).kept.map(
    ({ name, state }) => [name, state],
  )

describe('screen', () => {
  it('writes the file marked up beside it, and says in a few lines what was read, found and is to do', async () => {
    const file = alliance.write('may.csv', SMALL)
    const { exit, out, errors } = await screen(file, '--dir', dir)
    expect({ exit, errors }).toEqual({ exit: 0, errors: '' })
    const written = alliance.path('may.screened.csv')
    expect(out.trimEnd().split('\n')).toEqual([
      'Read as CSV, utf-8 (plain ASCII).',
      'Asks gtin from "EAN code", text from "Goods".',
      '3 lines: 1 blocked, 0 with an exception, 0 possible, 2 cannot be said, 0 not listed.',
      'Not fresh: jp.',
      `Written: ${written}`,
      `Next: open ${written} and look at what is blocked, excepted or possible (lines: 1).`,
    ])
    const lines = readFileSync(written, 'utf8').split('\r\n')
    expect(lines[1]).toMatch(new RegExp(`^${GTIN},drill,'=2,blocked,A,1,us/one,Blocked: us\\.`))
    expect(lines[2]).toMatch(
      /^4006381333948,pens,3,cannot_say,,,,Not listed in 1 of 2; jp never loaded/,
    )
    expect(lines[3]).toMatch(/^,,1,cannot_say,,,,This line names nothing to look up/)
  })

  it('screens the same file again from what it kept, and takes what was mapped before', async () => {
    const file = alliance.write('again.csv', 'Nr,Ware\n4006381333948,x\n')
    const first = await alliance.run<Summary>(
      'screen',
      file,
      '--dir',
      dir,
      '--map',
      'gtin=Nr',
      '--map',
      'none=Ware',
    )
    const second = await alliance.run<Summary>('screen', file, '--dir', dir)
    expect(second.id).toBe(first.id)
    const other = alliance.write('other.csv', 'Nr,Ware\n4006381333955,x\n')
    const third = await alliance.run<Summary>('screen', other, '--dir', dir)
    expect(third).toMatchObject({
      mapping_remembered: true,
      columns: [{ feeds: 'gtin' }, { feeds: null }],
    })
  })

  it('says how it would read a file and keeps nothing of it', async () => {
    const before = await kept()
    const file = alliance.write('dry.csv', SMALL)
    const { exit, out } = await screen(
      file,
      '--dir',
      dir,
      '--dry-run',
      '--encoding',
      'windows-1252',
    )
    expect(exit).toBe(0)
    expect(out).toContain('Read as CSV, windows-1252 (as chosen).')
    expect(out).toContain('Next: the same command without --dry-run.')
    expect(await kept()).toEqual(before)
    expect(existsSync(alliance.path('dry.screened.csv'))).toBe(false)
  })

  it('gives receipts that anybody checks offline', async () => {
    const file = alliance.write('receipts.csv', `EAN\n${GTIN}\n`)
    // This node signs once another has said what it knows of it.
    await alliance.start('jp')
    await alliance.run('screen', file, '--dir', dir, '--receipts')
    await alliance.stop('jp')
    const [, line = ''] = readFileSync(alliance.path('receipts.screened.csv'), 'utf8').split('\r\n')
    const receipt = alliance.write('receipt.jws', `${line.split(',').at(-1)}\n`)
    const { exit, out } = await portcullis([
      'verify',
      receipt,
      '--charter',
      alliance.path('charter-1.json'),
    ])
    expect({ exit, out }).toEqual({
      exit: 0,
      out: expect.stringContaining('Verified: signed by the node of us'),
    })
  })

  it('fails with a code, a cure and an exit code that fit', async () => {
    const empty = alliance.write('empty.csv', '')
    const numbers = alliance.write('numbers.csv', 'Qty,Weight\n1,2\n')
    const ends = async (...args: string[]) => {
      const { exit, errors } = await screen(...args)
      return [exit, errors.split(':')[0], /Cure: /.test(errors)]
    }
    expect(await ends(alliance.path('nowhere.csv'), '--dir', dir)).toEqual([
      1,
      'ERR_FILE_UNREADABLE',
      true,
    ])
    expect(await ends(empty, '--dir', dir)).toEqual([1, 'ERR_SCREENING_EMPTY', true])
    expect(await ends(numbers, '--dir', dir)).toEqual([1, 'ERR_SCREENING_UNMAPPED', true])
    expect(await ends(numbers)).toEqual([2, 'ERR_USAGE', false])
    expect((await ends(numbers, '--dir', dir, '--encoding', 'klingon'))[0]).toBe(2)
    expect(
      (await kept()).filter(([name]) => name === 'empty.csv' || name === 'numbers.csv'),
    ).toEqual([])
  })

  it(
    'goes on where it was killed, and the result is the one of a run that nobody killed',
    async () => {
      const lines = Array.from({ length: 60_000 }, (_, i) => {
        const gtin = i % 1000 === 7 ? GTIN : ''
        return `${gtin},,${i}`
      })
      const file = alliance.write('long.csv', `EAN,Brand,Qty\n${lines.join('\n')}\n`)
      const reached = await killHalfWay(dir, [file])
      expect(reached).toBeLessThan(60_000)
      const part = alliance.path('long.screened.csv')
      expect(existsSync(part)).toBe(false)
      await alliance.run('screen', file, '--dir', dir)
      const resumed = readFileSync(part)
      await alliance.run('screenings', '--dir', dir, '--forget-all')
      await alliance.run('screen', file, '--dir', dir)
      expect(readFileSync(part).equals(resumed)).toBe(true)
      expect(resumed.toString().match(/,blocked,/g)).toHaveLength(60)
    },
    LONG_MS,
  )
})

describe('screen --url', () => {
  it(
    'sends the file to a running node, which screens it and gives the same file back',
    async () => {
      const file = alliance.write('url.csv', SMALL)
      await alliance.run('screen', file, '--dir', dir, '--out', alliance.path('here.csv'))
      await alliance.start('us')
      const there = await alliance.run<Summary>(
        'screen',
        file,
        '--url',
        alliance.url('us'),
        '--out',
        alliance.path('there.csv'),
      )
      expect(there).toMatchObject({ state: 'done', counts: { lines: 3, blocked: 1 } })
      const column = (name: string) =>
        readFileSync(alliance.path(name), 'utf8')
          .split('\r\n')
          .map((line) => line.split(',').slice(0, 7))
      expect(column('there.csv')).toEqual(column('here.csv'))
      await alliance.stop('us')
      const { exit, errors } = await screen(file, '--url', 'http://127.0.0.1:9')
      expect({ exit, code: errors.split(':')[0] }).toEqual({
        exit: 1,
        code: 'ERR_PEER_UNREACHABLE',
      })
    },
    LONG_MS,
  )
})

describe('screenings', () => {
  it('lists what is kept and forgets it', async () => {
    await screen(alliance.write('gone.csv', SMALL), '--dir', dir)
    const before = await kept()
    expect(before.length).toBeGreaterThan(0)
    const { exit, errors } = await portcullis(['screenings', '--dir', dir, '--forget', 'nothing'])
    expect({ exit, code: errors.split(':')[0] }).toEqual({ exit: 1, code: 'ERR_SCREENING_UNKNOWN' })
    const { out } = await portcullis(['screenings', '--dir', dir, '--forget-all'])
    expect(out).toContain(`Forgotten: ${before.length}.`)
    expect(await kept()).toEqual([])
  })
})
