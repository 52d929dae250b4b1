// Every key under which a question could find a row, spelled as the catalogue spells the keys of rows that changed.
import { decisionKey, spelledKey, textKeysOf } from '../catalog/changed.ts'
import { classHsKey } from '../catalog/keys.ts'
import { hsQueryKeys } from '../identifier/hs.ts'
import { brandKeysAsked, identifierKeysOf } from './asked.ts'
import type { Query } from './query.ts'
import { readQuery } from './read-query.ts'

/**
 * True when a row with one of the keys could be found by the question, be it in the end not. Where it is false for the keys of all
 * rows that changed between two vectors, nothing found at the first is nothing found at the second, whatever the clock says.
 */
export function meetsKeys(query: Query, keys: ReadonlySet<string>): boolean {
  if (keys.size === 0) return false
  for (const { question } of readQuery(query)) {
    if (question.decision !== undefined && keys.has(decisionKey(question.decision))) return true
    for (const { kind, value } of [...identifierKeysOf(question), ...question.orders]) {
      if (keys.has(spelledKey(kind, value))) return true
    }
    if (brandKeysAsked(question).some((key) => keys.has(spelledKey('brand', key)))) return true
    for (const key of question.hs === undefined ? [] : hsQueryKeys(question.hs.code)) {
      if (keys.has(spelledKey('hs', key)) || keys.has(spelledKey('hs', classHsKey(key))))
        return true
    }
    for (const { term } of question.terms) {
      if (textKeysOf(term).some((key) => keys.has(key))) return true
    }
  }
  return false
}
