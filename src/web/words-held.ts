// The sentences of the page about a mass change that is held back; in English, as words.ts.
const count = (n: number, one: string) => `${n} ${one}${n === 1 ? '' : 's'}`

export const heldWords = {
  title: (market: string) => `Held back: ${market}`,
  back: 'Status of this node',
  lede: 'This change is unusually large. It is merged here and not in effect: what was blocked stays blocked, and what it would block anew is “possible”.',
  since: 'Held since',
  entries: 'Entries',
  range: (from: string, to: string) => `${from} to ${to} are not in effect`,
  decisions: 'Decisions',
  products: 'Listed products',
  flips: (added: number, lifted: number) => `${added} added, ${lifted} lifted`,
  changed: (n: number) => `, ${n} found by other keys`,
  released: 'Released by',
  nobody: 'nobody yet',
  waiting: (subject: string, position: string, until: string) =>
    `${subject}, up to entry ${position}; a second person may follow until ${until}`,
  ways: 'What ends it',
  ends: [
    'The market corrects it: then this ends by itself.',
    'The market announces it, and a second key of its agency endorses the announcement.',
    'Enough of the other members have applied it.',
    'Two operators of this node release it. Ask the market first, by a way you know, whether it is meant.',
  ],
  two: 'Both need a token with the right “operate”.',
  login: 'Log in',
  release: (position: string) => `Release up to entry ${position}`,
  changes: 'What it would change',
  caption: (n: number) => `${count(n, 'decision')} on this page`,
  decision: 'Decision',
  would: 'Would be',
  added: 'blocked anew',
  lifted: 'no longer blocked',
  stays: 'blocked as before, with other products',
} as const
