// What the routes of routes.ts are, for the OpenAPI document.
import * as z from 'zod'
import { problemSchema } from '../api/document.ts'
import { type RouteDoc, UNCHANGED } from '../api/route.ts'
import { STATES } from '../decision/state.ts'
import type { ErrorCode } from '../errors.ts'
import { MAX_DECISION_PAGE } from './decisions.ts'
import { querySchema } from './query.ts'
import { MAX_LOOKUP_BODY_BYTES, MAX_QUERIES } from './routes.ts'
import { answerSchema, decisionPageSchema, storySchema } from './schema.ts'

const JSON_TYPE = 'application/json'
const CONDITIONAL = { 'if-none-match': 'The `etag` of an earlier answer.' }

/** What `known` can be refused for. */
export const KNOWN_ERRORS: readonly ErrorCode[] = [
  'ERR_KNOWN_FUTURE',
  'ERR_KNOWN_BEFORE',
  'ERR_KNOWN_CHARTER',
  'ERR_KNOWN_ORIGIN',
  'ERR_KNOWN_BEYOND',
  'ERR_KNOWN_GONE',
]
/** What a question can be refused for. */
const QUESTION_ERRORS: readonly ErrorCode[] = [
  ...KNOWN_ERRORS,
  'ERR_RECEIPT_UNAVAILABLE',
  'ERR_READ_ONLY',
  'ERR_QUERY_UNKNOWN_PARAMETER',
  'ERR_QUERY_INVALID',
  'ERR_QUERY_EMPTY',
  'ERR_CHARTER_NONE',
]

const rowSchema = z
  .union([answerSchema.extend({ status: z.literal(200) }), problemSchema])
  .meta({ id: 'Row', description: 'An answer, or what was wrong with this row alone.' })

export const LOOKUP_DOCS: readonly RouteDoc[] = [
  {
    method: 'get',
    path: '/v1/lookup',
    tag: 'look-up',
    summary: 'Look one thing up',
    text: 'Give `q`, which takes anything, or any of the fields. An empty parameter is one left out.',
    query: querySchema,
    headers: {
      'if-none-match':
        'The `etag` of an earlier answer: weak, equal within a minute where all but `at` and the ages is equal.',
    },
    answers: {
      200: { type: JSON_TYPE, text: 'The answer.', schema: answerSchema },
      304: UNCHANGED,
    },
    errors: QUESTION_ERRORS,
    try: { path: '/v1/lookup?q=Drovolt+DB-1850' },
  },
  {
    method: 'post',
    path: '/v1/lookup',
    tag: 'look-up',
    summary: 'Look up to 100 things up at once',
    text: 'All rows are answered from one moment, but where a row asks for another by `known`. What stands beside `queries` holds for every row that does not say otherwise. One bad row is that row’s problem.',
    body: {
      type: JSON_TYPE,
      most: MAX_LOOKUP_BODY_BYTES,
      text: `Up to ${MAX_QUERIES} questions by names of your own, of up to 64 characters.`,
      schema: z
        .strictObject({
          queries: z.record(z.string().max(64), querySchema),
          ...querySchema.pick({ on: true, known: true, lang: true, limit: true, receipt: true })
            .shape,
        })
        .meta({ id: 'Questions' }),
    },
    answers: {
      200: {
        type: JSON_TYPE,
        text: 'An answer for each row.',
        schema: z
          .strictObject({ responses: z.record(z.string(), rowSchema) })
          .meta({ id: 'Answers' }),
      },
    },
    errors: ['ERR_QUERY_BODY', 'ERR_QUERY_TOO_LARGE', 'ERR_CHARTER_NONE'],
    try: {
      path: '/v1/lookup',
      body: { queries: { row17: { brand: 'Drovolt', model: 'DB-1850' } } },
    },
  },
  {
    method: 'get',
    path: '/v1/decisions',
    tag: 'decisions',
    summary: 'List decisions by name',
    query: z.object({
      market: z.string().optional().describe('Of one market only.'),
      state: z.enum(STATES).optional().describe('In one state only, as of now.'),
      q: z.string().max(300).optional().describe('Whose terms hold all these words.'),
      after: z.string().max(140).optional().describe('`next` of the page before.'),
      limit: z.int().min(1).max(MAX_DECISION_PAGE).default(50),
      on: querySchema.shape.on,
      known: querySchema.shape.known,
    }),
    headers: CONDITIONAL,
    answers: {
      200: { type: JSON_TYPE, text: 'One page.', schema: decisionPageSchema },
      304: UNCHANGED,
    },
    errors: [
      ...KNOWN_ERRORS,
      'ERR_QUERY_UNKNOWN_PARAMETER',
      'ERR_QUERY_INVALID',
      'ERR_CHARTER_NONE',
    ],
    try: { path: '/v1/decisions?market=us&limit=5' },
  },
  {
    method: 'get',
    path: '/v1/decisions/:decision{.+}',
    tag: 'decisions',
    summary: 'Tell the whole story of one decision',
    params: { decision: 'Its name, such as `us/337-ta-1276/leo`; the strokes stay as they are.' },
    query: z.object({
      products_after: z.string().optional().describe('`products_next` of the answer before.'),
      on: querySchema.shape.on,
      known: querySchema.shape.known,
    }),
    headers: CONDITIONAL,
    answers: {
      200: { type: JSON_TYPE, text: 'Terms, products, acts, effects.', schema: storySchema },
      304: UNCHANGED,
    },
    errors: [
      ...KNOWN_ERRORS,
      'ERR_DECISION_UNKNOWN',
      'ERR_QUERY_UNKNOWN_PARAMETER',
      'ERR_QUERY_INVALID',
      'ERR_CHARTER_NONE',
    ],
    try: { path: '/v1/decisions/us/337-ta-1005/leo' },
  },
]
