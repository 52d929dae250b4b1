// What an app under test answered otherwise than its OpenAPI document says. A test file has its own list; the set-up looks at it.
import { expect } from 'vitest'

const found: string[] = []

export function noteDeparture(text: string): void {
  found.push(text)
}

/** Fails where something was noted since the last look. */
export function expectAsDocumented(): void {
  expect(found.splice(0), 'answers that the OpenAPI document does not describe').toEqual([])
}
