import { expect, test } from 'vitest'
import { DEFAULT_LIMITS, limitsFrom } from '../../../server/base/limits.ts'

test('what is not given has its default', () => {
  expect(limitsFrom()).toEqual(DEFAULT_LIMITS)
  expect(limitsFrom({ helloMs: 50 })).toEqual({ ...DEFAULT_LIMITS, helloMs: 50 })
  expect(limitsFrom({ helloMs: 50, rooms: undefined } as never)).toEqual({ ...DEFAULT_LIMITS, helloMs: 50 })
})

test('a limit that there is not, or that is no number above 0, is refused by name', () => {
  expect(() => limitsFrom({ helloSeconds: 5 } as never)).toThrow('helloSeconds')
  for (const value of [0, -1, Number.NaN, '5']) {
    expect(() => limitsFrom({ helloMs: value as number })).toThrow(`limits.helloMs must be above 0, got ${value}`)
  }
})

test('a time that Node keeps is refused by name where that is longer than Node can wait, and others may be for ever', () => {
  for (const name of ['closeMs', 'requestMs', 'unreadMs']) {
    expect(limitsFrom({ [name]: 2 ** 31 - 1 })).toMatchObject({ [name]: 2 ** 31 - 1 })
    for (const value of [2 ** 31, Number.POSITIVE_INFINITY]) {
      expect(() => limitsFrom({ [name]: value })).toThrow(`limits.${name} must be at most 2147483647, got ${value}`)
    }
  }
  const hookMs = Number.POSITIVE_INFINITY
  expect(limitsFrom({ hookMs })).toEqual({ ...DEFAULT_LIMITS, hookMs })
})

test('an address that may have more sockets may dial for all of them at once, and once again, unless that is given', () => {
  const raised = { greetingsPerAddress: 150, dialsPerSecond: 18.75, dialBurst: 600, desertedRoomsPerAddress: 300 }
  expect(limitsFrom({ socketsPerAddress: 300 })).toEqual({ ...DEFAULT_LIMITS, ...raised, socketsPerAddress: 300 })
  expect(limitsFrom({ socketsPerAddress: 300, dialBurst: 5 })).toMatchObject({ ...raised, dialBurst: 5 })
  expect(limitsFrom({ socketsPerAddress: 2 })).toEqual({ ...DEFAULT_LIMITS, socketsPerAddress: 2 })
})

test('however many sockets an address may have, a quarter of all greetings is left to others, unless that is given', () => {
  const most = (greetings: object) => limitsFrom({ socketsPerAddress: 1_000, ...greetings }).greetingsPerAddress
  expect([{}, { greetings: 1_000 }, { greetings: 20 }, { greetingsPerAddress: 256 }].map(most)).toEqual([
    192, 500, 32, 256,
  ])
})

test('what Node counts in whole numbers is refused by name where it is none', () => {
  for (const name of ['headBytes', 'requestMs'] as const) {
    expect(limitsFrom({ [name]: 4_000 })).toMatchObject({ [name]: 4_000 })
    expect(() => limitsFrom({ [name]: 4_000.5 })).toThrow(`limits.${name} must be a whole number, got 4000.5`)
    expect(() => limitsFrom({ [name]: Infinity })).toThrow(
      new RegExp(`limits.${name} must be at most .*, got Infinity`),
    )
  }
  expect(limitsFrom({ helloMs: 0.5 })).toMatchObject({ helloMs: 0.5 })
})

test('frames that are larger than any of the protocol are refused', () => {
  expect(limitsFrom({ frameBytes: 16_384 })).toMatchObject({ frameBytes: 16_384 })
  for (const value of [16_385, Number.POSITIVE_INFINITY]) {
    expect(() => limitsFrom({ frameBytes: value })).toThrow(`limits.frameBytes must be at most 16384, got ${value}`)
  }
})
