// `npm run faults -- --rounds 200 [--seed 1]`: kills processes at random instants; ends with a summary in JSON, and with 1 on a violation.
import { parseArgs } from 'node:util'
import { runFaults } from './support/faults.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '200' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
})
const [rounds, seed] = [Number(values.rounds), Number(values.seed)]
if (!Number.isSafeInteger(rounds) || rounds < 1 || !Number.isSafeInteger(seed) || seed < 0) {
  console.error('--rounds takes a whole number from 1, --seed one from 0')
  process.exit(2)
}
const summary = await runFaults({ rounds, seed, say: console.log })
console.log(JSON.stringify(summary))
if (summary.violation !== null) {
  console.error(`violation with --seed ${seed}: ${summary.violation}`)
  process.exitCode = 1
}
