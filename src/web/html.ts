// What a piece of a page is: markup that has been escaped where it was put together (hono/html).
import type { HtmlEscapedString } from 'hono/utils/html'

/** Only `html` and `raw` make one; `raw` is for our own constants, never for anything a stranger wrote. */
export type Html = HtmlEscapedString | Promise<HtmlEscapedString>
