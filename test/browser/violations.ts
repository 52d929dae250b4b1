// What axe finds on a page.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
/** Those whose finding may differ in the dark; the document is the same. */
export const COLOUR_RULES = ['color-contrast', 'link-in-text-block']

type Violation = { id: string; impact: string | null; nodes: { html: string }[] }

/** What axe finds, also what it calls minor; each with the elements it means. Our own policy lets no script in, so it is set aside here. */
export async function violations(page: Page, rules?: readonly string[]): Promise<string[]> {
  await page.evaluate(AXE)
  const runOnly = rules === undefined ? {} : { runOnly: { type: 'rule', values: rules } }
  const options = JSON.stringify({ resultTypes: ['violations'], ...runOnly })
  const found = await page.evaluate<Violation[]>(
    `axe.run(document, ${options}).then(({ violations }) => violations)`,
  )
  return found.map(
    ({ id, impact, nodes }) => `${impact} ${id}: ${nodes.map(({ html }) => html).join(' ')}`,
  )
}
