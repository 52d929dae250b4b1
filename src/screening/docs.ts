// What is said beside the routes of screenings, for the OpenAPI document.
import * as z from 'zod'
import type { BodyDoc, RouteDoc } from '../api/route.ts'
import { FIELDS } from './column-names.ts'
import { ENCODINGS } from './encodings.ts'
import { FORMATS } from './lines.ts'

/** Parameters of a file that is handed in. */
export const MAX_MAP_CHANGES = 64
export const MAX_BEGIN_BYTES = 64 * 1024
export const DELIMITER_NAMES = { comma: ',', semicolon: ';', tab: '\t', pipe: '|' } as const

const change = z.string().max(300)
export const handedSchema = z.object({
  name: z.string().max(200).default('manifest').describe('Name of the file, for its result.'),
  format: z.enum(FORMATS).optional().describe('Default: found from the first bytes.'),
  encoding: z.enum(ENCODINGS).optional().describe('Default: found, and said in the answer.'),
  delimiter: z
    .enum(['comma', 'semicolon', 'tab', 'pipe'])
    .optional()
    .describe('Of CSV. Default: found from the first lines.'),
  header: z
    .enum(['yes', 'no'])
    .optional()
    .describe(
      'Whether the first line names the columns. Default: yes, unless a barcode stands in it.',
    ),
  map: z
    .array(change)
    .max(MAX_MAP_CHANGES)
    .default([])
    .describe(
      'Changes of the mapping, each `question=column`: `gtin=EAN code`, `text=3`, `none=Remarks`. May be repeated.',
    ),
  receipts: z
    .enum(['yes', 'no'])
    .default('no')
    .describe('A signed receipt for each line, in the last column; at most 10 000 lines.'),
  start: z
    .enum(['yes', 'no'])
    .default('yes')
    .describe('`no`: wait, so that a person may look at the mapping first.'),
})
export const beginSchema = z.strictObject({ map: z.array(change).max(MAX_MAP_CHANGES).default([]) })

const seconds = z.int().meta({ description: 'POSIX seconds.' })
const lines = z.int().min(0)
const coverage = z.looseObject({ market: z.string(), position: z.int(), state: z.string() })
export const screeningSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    state: z.enum(['uploading', 'mapping', 'queued', 'running', 'done', 'failed']),
    made_at: seconds,
    ended_at: seconds.nullable(),
    format: z.enum(FORMATS),
    encoding: z.enum(ENCODINGS),
    encoding_found: z.enum(['mark', 'strict', 'likely', 'ascii', 'chosen']).meta({
      description: 'By a mark, because only it fits, by how likely the text is, or chosen.',
    }),
    delimiter: z.string(),
    columns: z
      .array(z.object({ name: z.string(), feeds: z.enum(FIELDS).nullable() }))
      .meta({ description: 'In the order of the file, each with the question it feeds.' }),
    mapping_remembered: z.boolean(),
    receipts: z.boolean(),
    progress: z.object({ lines, bytes: z.int(), of_bytes: z.int(), percent: z.int().max(100) }),
    counts: z
      .object({
        lines,
        blocked: lines,
        exception: lines,
        possible: lines,
        cannot_say: lines,
        not_listed: lines,
        inactive: lines.meta({
          description: 'Found in no decision that is in force; counted above too.',
        }),
        noted: lines.meta({
          description: 'Nothing found, with a note on how the line was read; counted above too.',
        }),
        unasked: lines.meta({ description: 'Lines that name nothing; they are in cannot_say.' }),
      })
      .nullable()
      .meta({ description: 'Once it is done.' }),
    as_of: z
      .object({
        at: seconds,
        charter: z.object({ n: z.int(), hash: z.string() }),
        matcher: z.string(),
        coverage: z.array(coverage),
        vector: z.record(z.string(), z.tuple([z.int(), z.string().nullable()])),
        not_fresh: z.array(z.string()).meta({ description: 'Markets that are not fresh.' }),
      })
      .nullable()
      .meta({ description: 'The one moment from which all its answers are given.' }),
    code: z.string().nullable(),
    detail: z.string().nullable(),
  })
  .meta({ id: 'Screening' })

