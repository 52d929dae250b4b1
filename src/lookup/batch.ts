// Many questions from one moment, for manifests: every answer is the one a single look-up gives at that moment (design: look-up 4.3).
import { readKeyFilter } from '../catalog/filter.ts'
import { type Answer, answer, answerNothing } from './answer.ts'
import { mayFind } from './asked.ts'
import type { LookupContext } from './context.ts'
import type { Snapshot } from './coverage.ts'
import type { Query } from './query.ts'
import { readQuery } from './read-query.ts'
import { openView, type View } from './view.ts'

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
  let filtered: View | null = null
  return {
    view,
    async answer(queries) {
      asked += queries.length
      if (filtered === null && asked >= FILTER_FROM) {
        // Read after the positions: whatever counts at them is in the catalogue by now.
        const filter = await readKeyFilter(ctx.db)
        const { effective, merged } = view
        filtered = {
          ...view,
          effective: { ...effective, filter },
          merged: merged === null ? null : { ...merged, filter },
        }
      }
      const from = filtered ?? view
      const { filter } = from.effective
      const answers: Answer[] = []
      for (const query of queries) {
        const readings = readQuery(query)
        const isNothing =
          filter !== undefined && !readings.some(({ question }) => mayFind(filter, question))
        answers.push(
          isNothing ? answerNothing(view, query, readings) : await answer(from, query, readings),
        )
      }
      return answers
    },
  }
}
