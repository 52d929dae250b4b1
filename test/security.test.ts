// SECURITY.md is held to its word: every attack of the catalogue has a row, and every test a row names is there.
import { existsSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const ROOT = new URL('../', import.meta.url)
/** Attacks of the catalogue. */
const NUMBERS = Array.from({ length: 38 }, (_, at) => at + 1)
const NAMED = /`(test\/[^`]+\.test\.ts)`((?: "(?:[^"\\]|\\.)+")+)/g

const rows = readFileSync(new URL('SECURITY.md', ROOT), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| ') && line.includes('`test/'))
const numbered = rows.filter((row) => /^\| \d+ \|/.test(row))

/** The tests that a row names, as file and the parts of the name. */
function testsOf(row: string): { file: string; parts: string[] }[] {
  return [...row.matchAll(NAMED)].flatMap(([, file = '', names = '']) =>
    [...names.matchAll(/"((?:[^"\\]|\\.)+)"/g)].map(([, name = '']) => ({
      file,
      parts: name.replaceAll('\\"', '"').split(' > '),
    })),
  )
}

/** True when the source has a group or test of this name: a text that is the first argument of a call. */
function isNamedIn(source: string, name: string): boolean {
  const escaped = name.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`\\(\\s*(['"\`])${escaped}\\1,`).test(source)
}

it('has a row for every attack of the catalogue, in order', () => {
  const found = numbered.map((row) => Number(/^\| (\d+) \|/.exec(row)?.[1]))
  expect(found.filter((number) => number <= NUMBERS.length)).toEqual(NUMBERS)
})

it.each(rows.map((row) => [row.split('|')[1]?.trim(), row.split('|')[2]?.trim(), row]))(
  'the tests of row %s (%s) are there',
  (_number, _attack, row) => {
    const tests = testsOf(row ?? '')
    expect(tests.length).toBeGreaterThan(0)
    const missing = tests.filter(({ file, parts }) => {
      const path = new URL(file, ROOT)
      if (!existsSync(path)) return true
      const source = readFileSync(path, 'utf8')
      return !parts.every((part) => isNamedIn(source, part))
    })
    expect(missing).toEqual([])
  },
)

it('names no test in a way that this check cannot read', () => {
  for (const row of rows) {
    const files = row.match(/`test\/[^`]+`/g) ?? []
    expect(testsOf(row).length).toBeGreaterThanOrEqual(files.length)
    expect([...row.matchAll(NAMED)]).toHaveLength(files.length)
  }
})
