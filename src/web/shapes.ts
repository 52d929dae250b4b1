// Inline drawings: the portcullis of the header and one shape per verdict, so that colour never speaks alone (design: decisions 2.5).
import { raw } from 'hono/html'
import type { Html } from './html.ts'

const svg = (name: string, body: string): Html =>
  raw(
    `<svg class="shape shape-${name}" viewBox="0 0 48 48" aria-hidden="true" focusable="false">${body}</svg>`,
  )

/** Octagon, diamond, triangle, hatched square, hollow circle. Decorative: the word beside it says the same. */
export const SHAPES = {
  blocked: svg(
    'blocked',
    '<path class="fill" d="M15.3 3h17.4L45 15.3v17.4L32.7 45H15.3L3 32.7V15.3Z"/><path class="glyph" d="M11 20.5h26v7H11Z"/>',
  ),
  exception: svg(
    'exception',
    '<path class="fill" d="M24 1.5 46.5 24 24 46.5 1.5 24Z"/><path class="glyph-line" d="m15.5 24.5 6 6 11.5-12"/>',
  ),
  possible: svg(
    'possible',
    '<path class="fill" d="M24 3 47 44H1Z"/><path class="glyph" d="M21.7 17h4.6l-.8 14h-3ZM21.6 34h4.8v4.8h-4.8Z"/>',
  ),
  cannot_say: svg(
    'cannot_say',
    '<path class="hatch" d="M4 16 16 4M4 28 28 4M4 40 40 4M8 44 44 8M20 44 44 20M32 44 44 32"/><path class="line" d="M4 4h40v40H4Z"/>',
  ),
  not_listed: svg('not_listed', '<circle class="line" cx="24" cy="24" r="19.5"/>'),
} as const

const GATE =
  '<path d="M6 46V18C6 8.6 14 2 24 2s18 6.6 18 16v28" fill="none" stroke="currentColor" stroke-width="3.4"/><path d="M14 9v33l-2 4M24 4v38l-2 4m2-4 2 4M34 9v33l2 4M14 42l2 4M34 42l-2 4M7 16h34M6 26h36M6 36h36" fill="none" stroke="currentColor" stroke-width="2.6"/>'

/** The mark in the header; it stands beside the name and says nothing of its own. */
export const MARK = raw(
  `<svg class="mark" viewBox="0 0 48 48" aria-hidden="true" focusable="false">${GATE}</svg>`,
)

/** The same mark as a file, for the tab of the browser. */
export const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48"><rect width="48" height="48" rx="8" fill="#182736"/><g color="#e2bd63" transform="translate(6 5) scale(.75)">${GATE}</g></svg>`
