// THE STORY of another version of the keys: the index is built anew beside the one in use, and look-ups never stop meanwhile.
import { planReindexStep } from './catalog/reindex.ts'
import type { Db } from './db.ts'
import { Failure } from './errors.ts'

/** Steps of one call: a round of other work is never held up for long. */
export const MAX_REINDEX_STEPS = 400

/**
 * Takes steps until the rows of the version are in use, or `most` are taken; true when they are. Each step is a short commit of its own:
 * whoever is interrupted goes on from the last. What is merged meanwhile is built too, before the new rows take their place.
 */
export async function reindex(
  db: Db,
  options: { version?: string; most?: number } = {},
): Promise<boolean> {
  for (let taken = 0; taken < (options.most ?? MAX_REINDEX_STEPS); taken++) {
    const planned = await planReindexStep(db, options.version)
    if (planned === null) return true
    try {
      await db.commit(planned, 'soon')
    } catch (error) {
      // Another process took the step, or something was merged: the next plan sees it.
      if (!(error instanceof Failure && error.code === 'ERR_COMMIT_CONFLICT')) throw error
    }
  }
  return (await planReindexStep(db, options.version)) === null
}
