import { afterEach, expect, test } from 'vitest'
import { realWorld } from '../../sdk/world.ts'

afterEach(() => document.head.replaceChildren())

test('addresses of a page are relative to where it came from, or to the base that it names', () => {
  expect(realWorld({}).base).toBe(location.href)
  const base = document.createElement('base')
  base.href = 'https://games.test/arena/'
  document.head.append(base)
  expect(realWorld({})).toMatchObject({ home: location.href, base: 'https://games.test/arena/' })
})
