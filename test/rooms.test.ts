// The rules of the house as a test: who may import whom, where a runtime may be known, how files may look (src/README.md).
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const SRC = fileURLToPath(new URL('../src', import.meta.url))
const WORDS = ['encoding', 'decision', 'identifier', 'tlog', 'errors.ts']

/** What a story may use besides other stories: it tells the journey, so it knows the rooms of it. */
const STORY = [...WORDS, 'db.ts', 'gate.ts', 'charter', 'pull', 'witness']

/** Room or file of `src/` → rooms, files of rooms (doors) and packages it may import. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  'errors.ts': [],
  'db.ts': [],
  // What every signer asks first.
  'gate.ts': ['encoding', 'errors.ts'],
  'config.ts': ['encoding', 'decision', 'errors.ts', 'yaml', 'zod'],
  encoding: ['node:crypto', 'node:buffer'],
  identifier: ['encoding', 'decision'],
  decision: ['encoding', 'identifier', 'tlog', 'errors.ts', 'zod'],
  tlog: ['encoding', 'errors.ts', 'zod'],
  charter: [...WORDS, 'db.ts', 'jose', 'zod'],
  api: ['encoding', 'errors.ts', 'hono', 'zod'],
  publish: [...WORDS, 'yaml', 'hono', 'zod', 'api'],
  log: [...WORDS, 'db.ts'],
  serve: [
    ...WORDS,
    'api',
    'db.ts',
    'hono',
    'zod',
    'log/read.ts',
    'charter/store.ts',
    'charter/members.ts',
    'pull/feed.ts',
    'pull/mirror.ts',
  ],
  pull: [...WORDS, 'db.ts'],
  proof: [
    ...WORDS,
    'api',
    'db.ts',
    'hono',
    'zod',
    'charter/charter.ts',
    'charter/members.ts',
    'charter/policy.ts',
    'charter/quorum.ts',
    'charter/schema.ts',
    'pull/cut.ts',
    'pull/feed.ts',
    'pull/mirror.ts',
    'witness/store.ts',
  ],
  archive: [...WORDS, 'db.ts', 'charter/store.ts', 'pull/mirror.ts'],
  verify: [...WORDS],
  merge: [...WORDS, 'db.ts'],
  people: [...WORDS, 'db.ts', 'jose', 'hono', 'zod', 'api'],
  catalog: [...WORDS, 'db.ts'],
  lookup: [
    ...WORDS,
    'api',
    'db.ts',
    'hono',
    'zod',
    'catalog/read.ts',
    'catalog/keys.ts',
    'catalog/changed.ts',
    'catalog/filter.ts',
    'catalog/fulltext.ts',
    'catalog/page.ts',
    'pull/feed.ts',
    'pull/mirror.ts',
    'brake/limit.ts',
    'brake/store.ts',
    'status/freshness.ts',
    'problem.ts',
  ],
  screening: [
    ...WORDS,
    'db.ts',
    'hono',
    'zod',
    'api/route.ts',
    'lookup',
    'catalog/changed.ts',
    'csv-parse',
    'csv-stringify/sync',
    'read-excel-file/universal',
    'write-excel-file/universal',
  ],
  'screenings.ts': [...STORY, 'screening'],
  'screening-desk.ts': [...STORY, 'screening', 'screenings.ts'],
  'screening-run.ts': [...STORY, 'screening', 'lookup', 'catalog/changed.ts'],
  status: [
    ...WORDS,
    'api',
    'db.ts',
    'hono',
    'zod',
    'charter/members.ts',
    'charter/store.ts',
    'pull/feed.ts',
    'pull/peer.ts',
    'witness/evidence.ts',
    'brake/store.ts',
  ],
  web: [
    ...WORDS,
    'api',
    'hono',
    'lookup',
    'screening',
    'status',
    'catalog/read.ts',
    'problem.ts',
    'people/authenticate.ts',
    'people/routes.ts',
  ],
  'inbound.ts': [
    'judging.ts',
    ...WORDS,
    'db.ts',
    'charter',
    'pull',
    'verify',
    'merge',
    'catalog',
    'brake/watch.ts',
    'braking.ts',
  ],
  'outbound.ts': [
    ...WORDS,
    'db.ts',
    'gate.ts',
    'charter',
    'publish',
    'log',
    'verify',
    'merge/read.ts',
    'catalog/standing.ts',
    'admitting.ts',
    'inbound.ts',
    'signing.ts',
  ],
  'foreseeing.ts': [...STORY, 'merge/plan.ts', 'rejudge.ts'],
  'endorsing.ts': [...STORY, 'merge/read.ts', 'outbound.ts', 'pull/feed.ts', 'signing.ts'],
  'judging.ts': [...STORY, 'merge/plan.ts', 'pull/feed.ts'],
  'signing.ts': [...STORY, 'publish', 'log', 'verify', 'merge/read.ts', 'judging.ts'],
  witness: [...WORDS, 'api', 'db.ts', 'hono', 'zod', 'charter/quorum.ts'],
  brake: [
    ...WORDS,
    'api',
    'zod',
    'db.ts',
    'hono',
    'catalog/read.ts',
    'catalog/keys.ts',
    'charter/members.ts',
    'people/authenticate.ts',
    'people/routes.ts',
  ],
  'braking.ts': [...STORY, 'brake'],
  'releasing.ts': [...STORY, 'brake', 'people', 'braking.ts'],
  'witnessing.ts': [...STORY, 'inbound.ts', 'forks.ts'],
  'mirroring.ts': [...STORY, 'witnessing.ts'],
  'gossip.ts': [...STORY, 'zod', 'mirroring.ts', 'witnessing.ts'],
  'alongside.ts': [
    ...STORY,
    'signing.ts',
    'inbound.ts',
    'outbound.ts',
    'witnessing.ts',
    'mirroring.ts',
    'gossip.ts',
    'forks.ts',
  ],
  'standing.ts': [...STORY],
  'forks.ts': [...STORY, 'verify'],
  'folding.ts': [...STORY, 'log/read.ts', 'outbound.ts'],
  'push.ts': [
    ...STORY,
    'log/read.ts',
    'outbound.ts',
    'witnessing.ts',
    'alongside.ts',
    'folding.ts',
  ],
  'rejudge.ts': [...STORY, 'verify', 'merge', 'catalog', 'judging.ts'],
  'adoption.ts': [...STORY, 'inbound.ts', 'rejudge.ts'],
  'announce.ts': [
    ...STORY,
    'log/read.ts',
    'inbound.ts',
    'outbound.ts',
    'adoption.ts',
    'signing.ts',
  ],
  'lineage.ts': [...STORY, 'verify', 'inbound.ts', 'alongside.ts', 'rejudge.ts'],
  'sync.ts': [
    ...STORY,
    'inbound.ts',
    'outbound.ts',
    'alongside.ts',
    'adoption.ts',
    'announce.ts',
    'lineage.ts',
    'signing.ts',
    'folding.ts',
    'braking.ts',
  ],
  receipt: [
    ...WORDS,
    'zod',
    'charter/charter.ts',
    'charter/members.ts',
    'lookup/judge.ts',
    'lookup/schema.ts',
  ],
  'asking.ts': [...STORY, 'known.ts', 'lookup', 'replay.ts', 'standing.ts'],
  'receipting.ts': [
    ...STORY,
    'asking.ts',
    'gate.ts',
    'signing.ts',
    'receipt',
    'known.ts',
    'lookup',
    'receipt/schema.ts',
    'replay.ts',
  ],
  'replay.ts': [...STORY, 'inbound.ts'],
  'known.ts': [...STORY, 'lookup/known.ts', 'replay.ts'],
  'transfer.ts': [
    ...STORY,
    'archive',
    'adoption.ts',
    'alongside.ts',
    'inbound.ts',
    'mirroring.ts',
    'witnessing.ts',
  ],
  'people-routes.ts': [
    'api',
    'db.ts',
    'hono',
    'guarded-routes.ts',
    'guarding.ts',
    'outbound.ts',
    'people',
    'publish/routes.ts',
    'submitting.ts',
    'web',
  ],
  'guarding.ts': [...WORDS, 'db.ts', 'people'],
  'guarded-routes.ts': ['hono', 'errors.ts', 'guarding.ts', 'people', 'web/session.ts'],
  'admitting.ts': [...WORDS, 'db.ts', 'catalog/standing.ts'],
  'submitting.ts': [...WORDS, 'db.ts', 'merge/find.ts', 'outbound.ts'],
  'appointing.ts': [...WORDS, 'db.ts', 'people'],
  'problem.ts': ['errors.ts'],
  'app.ts': [
    'api',
    'hono',
    'db.ts',
    'errors.ts',
    'problem.ts',
    'serve',
    'lookup',
    'status',
    'web',
    'charter',
    'witness',
    'alongside.ts',
    'asking.ts',
    'gossip.ts',
    'mirroring.ts',
    'proof',
    'receipt',
    'receipting.ts',
    'replay.ts',
    'screening',
    'screening-desk.ts',
    'standing.ts',
    'witnessing.ts',
    'brake',
    'braking.ts',
    'releasing.ts',
    'people',
    'people-routes.ts',
    'outbound.ts',
  ],
  cli: [
    ...WORDS,
    'commander',
    'node',
    'charter',
    'outbound.ts',
    'endorsing.ts',
    'foreseeing.ts',
    'pull/cut.ts',
    'yaml',
    'sync.ts',
    'appointing.ts',
    'people',
    'brake/flips.ts',
    'braking.ts',
    'releasing.ts',
    'status',
    'lookup',
    'app.ts',
    'asking.ts',
    'screening',
    'screening-desk.ts',
    'screening-run.ts',
    'screenings.ts',
    'problem.ts',
    'proof/verify.ts',
    'receipt',
    'receipting.ts',
    'replay.ts',
    'transfer.ts',
    'node:fs',
    'node:path',
    'node:os',
    'node:url',
  ],
  node: [
    ...WORDS,
    'db.ts',
    'gate.ts',
    'config.ts',
    'app.ts',
    'problem.ts',
    'adoption.ts',
    'announce.ts',
    'signing.ts',
    'outbound.ts',
    'sync.ts',
    'appointing.ts',
    'people',
    'people-routes.ts',
    'guarded-routes.ts',
    'charter',
    'pull/source.ts',
    'pull/cut.ts',
    'log/memory.ts',
    'log/read.ts',
    'push.ts',
    'folding.ts',
    'archive/layout.ts',
    'pull/feed.ts',
    'status',
    'replay.ts',
    'asking.ts',
    'lookup/context.ts',
    'screening-run.ts',
    'screenings.ts',
    'transfer.ts',
    'node:*',
    '@hono/node-server',
    'better-sqlite3',
    'node-cron',
    'undici',
    'yaml',
  ],
}

const FILES = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => ({ name, text: readFileSync(join(SRC, name), 'utf8') }))

const roomOf = (name: string): string => name.split('/')[0] ?? name

function importsOf({ name, text }: { name: string; text: string }): string[] {
  return [...text.matchAll(/(?:^(?:import|export)\b[^'`\n]*|^\} )from '([^']+)'/gm)].map(
    ([, target = '']) =>
      target.startsWith('.') ? relative(SRC, normalize(join(SRC, dirname(name), target))) : target,
  )
}

function isAllowed(room: string, target: string): boolean {
  const allowed = MAY_IMPORT[room] ?? []
  return allowed.some(
    (door) =>
      target === door ||
      (target.endsWith('.ts') && roomOf(target) === door) ||
      (door === 'hono' && target.startsWith('hono/')) ||
      (door === 'node:*' && target.startsWith('node:')),
  )
}

it('no room imports what the table of the house does not allow', () => {
  const wrong = FILES.flatMap((file) =>
    importsOf(file)
      .filter((target) => roomOf(target) !== roomOf(file.name))
      .filter((target) => !isAllowed(roomOf(file.name), target))
      .map((target) => `${file.name} imports ${target}`),
  )
  expect(wrong).toEqual([])
})

it('hono is known only to the app, the pages, problem documents and files called routes.ts', () => {
  const wrong = FILES.filter(({ name }) => !/(^app\.ts|^web\/.*|routes\.ts)$/.test(name)).filter(
    (file) => importsOf(file).some((target) => target === 'hono' || target.startsWith('hono/')),
  )
  expect(wrong.map(({ name }) => name)).toEqual([])
})

it('time and randomness come from the edges only', () => {
  const wrong = FILES.filter(({ name }) => !/^(node|cli|worker)\//.test(name)).filter(({ text }) =>
    /Date\.now\(\)|new Date\(\)|Math\.random\(\)|randomUUID|getRandomValues/.test(text),
  )
  expect(wrong.map(({ name }) => name)).toEqual([])
})

it('no file passes 300 lines, uses any, exports everything or is a dumping ground', () => {
  const wrong = FILES.flatMap(({ name, text }) => [
    ...(text.split('\n').length > 301 ? [`${name}: over 300 lines`] : []),
    ...(/(:|<|\bas) ?any\b(?! )/.test(text) ? [`${name}: any`] : []),
    ...(/^export \*/m.test(text) ? [`${name}: export *`] : []),
    ...(/(^|\/)(utils?|helpers?|common|misc|index)(\/|\.ts$)/.test(name) ? [`${name}: name`] : []),
  ])
  expect(wrong).toEqual([])
})
