// Many questions from one moment, for manifests: every answer is the one a single look-up gives at that moment (design: look-up 4.3).
import { type Answer, answer, openView, type View } from './answer.ts'
import type { LookupContext } from './context.ts'
import type { Snapshot } from './coverage.ts'
import type { Query } from './query.ts'

export type Batch = {
  /** Positions, coverage, rules and standings that all its answers are given from; taken once, when it was opened. */
  view: View
  /** One answer for each question, in order. */
  answer(queries: readonly Query[]): Promise<Answer[]>
}

/**
 * Opens a batch at this moment, or at one that was taken earlier under the same charter. Open a new one to see what was merged since.
 */
export async function openBatch(ctx: LookupContext, pinned?: Snapshot): Promise<Batch> {
  const view = await openView(ctx, pinned)
  return {
    view,
    async answer(queries) {
      const answers: Answer[] = []
      for (const query of queries) answers.push(await answer(view, query))
      return answers
    },
  }
}
