// What D1 and Workers allow, as documented, held by ourselves: the local engine does not enforce all of it, and a limit that is met
// only in production is met too late.

export type D1Limits = {
  /** Bound parameters of one statement. */
  params: number
  /** Bytes of the text of one statement. */
  sqlBytes: number
  /** Bytes of one string, blob or row. */
  valueBytes: number
  /** Statements of one invocation, those of a batch counted one by one. 1 000 on the paid plan, 50 on the free one. */
  queries: number
  /** Bytes of a LIKE or GLOB pattern. */
  patternBytes: number
}

/** https://developers.cloudflare.com/d1/platform/limits/, the smaller number where pages differ. */
export const D1_LIMITS: D1Limits = {
  params: 100,
  sqlBytes: 100_000,
  valueBytes: 1_000_000,
  queries: 1_000,
  patternBytes: 50,
}

/** Requests to elsewhere in one invocation, D1 and Durable Objects not counted: 1 000 on the paid plan, 50 on the free one. */
export const SUBREQUESTS = 1_000
