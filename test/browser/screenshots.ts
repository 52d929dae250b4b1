// Takes the pictures of the README: `node test/browser/screenshots.ts` writes docs/lookup.png and docs/decision.png.
import { mkdirSync, writeFileSync } from 'node:fs'
import { openSite, PAGES } from './site.ts'

const DOCS = new URL('../../docs/', import.meta.url)
const WIDTH = 1200
const HEIGHT = 1100
/** A README is read by telephone too. */
const MAX_BYTES = 250_000

const PICTURES = {
  'lookup.png': PAGES['a blocked answer'],
  'decision.png': PAGES['a reconstructed decision'],
} as const

const site = await openSite('system')
try {
  mkdirSync(DOCS, { recursive: true })
  for (const [name, path] of Object.entries(PICTURES)) {
    const png = await site.visit(path, (page) => page.screenshot(), {
      viewport: { width: WIDTH, height: HEIGHT },
    })
    if (png.length > MAX_BYTES) throw new RangeError(`${name} has ${png.length} bytes`)
    writeFileSync(new URL(name, DOCS), png)
    console.log(`docs/${name}: ${png.length} bytes`)
  }
} finally {
  await site.close()
}
