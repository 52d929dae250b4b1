// Many questions from one moment, for manifests: every answer is the one a single look-up gives at that moment (design: look-up 4.3).
import { type KeyFilter, readKeyFilter } from '../catalog/filter.ts'
import { type Answer, answer, answerNothing, openView, type View } from './answer.ts'
import { mayFind } from './asked.ts'
import type { LookupContext } from './context.ts'
import type { Snapshot } from './coverage.ts'
import type { Query } from './query.ts'
import { readQuery } from './read-query.ts'

export type Batch = {
  /** Positions, coverage, rules and standings that all its answers are given from; taken once, when it was opened. */
  view: View
  /** One answer for each question, in order. */
  answer(queries: readonly Query[]): Promise<Answer[]>
}

/** From so many questions on, the keys of the whole catalogue are read into memory once (`KeyFilter`), so that a line that is not listed costs no query. */
export const FILTER_FROM = 256

/**
 * Opens a batch at this moment, or at one that was taken earlier under the same charter. Open a new one to see what was merged since.
 */
export async function openBatch(ctx: LookupContext, pinned?: Snapshot): Promise<Batch> {
  const view = await openView(ctx, pinned)
  let asked = 0
  let filtered: (View & { filter: KeyFilter }) | null = null
  return {
    view,
    async answer(queries) {
      asked += queries.length
      if (filtered === null && asked >= FILTER_FROM) {
        // Read after the positions: whatever counts at them is in the catalogue by now.
        filtered = { ...view, filter: await readKeyFilter(ctx.db) }
      }
      const known = filtered
      const answers: Answer[] = []
      for (const query of queries) {
        const readings = readQuery(query)
        const isNothing =
          known !== null && !readings.some(({ question }) => mayFind(known.filter, question))
        answers.push(
          isNothing
            ? answerNothing(view, query, readings)
            : await answer(known ?? view, query, readings),
        )
      }
      return answers
    },
  }
}
