// People and tokens as an operator types them.
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { exitCodeOf } from '../../src/cli/terminal.ts'
import { tokenCommand } from '../../src/cli/token.ts'
import { userCommand } from '../../src/cli/user.ts'
import { Failure } from '../../src/errors.ts'
import { initNode } from '../../src/node/founding.ts'
import { openNode } from '../../src/node/open.ts'
import { authenticate } from '../../src/people/authenticate.ts'

let directory: string
beforeAll(async () => {
  directory = join(mkdtempSync(join(tmpdir(), 'portcullis-people-')), 'us')
  await initNode({
    market: 'us',
    origin: 'us.test/log',
    name: 'Agency',
    url: 'https://us.test',
    timeZone: 'UTC',
    dir: directory,
  })
})
afterAll(() => rmSync(join(directory, '..'), { recursive: true, force: true }))

async function portcullis(...[name = '', ...args]: string[]) {
  const command = name === 'user' ? userCommand() : tokenCommand()
  const { write } = process.stdout
  let out = ''
  process.stdout.write = (text: string | Uint8Array) => {
    out += String(text)
    return true
  }
  try {
    await command.parseAsync([...args, '--dir', directory, '--json'], { from: 'user' })
    return { exit: 0, said: JSON.parse(out) }
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return { exit: exitCodeOf(error), said: { code: error.code } }
  } finally {
    process.stdout.write = write
  }
}

async function counts(token: string): Promise<boolean> {
  const node = await openNode(directory, {})
  const { ok } = await authenticate(node.people, token)
  node.close()
  return ok
}

it('a user is added, gets a token that counts, and is disabled', async () => {
  const key = join(directory, 'keys', 'token.jwk.json')
  expect(statSync(key).mode & 0o777).toBe(0o600)
  await portcullis('user', 'add', 'ada', '--name', 'Ada', '--role', 'signer,auditor')
  const made = await portcullis('token', 'new', 'ada', '--scope', 'publish', '--note', 'cases')
  expect(made.said).toMatchObject({ subject: 'ada', scopes: ['publish'] })
  expect(await counts(made.said.token)).toBe(true)
  const listed = await portcullis('token', 'list', '--subject', 'ada')
  expect(listed.said.tokens).toMatchObject([{ jti: made.said.jti, state: 'valid', note: 'cases' }])
  expect(JSON.stringify(listed.said)).not.toContain(made.said.token)
  await portcullis('user', 'disable', 'ada')
  expect(await counts(made.said.token)).toBe(false)
  await portcullis('user', 'enable', 'ada')
  await portcullis('token', 'revoke', made.said.jti)
  expect(await counts(made.said.token)).toBe(false)
  const users = await portcullis('user', 'list')
  expect(users.said.users).toMatchObject([{ subject: 'ada', roles: ['signer', 'auditor'] }])
})

it('a directory from before tokens gets its key; without the key all tokens end', async () => {
  await portcullis('user', 'add', 'bob', '--name', 'Bob', '--role', 'reader')
  const { said } = await portcullis('token', 'new', 'bob')
  const key = join(directory, 'keys', 'token.jwk.json')
  rmSync(key)
  expect(await counts(said.token)).toBe(false)
  expect(existsSync(key)).toBe(true)
})

it('what is spelled wrong exits 2, what is not there 1', async () => {
  expect(await portcullis('user', 'add', 'Eve', '--name', 'Eve', '--role', 'reader')).toEqual({
    exit: 2,
    said: { code: 'ERR_USAGE' },
  })
  expect(await portcullis('token', 'new', 'nobody')).toEqual({
    exit: 1,
    said: { code: 'ERR_USER_UNKNOWN' },
  })
  expect((await portcullis('token', 'revoke', 'x')).said.code).toBe('ERR_TOKEN_UNKNOWN')
})
