import { expect, test } from 'vitest'
import { inWords, JoinError } from '../../sdk/failure.ts'

const CAUSES = ['blocked-upgrade', 'wrong-path', 'mixed-content', 'origin-refused', 'server-gone'] as const

test('every cause has words of its own', () => {
  const words = CAUSES.map((cause) => inWords(cause))
  expect(new Set(words).size).toBe(words.length)
  for (const said of words) expect(said.length).toBeGreaterThan(10)
})

test('whoever closed says why, and for one who said nothing the reason stands', () => {
  expect(inWords('FULL', { code: 1013, reason: 'room 7 is full', wasClean: true })).toBe('room 7 is full')
  expect(inWords('FULL', { code: 1013, reason: '', wasClean: true })).toBe('FULL')
})

test('a JoinError says why, be it a close or what keeps sockets from opening', () => {
  for (const reason of ['FULL', ...CAUSES] as const) {
    expect(new JoinError(reason, 1006, 'words')).toMatchObject({
      name: 'JoinError',
      reason,
      code: 1006,
      message: 'words',
    })
  }
})
