// The three ways a test runs: `node` (the default), `dom` (happy-dom) and `browser` (drives real browsers).
// Tests name the package's doors as a user would, and get the sources behind them.

import { fileURLToPath } from 'node:url'
import { configDefaults, defineConfig } from 'vitest/config'

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** Since 25 Node has a storage of its own, which hides the one of a page. */
const NODE_STORAGE = '--no-experimental-webstorage'

const DOM = 'test/**/*.dom.test.ts'
const BROWSER = 'test/browser/**/*.test.ts'

export default defineConfig({
  resolve: {
    alias: [
      { find: /^tickwire$/, replacement: source('sdk/index.ts') },
      { find: /^tickwire\/server$/, replacement: source('server/index.ts') },
      { find: /^tickwire\/game$/, replacement: source('protocol/index.ts') },
      { find: /^tickwire\/devtools$/, replacement: source('devtools/index.ts') },
      { find: /^tickwire\/connect$/, replacement: source('sdk/connect.ts') },
      { find: /^tickwire\/spawns$/, replacement: source('sdk/spawns.ts') },
      { find: /^tickwire\/testing$/, replacement: source('sdk/testing.ts') },
    ],
  },
  test: {
    allowOnly: false,
    // Time is never what a test is about; a busy machine must not fail one.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'node',
          environment: 'node',
          include: ['test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, DOM, BROWSER],
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'dom',
          environment: 'happy-dom',
          execArgv: process.allowedNodeEnvironmentFlags.has(NODE_STORAGE) ? [NODE_STORAGE] : [],
          include: [DOM],
          exclude: [...configDefaults.exclude, BROWSER],
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          environment: 'node',
          include: [BROWSER],
          // One page at a time: two browsers on two cores would measure each other.
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
