// The sentences of the pages for people with a token: handing in acts, the audit log; in English, as words.ts.
const count = (n: number, one: string) => `${n} ${one}${n === 1 ? '' : 's'}`

export const agencyWords = {
  handIn: {
    title: 'Hand in signed acts',
    lede: 'For acts that the agency’s key has signed elsewhere: all of them are appended or none. The same acts again change nothing.',
    text: 'Acts, one a line',
    file: 'Or the file that `sign` wrote',
    send: 'Append to the log',
    appended: (n: number) => `${count(n, 'act')} appended.`,
    known: (n: number) =>
      n === 1 ? 'This act stood in the log already.' : 'These acts stood in the log already.',
    refused: 'Nothing was appended',
    problems: 'What is wrong',
    caption: (n: number) => count(n, 'act'),
    index: 'Place in the log',
    act: 'Act',
    decision: 'Decision',
  },
  audit: {
    title: 'Audit log',
    lede: 'Who did what at this node, newest first. What was looked up is never here.',
    subject: 'Of one user',
    show: 'Show',
    caption: (n: number) => `${count(n, 'line')} on this page`,
    none: 'There are no more lines.',
    when: 'When',
    who: 'Who',
    from: 'From',
    what: 'What',
    outcome: 'Outcome',
    newest: 'Newest',
    older: 'Older',
  },
} as const