const one: BodyDoc = { type: 'application/json', text: 'How it stands.', schema: screeningSchema }
const PARAM = { id: 'Its name, from the answer to the upload.' }
const ROUTE = { tag: 'look-up', params: PARAM } as const
const ID = '/v1/screenings/:id{[0-9a-f-]{36}}'

export const SCREENING_DOCS: readonly RouteDoc[] = [
  {
    method: 'post',
    path: '/v1/screenings',
    tag: 'look-up',
    summary: 'Hand in a manifest',
    text: 'The body is the file itself: CSV, XLSX or NDJSON. It is read as a stream and kept only at this node, for the days that a setting says. Screening begins at once where a column says what the goods are.',
    query: handedSchema,
    body: { type: 'application/octet-stream', text: 'The file.', most: 512 * 1024 * 1024 },
    answers: { 202: one },
    errors: [
      'ERR_QUERY_UNKNOWN_PARAMETER',
      'ERR_QUERY_INVALID',
      'ERR_SCREENING_FORMAT',
      'ERR_SCREENING_EMPTY',
      'ERR_SCREENING_ENCODING',
      'ERR_SCREENING_LINE',
      'ERR_SCREENING_MAP',
      'ERR_SCREENING_TOO_LARGE',
      'ERR_SCREENING_BUSY',
    ],
  },
  {
    method: 'get',
    path: '/v1/screenings',
    tag: 'look-up',
    summary: 'Screenings, the newest first',
    query: z.object({ before: z.string().max(36).optional() }),
    answers: {
      200: {
        type: 'application/json',
        text: 'A page of at most 20.',
        schema: z.object({ screenings: z.array(screeningSchema), next: z.string().nullable() }),
      },
    },
    errors: ['ERR_QUERY_UNKNOWN_PARAMETER', 'ERR_QUERY_INVALID'],
    try: { path: '/v1/screenings' },
  },
  {
    ...ROUTE,
    method: 'get',
    path: ID,
    summary: 'How a screening stands',
    answers: { 200: one },
    errors: ['ERR_SCREENING_UNKNOWN'],
  },
  {
    ...ROUTE,
    method: 'post',
    path: `${ID}/start`,
    summary: 'Map its columns and begin',
    body: {
      type: 'application/json',
      text: 'Changes of the mapping, as `map` of the upload. An empty body is taken as `{}`.',
      schema: beginSchema,
      most: MAX_BEGIN_BYTES,
    },
    answers: { 202: one },
    errors: [
      'ERR_SCREENING_UNKNOWN',
      'ERR_SCREENING_STATE',
      'ERR_SCREENING_MAP',
      'ERR_SCREENING_UNMAPPED',
      'ERR_QUERY_BODY',
    ],
  },
  {
    ...ROUTE,
    method: 'post',
    path: `${ID}/again`,
    summary: 'Screen the same file again',
    text: 'Only lines whose answer could have changed are asked; the result is that of a new screening.',
    answers: { 202: one },
    errors: ['ERR_SCREENING_UNKNOWN', 'ERR_SCREENING_STATE'],
  },
  {
    ...ROUTE,
    method: 'get',
    path: `${ID}/result`,
    summary: 'The file back, marked up',
    text: 'Its own columns in their order, then verdict, tier, score, decision, why, coverage, receipt. CSV is UTF-8, and no cell of it runs as a formula.',
    query: z.object({
      bom: z
        .enum(['yes', 'no'])
        .optional()
        .describe('With the byte order mark by which Excel knows UTF-8.'),
    }),
    answers: {
      200: [
        { type: 'text/csv', text: 'CSV, with the delimiter of the file.' },
        { type: 'application/x-ndjson', text: 'NDJSON.' },
        {
          type: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
          text: 'XLSX, with a second sheet that sums up.',
        },
      ],
    },
    errors: [
      'ERR_SCREENING_UNKNOWN',
      'ERR_SCREENING_STATE',
      'ERR_QUERY_INVALID',
      'ERR_QUERY_UNKNOWN_PARAMETER',
    ],
  },
  {
    ...ROUTE,
    method: 'delete',
    path: ID,
    summary: 'Stop it and forget it: the file, and all that was found',
    answers: { 204: null },
    errors: ['ERR_SCREENING_UNKNOWN'],
  },
]
