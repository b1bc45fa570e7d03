// What a page loads: the whole client with msgpackr in it stays within its budget.

import { join } from 'node:path'
import { expect, test } from 'vitest'
import { bundle, gzipBytes } from '../../bench/bundle.ts'
import { ROOT } from '../support/shell.ts'

const BUDGET = 24 * 1024

test('the client and everything it needs is at most 24 KiB under gzip', { timeout: 60_000 }, async () => {
  const code = await bundle(`export * from './sdk/index.js'`, join(ROOT, 'dist'))
  // Proof that it is all there: the socket, the game vocabulary, and msgpackr, which alone is some 11 KiB.
  expect(code).toMatch(/\bbinaryType\b/)
  expect(code).toContain('defineGame')
  expect(gzipBytes(code)).toBeGreaterThan(12 * 1024)
  expect(gzipBytes(code)).toBeLessThanOrEqual(BUDGET)
})

test('the client holds nothing of Node or of the server', { timeout: 60_000 }, async () => {
  const code = await bundle(`export * from './sdk/index.js'`, join(ROOT, 'dist'))
  expect(code).not.toMatch(/["']node:|require\(|WebSocketServer/)
})
