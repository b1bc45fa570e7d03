// The whole checkout is formatted and linted.

import { expect, test } from 'vitest'
import { ROOT, run } from '../support/shell.ts'

test('biome finds nothing to say about the checkout', { timeout: 60_000 }, async () => {
  const { code, output } = await run('biome', ['check', '--error-on-warnings', '--max-diagnostics=50'], ROOT)
  expect(output).toContain('No fixes applied')
  expect(code, output).toBe(0)
})
