// Takes back what was recorded of a market's entries from a place on: before they are judged anew under another charter.
import { type Statement, sql } from '../db.ts'

/** Plans to forget the outcomes from `fromPos` on and all chains; the chains are written anew from the state. */
export function planForgetOutcomes(market: string, fromPos: number): Statement[] {
  return [
    sql('DELETE FROM act WHERE market = ? AND pos >= ?', market, fromPos),
    sql('UPDATE act SET endorsed = NULL WHERE market = ? AND endorsed >= ?', market, fromPos),
    sql('DELETE FROM chain WHERE market = ?', market),
  ]
}
