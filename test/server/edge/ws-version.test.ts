import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { checkWs, LEAST_WS } from '../../../server/edge/ws-version.ts'

for (const [version, isGood] of [
  ['8.23.0', true],
  ['8.22.9', false],
  ['8.23.1', true],
  ['8.100.0', true],
  ['9.0.0', true],
  ['9.0.0-beta.1', true],
  ['8.23.0-rc.1', false],
  ['7.99.0', false],
  ['', false],
] as const) {
  test(`ws '${version}' is ${isGood ? 'taken' : 'refused by name'}`, () => {
    if (isGood) expect(() => checkWs(version)).not.toThrow()
    else expect(() => checkWs(version)).toThrow(`ws must be ${LEAST_WS} or later, got ${version}`)
  })
}

test('the package asks for no older one', async () => {
  const { dependencies } = JSON.parse(await readFile('package.json', 'utf8'))
  expect(dependencies.ws).toBe(`^${LEAST_WS}`)
})
