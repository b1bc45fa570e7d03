import { expect, test } from 'vitest'
import { CLOSE, type CloseReason } from '../../protocol/errors.ts'
import { inWords, JoinError } from '../../sdk/failure.ts'

const CAUSES = ['blocked-upgrade', 'wrong-path', 'mixed-content', 'origin-refused', 'server-gone'] as const

test('every reason and cause has words of its own', () => {
  const words = [...(Object.keys(CLOSE) as CloseReason[]), ...CAUSES].map((reason) => inWords(reason))
  expect(new Set(words).size).toBe(words.length)
  for (const said of words) expect(said.length).toBeGreaterThan(10)
})

test("the server's own words follow ours", () => {
  expect(inWords('FULL', { code: 1013, reason: 'room 7 is full', wasClean: true })).toMatch(
    /^the room is full.* \(room 7 is full\)$/,
  )
  expect(inWords('FULL', { code: 1013, reason: '', wasClean: true })).toBe(inWords('FULL'))
})

test('a JoinError has a cause only when a socket could not be opened', () => {
  expect(new JoinError('FULL', 1013, 'full')).toMatchObject({ reason: 'FULL', cause: undefined, code: 1013 })
  for (const cause of CAUSES) expect(new JoinError(cause, 1006, '').cause).toBe(cause)
})
