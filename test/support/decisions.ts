// Drafts of invented decisions for tests, with every field that admission asks for.

export type DraftChoice = {
  instrument?: string
  grounds?: string
  starts?: string
  expires?: string
  review_ends?: string
  products?: string
  breadth?: string
}

export const PRODUCT = `
      - pid: one
        listing: listed
        source: {document: Test order, date: 2025-01-02}
        brand: Torvane
        model: TX-9000
        gtins: ['9521234123453']
        description: [{text: Cordless test drill, lang: en}]`

/** An issue act, in force since 2025-01-02 in UTC unless said otherwise. */
export function issueDraft(decision: string, choice: DraftChoice = {}): string {
  const { instrument = 'import_suspension', grounds = 'trademark', starts = '2025-01-02' } = choice
  return `decision: ${decision}
acts:
  - act: issue
    header:
      record: illustrative
      issuing_body: Test authority
      legal_basis: Test act, section 1
      instrument: ${instrument}
      case_numbers: ['T-1']
      title: Cordless drills
      official_text: {citation: Test gazette 1}
      issued_on: 2025-01-02
      starts_on: ${starts}
      expires_on: ${choice.expires ?? '{open: true, reason: until the mark lapses}'}${choice.review_ends === undefined ? '' : `\n      review_ends_on: ${choice.review_ends}`}
      time_zone: UTC
      wording: {kind: summary, text: Drills of the makers named are refused., lang: en}
      grounds: [${grounds}]
      breadth: ${choice.breadth ?? 'any_source'}
      action: {kind: exclude}
      reasons: Invented for a test.
    products:${choice.products ?? PRODUCT}
`
}

/** One act about a decision, written in YAML flow or block style, indented by four. */
export function actDraft(decision: string, act: string): string {
  return `decision: ${decision}\nacts:\n  - ${act.trim().split('\n').join('\n    ')}\n`
}
