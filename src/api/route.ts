// What a route is, said beside it: the single source of the OpenAPI document, of the docs page, and of the test that holds both against
// what the app answers (design: house "Wire and API shapes").
import type * as z from 'zod'
import type { ErrorCode } from '../errors.ts'

export const TAGS = {
  'look-up': 'What an officer asks.',
  decisions: 'What is on record, and the proof of it.',
  alliance:
    'Charters, policies, heads and evidence: who is a member, and what everybody can check.',
  feed: 'The log as static files (C2SP tlog-tiles), of this market and of every market mirrored here.',
  witness: 'What members ask of one another (C2SP tlog-witness).',
  agency: 'What an agency does with its own log.',
  node: 'How this node is, and what it offers.',
  pages: 'For people. The same answers as pages, without script.',
} as const
export type Tag = keyof typeof TAGS

/** A body with its media type. Without a schema the bytes are described elsewhere; `text` says where. */
export type BodyDoc = { type: string; text: string; schema?: z.ZodType; example?: unknown }

export type RouteDoc = {
  method: 'get' | 'post' | 'put' | 'delete'
  /** As hono matches it: `/v1/decisions/:decision{.+}`, `/log/tile/*`. */
  path: string
  tag: Tag
  summary: string
  text?: string
  /** What each path parameter is, by name; `path` is that of a star. */
  params?: Readonly<Record<string, string>>
  /** Parameters of the query string. Any other is ERR_QUERY_UNKNOWN_PARAMETER, where the route names that code. */
  query?: z.ZodObject
  body?: BodyDoc & { most: number }
  /** Headers that make a difference, by name. */
  headers?: Readonly<Record<string, string>>
  /** What it gives when it gives something, by status; null has no body. */
  answers: Readonly<Record<number, BodyDoc | readonly BodyDoc[] | null>>
  /** Every code it can give. ERR_INTERNAL is one of every route and not named. */
  errors: readonly ErrorCode[]
  /** The right a bearer token must carry here; `lookup` only where the node's look-up needs a token. From the table of rights. */
  scope?: string
  /** Errors are pages, not problem documents. */
  isPage?: true
  /** An address to try, with its query string, and what is sent there. */
  try?: { path: string; body?: unknown }
}

/** A page for people. */
export const pageDoc = (text: string): BodyDoc => ({ type: 'text/html', text })

/** The body of an unchanged answer: none. */
export const UNCHANGED = null
