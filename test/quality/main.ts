// `npm run quality`: precision and recall of the look-up, per tier and script, and false alarms on a clean manifest. Exits with 1
// below the gates. `--record` writes down the outcomes of a new version of the matcher; `--failures` lists rows that differ.
import { MATCHER } from '../../src/lookup/match.ts'
import { corpusCatalogue, UNSEEN } from './corpus.ts'
import { GATES, gateFailures } from './gates.ts'
import {
  askManifest,
  askRows,
  identifierRows,
  isAsLabelled,
  scriptFigures,
  tierFigures,
  topRecall,
} from './measure.ts'
import { writeRecord } from './record.ts'

const percent = (share: number) => `${(100 * share).toFixed(1)} %`.padStart(8)
const catalogue = await corpusCatalogue()
const outcomes = await askRows(catalogue)
const unseen = await askRows(catalogue, UNSEEN)
const { lines, alarms } = await askManifest(catalogue)
catalogue.close()

const rows = (truth: string) => outcomes.filter(({ row }) => row.truth === truth).length
console.log(`matcher ${MATCHER}: ${rows('positive')} positives, ${rows('negative')} near misses\n`)
console.log('tier   rows  precision    recall')
for (const tier of ['A', 'B', 'C']) {
  const { rows: meant, precision, recall } = tierFigures(outcomes, tier)
  console.log(`${tier}   ${String(meant).padStart(6)}   ${percent(precision)}  ${percent(recall)}`)
}
console.log(
  '\nscript                positives  near misses  precision    recall     top-1  false blocks',
)
for (const figures of scriptFigures(outcomes)) {
  const { script, positives, negatives, precision, recall, top1, falseBlocks } = figures
  const counts = `${String(positives).padStart(9)}  ${String(negatives).padStart(11)}`
  const shares = `${percent(precision)}  ${percent(recall)}  ${percent(top1)}`
  console.log(`${script.padEnd(20)}  ${counts}   ${shares}  ${String(falseBlocks).padStart(12)}`)
}
const identifiers = identifierRows(outcomes)
console.log(
  `\nidentifier rows as labelled  ${identifiers.filter(isAsLabelled).length} of ${identifiers.length}`,
)
console.log(
  `top-1 recall, all positives ${percent(topRecall(outcomes))}  (at least ${percent(GATES.topRecall).trim()})`,
)
console.log(
  `clean manifest              ${alarms.length} alarms in ${lines} lines  (at most ${GATES.alarms})`,
)
const asMeant = unseen.filter(isAsLabelled).length
console.log(`rows never tuned on         ${asMeant} of ${unseen.length} as labelled`)
if (process.argv.includes('--failures')) {
  const differing = [...outcomes, ...unseen]
  for (const { row, verdict, tier, top } of differing.filter((outcome) => !isAsLabelled(outcome))) {
    console.log(`${row.id} ${row.kind}: ${verdict} ${tier} ${top}, not ${row.expect} ${row.tier}`)
  }
  for (const { line, answer } of alarms) {
    const [top] = answer.results
    const why =
      top === undefined ? '' : `${top.decision}#${top.pid} ${top.explain[0]?.code} ${top.score}`
    console.log(`${answer.verdict} ${why}: ${line}`)
  }
}
if (process.argv.includes('--record')) console.log(`record of ${MATCHER}: ${writeRecord(outcomes)}`)
const failures = gateFailures(outcomes, alarms.length)
for (const failure of failures) console.error(failure)
process.exitCode = failures.length === 0 ? 0 : 1
