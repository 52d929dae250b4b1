// `npm run bench -- sync|identifiers|poll|publish|push|witness|lookup`: the hot paths, each as a ratio to a limit measured in the same run.
import { writeFileSync } from 'node:fs'

export type Figures = Record<string, number | string>

const BENCHES: Record<string, () => Promise<Figures>> = {
  sync: async () => (await import('./sync.ts')).benchSync(),
  identifiers: async () => (await import('./identifiers.ts')).benchIdentifiers(),
  poll: async () => (await import('./poll.ts')).benchPoll(),
  publish: async () => (await import('./publish.ts')).benchPublish(),
  push: async () => (await import('./push.ts')).benchPush(),
  screen: async () => (await import('./screen.ts')).benchScreen(),
  lookup: async () => (await import('./lookup.ts')).benchLookup(),
  witness: async () => (await import('./witness.ts')).benchWitness(),
}

const asked = process.argv.slice(2).filter((name) => !name.startsWith('--'))
const unknown = asked.find((name) => !Object.hasOwn(BENCHES, name))
if (unknown !== undefined) {
  console.error(`no bench ${unknown}; there are ${Object.keys(BENCHES).join(', ')}`)
  process.exit(2)
}
const figures: Record<string, Figures> = {}
for (const [name, bench] of Object.entries(BENCHES)) {
  // `sync` is the whole of it: a cold sync, many identifiers, an idle poll.
  const isAsked =
    asked.includes(name) || (asked.includes('sync') && ['identifiers', 'poll'].includes(name))
  if (asked.length > 0 && !isAsked) continue
  figures[name] = await bench()
  console.log(JSON.stringify({ [name]: figures[name] }))
}
const out = process.env.PORTCULLIS_BENCH_OUT
if (out !== undefined) writeFileSync(out, JSON.stringify(figures, null, 2))
