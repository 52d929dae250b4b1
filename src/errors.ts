// Every error code in one table: what it means, its HTTP status, and whose fault it is. Codes are API; messages are prose.

type Fault = 'caller' | 'peer' | 'operator' | 'us'
type Row = readonly [meaning: string, status: number, fault: Fault]

export const ERRORS = {
  // judging an entry (protocol 1.3)
  ERR_ACT_TOO_LARGE: ['The act is larger than 32 768 bytes; split it.', 413, 'caller'],
  ERR_ACT_SPELLING: ['The entry is not a compact JWS in its one spelling.', 422, 'caller'],
  ERR_ACT_HEADER: [
    'The protected header is not exactly alg, kid, typ of an exclusion act.',
    422,
    'caller',
  ],
  ERR_ACT_JSON: ['The payload is not JSON in its one spelling.', 422, 'caller'],
  ERR_ACT_SHAPE: [
    'A member of the act has the wrong type, word or length, or is missing.',
    422,
    'caller',
  ],
  ERR_ACT_ALLIANCE: ['The act was signed for another alliance.', 422, 'caller'],
  ERR_ACT_LOG: ['The act was signed for another log.', 422, 'caller'],
  ERR_ACT_MARKET: ["The decision's first two letters are not this market's.", 422, 'caller'],
  ERR_ACT_KEY: ['The key may not sign this kind of act at this place of the log.', 403, 'caller'],
  ERR_ACT_SIGNATURE: ['The signature does not match.', 422, 'caller'],
  ERR_ACT_ID_REUSED: ['An accepted act of this market has this id already.', 409, 'caller'],
  ERR_ACT_PREV: ['`prev` is not the last accepted act of this decision.', 409, 'caller'],
  ERR_ACT_SEQUENCE: ['This act may not follow the acts before it.', 409, 'caller'],
  ERR_ACT_IMMUTABLE: [
    'An amendment may not change the instrument or the case numbers.',
    409,
    'caller',
  ],
  ERR_ENDORSE_TARGET: [
    'No earlier accepted act of this market has this leaf hash, or the same key signed it.',
    409,
    'caller',
  ],
  ERR_NOTICE_CHARTER: [
    'The notice names another charter than the one adopted under this number.',
    409,
    'caller',
  ],
  // charters (protocol 1.9)
  ERR_CHARTER_FORMAT: ['The charter is not in its one form.', 422, 'caller'],
  ERR_CHARTER_RULE: ['The charter breaks a rule within itself.', 422, 'caller'],
  ERR_CHARTER_THRESHOLD: ['Too few distinct root keys signed the charter.', 422, 'caller'],
  ERR_CHARTER_ORDER: ['The charter does not follow the adopted one.', 409, 'caller'],
  ERR_CHARTER_CHANGE: ['The charter cannot be changed in this way.', 422, 'caller'],
  ERR_CHARTER_RETROACTIVE: ['The charter would change what counts of the past.', 409, 'caller'],
  ERR_CHARTER_CONFLICT: [
    'Two payloads were validly signed under one charter number; nothing further is adopted.',
    409,
    'operator',
  ],
  ERR_CHARTER_PIN: ['Charter 1 has another hash than the settings pin.', 409, 'operator'],
  ERR_CHARTER_NONE: ['This node has not adopted a charter yet.', 503, 'operator'],
  ERR_HEAD_BEHIND: [
    'A larger head was signed before; signing now would fork the log.',
    503,
    'operator',
  ],
  ERR_READ_ONLY: [
    'This node signs nothing until the members have said what it signed before.',
    503,
    'operator',
  ],
  ERR_LOG_BEHIND: [
    'A member has a larger head of this log than this node, and nobody the entries.',
    503,
    'operator',
  ],
  ERR_BACKUP_FORMAT: ['The file is no backup that can be restored here.', 422, 'operator'],
  ERR_NODE_RUNNING: ['A node is running on this directory.', 409, 'operator'],
  ERR_LOG_FORKED: ['This log has signed two histories; it signs no more.', 503, 'operator'],
  // settings and keys
  ERR_CONFIG_MISSING: ['The directory holds no settings.', 500, 'operator'],
  ERR_CONFIG_FORMAT: ['The settings are wrong.', 500, 'operator'],
  ERR_CONFIG_UNKNOWN_KEY: ['The settings hold a key that does not exist.', 500, 'operator'],
  ERR_KEY_UNREADABLE: ['A key file cannot be read.', 500, 'operator'],
  ERR_KEY_NOT_MEMBER: ['The adopted charter does not name this key.', 403, 'operator'],
  ERR_NOT_MEMBER: ['The adopted charter does not name this market and log.', 403, 'operator'],
  ERR_PORT_BUSY: ['The port is in use.', 500, 'operator'],
  ERR_DIRECTORY_IN_USE: ['The directory holds a node already.', 409, 'operator'],
  ERR_SYNC_RUNNING: ['Another process is syncing this directory.', 409, 'operator'],
  // requests
  ERR_USAGE: ['The command is not spelled right.', 400, 'caller'],
  ERR_FILE_UNREADABLE: ['The file cannot be read.', 400, 'caller'],
  ERR_NOT_FOUND: ['There is nothing at this address.', 404, 'caller'],
  ERR_REQUEST_MALFORMED: ['The request cannot be read.', 400, 'caller'],
  ERR_REQUEST_TIMEOUT: ['The request did not end in time.', 408, 'caller'],
  ERR_REQUEST_HEADERS: [
    'The headers of the request are larger than any need to be.',
    431,
    'caller',
  ],
  ERR_REQUEST_TOO_LARGE: ['The request is larger than this address takes.', 413, 'caller'],
  ERR_METHOD: ['This address does not take that method.', 405, 'caller'],
  // people and tokens
  ERR_TOKEN: ['A valid token is needed here.', 401, 'caller'],
  ERR_SCOPE: ['The token does not give this right.', 403, 'caller'],
  ERR_TWO_PERSON: ['A second, different person must confirm this.', 409, 'caller'],
  ERR_BRAKE_NOT_HELD: ['Nothing of this market is held back.', 404, 'caller'],
  ERR_BRAKE_POSITION: ['What is held back does not reach to this position.', 422, 'caller'],
  ERR_BRAKE_BODY: ['The body is not `{}` or `{"position": n}` in JSON.', 400, 'caller'],
  ERR_USER_EXISTS: ['There is a user of this name already.', 409, 'caller'],
  ERR_USER_UNKNOWN: ['There is no user of this name.', 404, 'caller'],
  ERR_TOKEN_UNKNOWN: ['No token of this id was issued here.', 404, 'caller'],
  ERR_RATE_LIMIT: ['Asked too often; wait as long as it says.', 429, 'caller'],
  ERR_FOREIGN_FORM: ['The form was not sent from a page of this node.', 403, 'caller'],
  ERR_SUBMIT_BODY: [
    'The body is not `{"acts":["…"]}` in JSON, nor one compact JWS a line.',
    400,
    'caller',
  ],
  // asking (look-up 4.4)
  ERR_QUERY_UNKNOWN_PARAMETER: ['The question has a parameter that does not exist.', 400, 'caller'],
  ERR_QUERY_INVALID: ['A parameter is too long, given twice or not of its form.', 400, 'caller'],
  ERR_QUERY_EMPTY: ['The question names nothing to look up.', 400, 'caller'],
  ERR_QUERY_BODY: ['The body is not `{"queries":{"row":{…}}}` in JSON.', 400, 'caller'],
  ERR_QUERY_TOO_LARGE: ['More questions or bytes than one request takes.', 413, 'caller'],
  ERR_DECISION_UNKNOWN: ['No decision of this name is in effect or on record here.', 404, 'caller'],
  ERR_RECEIPT_UNAVAILABLE: ['This node cannot sign a receipt now.', 503, 'operator'],
  ERR_RECEIPT_FORMAT: ['Not a look-up receipt in its one form.', 422, 'caller'],
  ERR_RECEIPT_CHARTER: ['The receipt was given under another charter or alliance.', 422, 'caller'],
  ERR_RECEIPT_KEY: ['No node key of that market signed the receipt.', 422, 'caller'],
  ERR_RECEIPT_SIGNATURE: ['The signature of the receipt does not match.', 422, 'caller'],
  ERR_RECEIPT_CONTRADICTED: ['The receipt says what cannot have been true.', 409, 'peer'],
  ERR_RECEIPT_REPLAY: ['The receipt cannot be replayed with what is here.', 409, 'caller'],
  ERR_KNOWN_FUTURE: ['Nobody knows anything yet at that time.', 400, 'caller'],
  ERR_KNOWN_BEFORE: ['This node knew nothing yet at that time.', 404, 'caller'],
  ERR_KNOWN_CHARTER: ['This node has adopted no such charter.', 404, 'caller'],
  ERR_KNOWN_ORIGIN: ['The vector names a log that its charter does not name.', 400, 'caller'],
  ERR_KNOWN_BEYOND: ['The vector reaches beyond what this node has merged.', 409, 'caller'],
  ERR_KNOWN_GONE: ['What was known then can no longer be read here.', 410, 'operator'],
  // screening whole manifests (look-up 4.4)
  ERR_SCREENING_UNKNOWN: ['There is no screening of this name here.', 404, 'caller'],
  ERR_SCREENING_FORMAT: ['The file is not CSV, XLSX or NDJSON that can be read.', 422, 'caller'],
  ERR_SCREENING_EMPTY: ['The file holds no line of goods.', 422, 'caller'],
  ERR_SCREENING_ENCODING: ['The encoding is not known here.', 422, 'caller'],
  ERR_SCREENING_LINE: ['A line of the file is longer or wider than one may be.', 422, 'caller'],
  ERR_SCREENING_TOO_LARGE: ['The file has more bytes or lines than one may have.', 413, 'caller'],
  ERR_SCREENING_MAP: ['A column or a question of the mapping does not exist.', 422, 'caller'],
  ERR_SCREENING_UNMAPPED: ['No column of the file says what the goods are.', 422, 'caller'],
  ERR_SCREENING_STATE: ['The screening is not at a point where this can be done.', 409, 'caller'],
  ERR_SCREENING_BUSY: ['Too many files wait to be screened; try again later.', 503, 'operator'],
  ERR_PLATFORM_LIMIT: [
    'The platform allows one run no more than this; the work goes on with the next run.',
    503,
    'us',
  ],
  ERR_INTERNAL: ['The node failed; the operator can find the cause in its log.', 500, 'us'],
  // fetching from a peer (protocol 1.7)
  ERR_PEER_UNREACHABLE: ['The peer did not answer.', 502, 'peer'],
  ERR_PEER_ADDRESS: ["The peer's address is not one that this node connects to.", 502, 'peer'],
  ERR_ROUND_OVER: [
    "The peer's share of this round is over; the next one goes on from there.",
    504,
    'peer',
  ],
  ERR_PEER_TIMEOUT: ['The peer answered too slowly.', 504, 'peer'],
  ERR_PEER_STATUS: ['The peer answered with a status that this path never has.', 502, 'peer'],
  ERR_PEER_REDIRECT: ['The peer answered with a redirect; none is followed.', 502, 'peer'],
  ERR_PEER_ENCODING: ['The peer answered in an encoding other than gzip or none.', 502, 'peer'],
  ERR_PEER_TOO_LARGE: ['The peer sent more than this path can hold.', 502, 'peer'],
  // believing a peer (protocol 1.7, 1.10)
  ERR_HEAD_FORMAT: ['The head is not a checkpoint in its one form.', 422, 'peer'],
  ERR_HEAD_ORIGIN: ["The head names another log than this peer's.", 422, 'peer'],
  ERR_HEAD_SIGNATURE: ["The head is not signed by the log's current key.", 422, 'peer'],
  ERR_HEAD_ROLLBACK: ['The head is smaller than one seen before.', 409, 'peer'],
  ERR_HEAD_CONFLICT: ['Two signed heads of this log cannot both be true.', 409, 'peer'],
  ERR_HEAD_GROWTH: ['The head grew by more than one round takes.', 422, 'peer'],
  ERR_TILE_MISMATCH: ['The tiles do not hash to the signed root.', 422, 'peer'],
  ERR_BUNDLE_FORMAT: ['The entry bundle is not well-formed.', 422, 'peer'],
  ERR_BUNDLE_MISMATCH: ['The entry bundle does not hash to the signed tree.', 422, 'peer'],
  ERR_FEED_GAP: ['An earlier log of this market is not merged to its end yet.', 503, 'peer'],
  ERR_FEED_REWRITTEN: ['The log no longer holds entries that it held before.', 409, 'peer'],
  // proofs, policies and alliance bundles (protocol 1.11)
  ERR_PROOF_FORMAT: ['Not a tlog-proof in its one form.', 422, 'caller'],
  ERR_PROOF_MISMATCH: ['The proof does not lead from the entry to the signed root.', 422, 'caller'],
  ERR_PROOF_QUORUM: ['Fewer witnesses cosigned the head than the policy asks for.', 422, 'caller'],
  ERR_PROOF_PENDING: ['No head that holds this entry has been merged whole yet.', 503, 'peer'],
  ERR_POLICY_FORMAT: ['Not a tlog-policy.', 422, 'caller'],
  ERR_ARCHIVE_FORMAT: ['Not an alliance bundle in its one form.', 422, 'caller'],
  ERR_ARCHIVE_MISSING: ['The alliance bundle lacks a file that is needed.', 422, 'caller'],
  // the database
  ERR_COMMIT_CONFLICT: ['Another writer was first; plan again.', 409, 'us'],
  ERR_DATABASE_OPEN: ['The database cannot be opened.', 500, 'operator'],
  ERR_DATABASE_NEWER: ['The database was written by a newer version.', 500, 'operator'],
  // admission: before our own log appends an act (decisions 2.1)
  ERR_DRAFT_TOO_LARGE: ['The file of acts is too large; split it.', 413, 'caller'],
  ERR_DRAFT_SYNTAX: ['The file of acts is not one plain YAML or JSON document.', 422, 'caller'],
  ERR_ADMIT_SHAPE: ['A member has the wrong type, word or length.', 422, 'caller'],
  ERR_ADMIT_UNKNOWN_MEMBER: ['A member that no act knows; probably misspelled.', 422, 'caller'],
  ERR_ADMIT_MISSING: ['A required member is missing or empty.', 422, 'caller'],
  ERR_ADMIT_NO_ORDER: ['What is given as an instrument is no order to exclude.', 422, 'caller'],
  ERR_ADMIT_DATE: ['A date is not real, or stands in no sensible order.', 422, 'caller'],
  ERR_ADMIT_TIME_ZONE: ['Not a time zone of the IANA database.', 422, 'caller'],
  ERR_ADMIT_GTIN: ['Not a barcode number that names one product in the world.', 422, 'caller'],
  ERR_ADMIT_PATTERN: ['Not a pattern of model numbers, or too broad.', 422, 'caller'],
  ERR_ADMIT_GENERIC: ['A value that identifies nothing, such as N/A.', 422, 'caller'],
  ERR_ADMIT_DUPLICATE_PID: ['A pid stands twice in one act.', 422, 'caller'],
  ERR_ADMIT_UNKNOWN_PID: ['The decision lists no product under this pid.', 422, 'caller'],
  ERR_ADMIT_TEXT: ['Text with invisible, ambiguous or control characters.', 422, 'caller'],
  ERR_ADMIT_HS: ['Not a tariff code of an edition of the Harmonised System.', 422, 'caller'],
  ERR_ADMIT_BOND: ['Kind, amount and currency of the bond do not fit together.', 422, 'caller'],
  ERR_ADMIT_OWN_DECISION: ['A market responds to decisions of others only.', 422, 'caller'],
  ERR_ADMIT_PARTY_ID: ["A party's identifier is not of its kind.", 422, 'caller'],
  ERR_ADMIT_PERSONAL: ['Personal data beyond the name of a party.', 422, 'caller'],
  // judging stops, it is never skipped
  ERR_UPGRADE_NEEDED: [
    'The feed uses an act this version does not know; upgrade this node.',
    503,
    'operator',
  ],
  ERR_INDEX_BUILDING: [
    'The index is being rebuilt after an upgrade: what is not found may be listed all the same.',
    503,
    'us',
  ],
  ERR_CHARTER_AHEAD: ['The feed relies on a charter this node has not adopted yet.', 503, 'peer'],
} as const satisfies Record<string, Row>

