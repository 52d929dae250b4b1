import { defineConfig } from 'vitest/config'

/** What is about neither better-sqlite3 nor the operating system runs a second time with one node of each alliance on workerd. */
const BOTH_RUNTIMES = [
  'test/serve/*.test.ts',
  'test/witness/*.test.ts',
  'test/lookup/{routes,verdict,effect,coverage}.test.ts',
  'test/journey/{merge,witness,two-keys,reindex}.test.ts',
]

export default defineConfig({
  test: {
    setupFiles: ['test/setup.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Half of the time many files only wait for processes of their own.
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: { name: 'node', include: ['test/**/*.test.ts'], exclude: ['test/bench/**'] },
      },
      {
        extends: true,
        test: {
          name: 'workers',
          include: BOTH_RUNTIMES,
          env: { PORTCULLIS_TEST_RUNTIME: 'worker' },
          testTimeout: 60_000,
        },
      },
    ],
  },
})
