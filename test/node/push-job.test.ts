// The job that pushes: what goes wrong once does not end it.
import { afterEach, beforeEach, expect, it } from 'vitest'
import { pushJob } from '../../src/node/push.ts'
import { readCosignatures } from '../../src/witness/store.ts'
import { type TestAlliance, type TestNode, testAlliance } from '../support/alliance.ts'
import { issueDraft } from '../support/decisions.ts'
import { until } from '../support/processes.ts'

let alliance: TestAlliance
let de: TestNode

beforeEach(async () => {
  alliance = await testAlliance(['de', 'jp', 'us'])
  de = alliance.node('de')
})
afterEach(() => alliance.close())

const cosignedSize = async () =>
  Math.max(0, ...(await readCosignatures(de.db, de.origin)).map(({ size }) => size))

it('goes on after faults of the database and of a push, and says each of them', async () => {
  const traced: string[] = []
  let faults = 3
  const db: TestNode['db'] = {
    ...de.db,
    query: (statement) => {
      if (faults === 0) return de.db.query(statement)
      faults -= 1
      return Promise.reject(new Error('busy'))
    },
  }
  const job = pushJob({ db, sync: { ...de.sync, db } }, (event) => traced.push(event))
  try {
    await until(cosignedSize, (size) => size === 1)
    expect(traced).toEqual(['push_failed', 'push_failed', 'push_failed'])
    faults = 2
    await de.publishText(issueDraft('de/drills'))
    await until(
      async () => faults,
      (left) => left === 0,
    )
    await de.publishText(issueDraft('de/drills-2'))
    await until(cosignedSize, (size) => size === 3)
  } finally {
    await job.stop()
  }
})
