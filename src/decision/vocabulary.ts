// The closed sets of words an act may use (design: protocol 1.3, decisions 2.1 and 2.2), and the maxima of what it may carry.

export const RECORDS = ['official', 'reconstruction', 'illustrative'] as const
export const CONFIDENCES = ['high', 'medium', 'low'] as const

export const INSTRUMENTS = [
  'general_exclusion',
  'limited_exclusion',
  'temporary_exclusion',
  'seizure_forfeiture',
  'import_suspension',
  'customs_recordation',
  'court_injunction',
] as const

export const GROUNDS = [
  'patent',
  'design',
  'trademark',
  'trade_dress',
  'copyright',
  'mask_work',
  'trade_secret',
  'false_designation',
  'other',
] as const

export const BREADTHS = ['any_source', 'named_parties'] as const
export const LISTINGS = ['listed', 'indicative', 'class'] as const
export const PRECISIONS = ['day', 'month', 'year', 'by'] as const
export const EFFECTS = ['enforce', 'detain', 'examine', 'inform', 'decline'] as const
export const CARVE_OUTS = [
  'licensed',
  'service_or_repair',
  'named_customer',
  'redesign',
  'research',
  'government',
  'personal_use',
  'other',
] as const
export const PARTY_ID_TYPES = ['MID', 'EORI', 'LEI', 'DUNS', 'USCC', 'other'] as const
export const PARTY_ROLES = ['respondent', 'maker', 'exporter', 'importer', 'seller'] as const
export const PROCEDURES = ['consumption', 'warehouse', 'ftz', 'transit', 'export'] as const
export const ACTIONS = ['exclude', 'seize', 'detain'] as const
export const BONDS = ['percent', 'per_unit', 'flat', 'none'] as const
export const CERTIFICATIONS = ['none', 'optional', 'required'] as const
/** Facts without which a listing cannot be judged: names of look-up parameters. */
export const FACTS = ['firmware', 'serial', 'maker', 'origin'] as const
export const REASON_CODES = [
  'court_stay',
  'appeal_pending',
  'status_unverified',
  'stay_lifted',
  'review_passed',
  'disapproved',
  'settled',
  'vacated',
  'changed_facts',
  'licence',
  'right_expired',
  'error',
  'correction',
  'new_evidence',
  'other',
] as const

/** Acts that form a decision's chain. */
export const CHAIN_ACTS = [
  'issue',
  'amend',
  'products',
  'rule',
  'suspend',
  'resume',
  'rescind',
  'annul',
] as const
/** Acts that never enter a decision's chain; `info/…` is open-ended and stands apart. */
export const OTHER_ACTS = ['respond', 'endorse', 'notice'] as const
export const NOTICE_KINDS = [
  'charter',
  'evidence',
  'key',
  'without_peers',
  'effect_rules',
  'bulk',
] as const

export type Instrument = (typeof INSTRUMENTS)[number]
export type Ground = (typeof GROUNDS)[number]
export type Breadth = (typeof BREADTHS)[number]
export type Listing = (typeof LISTINGS)[number]
export type Effect = (typeof EFFECTS)[number]
export type ChainAct = (typeof CHAIN_ACTS)[number]
export type ReasonCode = (typeof REASON_CODES)[number]

/** `us/337-ta-1276/leo`: the market, then one or two lower-case segments (protocol 1.3). */
export const DECISION_PATTERN = /^[a-z]{2}(\/[a-z0-9][a-z0-9.-]{0,63}){1,2}$/
export const PID_PATTERN = /^[a-z0-9][a-z0-9.-]{0,63}$/
export const MARKET_PATTERN = /^[a-z]{2}$/
/** A SHA-256 in unpadded base64url: a leaf hash, an alliance, a charter. */
export const HASH_PATTERN = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/
/** Money and percentages are decimal strings, never floating point numbers. */
export const AMOUNT_PATTERN = /^(0|[1-9][0-9]{0,14})(\.[0-9]{1,4})?$/
export const DAY_PATTERN = /^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$/

export const MAX_LINE = 300
export const MAX_TEXT = 6000
export const MAX_PRODUCTS = 1000
export const MAX_IDENTIFIERS = 1000
export const MAX_LIST = 64
export const MAX_EFFECT_RULES = 64
