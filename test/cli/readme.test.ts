// Every command and flag that the README tells people to type is one that a command has.
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const ROOT = new URL('../../', import.meta.url)
const README = readFileSync(new URL('README.md', ROOT), 'utf8').replaceAll('\\\n', ' ')
const SOURCES = readdirSync(new URL('src/cli/', ROOT))
  .map((file) => readFileSync(new URL(`src/cli/${file}`, ROOT), 'utf8'))
  .join('\n')
const COMMANDS = new Set([...SOURCES.matchAll(/Command\(\s*'([a-z-]+)/g)].map(([, name]) => name))
const FLAGS = new Set([...SOURCES.matchAll(/'(--[a-z-]+)/g)].map(([, flag]) => flag))

/** What is typed after the program's name, up to the end of the command. */
const typed = [...README.matchAll(/(?:\$P|portcullis --) ([^`\n;)|]*)/g)].map(([, words = '']) =>
  words
    .replace(/ # .*/, '')
    .replace(/"[^"]*"/g, 'TEXT')
    .trim(),
)

it('the README tells people to type something', () => {
  expect(typed.length).toBeGreaterThan(30)
})

describe.each([...new Set(typed)].filter((line) => /^[a-z]/.test(line)))('%s', (line) => {
  it('is a command, with flags that exist', () => {
    const [command = '', ...words] = line.split(/\s+/)
    expect(COMMANDS).toContain(command)
    const flags = words.filter((word) => word.startsWith('--')).map((word) => word.split('=')[0])
    expect(flags.filter((flag) => !FLAGS.has(flag))).toEqual([])
  })
})
