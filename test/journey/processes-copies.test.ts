// Copies of charter 1 that different people signed, at three real processes: one alliance, and all take charter 2 (design: protocol 1.9).
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { signCharter } from '../../src/charter/found.ts'
import { freePorts } from '../../src/node/alliance.ts'
import { readKeyFile } from '../../src/node/directory.ts'
import { adoptCharter, charterOf, initNode, newCharter } from '../../src/node/founding.ts'
import type { Status } from '../../src/status/read.ts'
import { EVERY_SECOND, LONG_MS, type RealAlliance, realNodes, until } from '../support/processes.ts'

vi.setConfig({ testTimeout: LONG_MS, hookTimeout: LONG_MS })

/** Each market adopts a copy that it and the next one signed. */
const SIGNERS = { de: ['de', 'jp'], jp: ['jp', 'kr'], kr: ['kr', 'de'] } as const
const MARKETS = ['de', 'jp', 'kr'] as const
let nodes: RealAlliance
const copies = new Set<string>()

beforeAll(async () => {
  nodes = realNodes(mkdtempSync(join(tmpdir(), 'portcullis-copies-')))
  const ports = await freePorts(MARKETS.length)
  const members = []
  for (const [at, market] of MARKETS.entries()) {
    const port = String(ports[at])
    const here = {
      url: `http://127.0.0.1:${port}`,
      port,
      schedule: EVERY_SECOND,
      insecureHttp: true,
    }
    const name = { market, name: market, origin: `${market}.portcullis.example/log` }
    members.push(await initNode({ ...name, ...here, timeZone: 'UTC', dir: nodes.dir(market) }))
  }
  const unsigned = newCharter(members, { defaultEffect: 'detain', threshold: '2' })
  for (const market of MARKETS) {
    let text = unsigned
    for (const signer of SIGNERS[market]) {
      const key = await readKeyFile(nodes.path(`${signer}/keys/root.jwk.json`))
      text = JSON.stringify(await signCharter(charterOf(text), key))
    }
    copies.add(text)
    nodes.write(`charter-1-${market}.json`, text)
    await adoptCharter(text, nodes.dir(market))
  }
  await nodes.start(...MARKETS)
})
afterAll(() => nodes.close())

it('are three files and one alliance, whose members all adopt charter 2 from whoever has it', async () => {
  expect(copies.size).toBe(3)
  const hashes = [...copies].map((text) => charterOf(text).hash)
  expect(new Set(hashes).size).toBe(1)
  const [old, next] = [nodes.path('charter-1-de.json'), nodes.path('charter-2.json')]
  const change = ['--set', 'policy.defaultEffect=examine']
  await nodes.run('charter', 'propose', '--from', old, '--out', next, ...change)
  for (const signer of ['jp', 'kr']) {
    const key = nodes.path(`${signer}/keys/root.jwk.json`)
    // Each signs on the copy it has.
    const previous = nodes.path(`charter-1-${signer}.json`)
    await nodes.run('charter', 'sign', next, '--key', key, '--previous', previous)
  }
  await nodes.run('charter', 'adopt', next, '--dir', nodes.dir('kr'))
  const statusAt = (market: string) => nodes.get<Status>(market, '/v1/status')
  const statuses = await until(
    () => Promise.all(MARKETS.map(statusAt)),
    (all) =>
      all.every(({ charter }) => charter.n === 2) &&
      new Set(all.map(({ digest }) => digest)).size === 1,
  )
  const { hash } = charterOf(readFileSync(next, 'utf8'))
  expect(statuses.map(({ charter }) => charter.hash)).toEqual([hash, hash, hash])
})
