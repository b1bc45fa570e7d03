// What a page loads: the whole client with msgpackr in it stays within its budget, and so does the lab.

import { join } from 'node:path'
import { expect, test } from 'vitest'
import { bundle, gzipBytes } from '../../bench/bundle.ts'
import { ROOT } from '../support/shell.ts'

const BUDGET = 24 * 1024
const LAB_BUDGET = 10 * 1024

test('the client and everything it needs is at most 24 KiB under gzip', { timeout: 60_000 }, async () => {
  const code = await bundle(`export * from './sdk/index.js'`, join(ROOT, 'dist'))
  // Proof that it is all there: the socket, the game vocabulary, and msgpackr, which alone is some 11 KiB.
  expect(code).toMatch(/\bbinaryType\b/)
  expect(code).toContain('defineGame')
  expect(gzipBytes(code)).toBeGreaterThan(12 * 1024)
  expect(gzipBytes(code)).toBeLessThanOrEqual(BUDGET)
})

test('who asks nothing does not carry how: requests come with the definition that has them', {
  timeout: 60_000,
}, async () => {
  const from = join(ROOT, 'dist')
  const REJECTION = 'outcome-unknown'
  expect(await bundle(`export * from './sdk/index.js'`, from)).not.toContain(REJECTION)
  const game = (words: string) =>
    `import { ${words} } from './protocol/index.js'\nexport { join } from './sdk/index.js'\n`
  const plain = await bundle(`${game('defineGame')}export const game = defineGame({ toServer: { buy: {} } })`, from)
  expect(plain).not.toContain(REJECTION)
  const asking = `${game('defineGame, request')}export const game = defineGame({ toServer: { buy: request({}, {}) } })`
  expect(await bundle(asking, from)).toContain(REJECTION)
})

test('the client holds nothing of Node or of the server', { timeout: 60_000 }, async () => {
  const code = await bundle(`export * from './sdk/index.js'`, join(ROOT, 'dist'))
  expect(code).not.toMatch(/["']node:|require\(|WebSocketServer/)
})

test('the lab and all that it needs is at most 10 KiB under gzip, and the client holds none of it', {
  timeout: 60_000,
}, async () => {
  const from = join(ROOT, 'dist')
  const lab = await bundle(`export * from './devtools/index.js'`, from)
  expect(lab).toContain('Network lab')
  expect(lab).toContain('binaryType')
  expect(gzipBytes(lab)).toBeGreaterThan(6 * 1024)
  expect(gzipBytes(lab)).toBeLessThanOrEqual(LAB_BUDGET)
  expect(await bundle(`export * from './sdk/index.js'`, from)).not.toMatch(/Network lab|attachShadow/)
})