export type ErrorCode = keyof typeof ERRORS

/** What this program throws: a stable code, one line of prose, facts as fields, and for operators the cure. */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly code: ErrorCode
  readonly facts: Readonly<Record<string, unknown>>
  /** Where in the input, as a path: `/acts/0/header/starts_on`. */
  readonly at: string | undefined
  readonly cure: string | undefined

  constructor(
    code: ErrorCode,
    message: string,
    more: { at?: string; cure?: string; cause?: unknown; facts?: Record<string, unknown> } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause })
    this.code = code
    this.at = more.at
    this.cure = more.cure
    this.facts = more.facts ?? {}
  }
}

/** The HTTP status of a code. */
export function statusOf(code: ErrorCode): number {
  return ERRORS[code][1]
}

/** One sentence that says what a code means. */
export function meaningOf(code: ErrorCode): string {
  return ERRORS[code][0]
}

/** A stranger's data: either good, or a code and what was wrong with it. */
export type Result<T> = { ok: true; value: T } | Refusal
export type Refusal = { ok: false; code: ErrorCode; detail: string }

export function ok<T>(value: T): { ok: true; value: T } {
  return { ok: true, value }
}

export function refusal(code: ErrorCode, detail: string): Refusal {
  return { ok: false, code, detail: detail.slice(0, 300) }
}
