import { describe, expect, test } from 'vitest'
import { Allowance, clean } from '../../demo/talk.ts'

describe('words from people', () => {
  const cases: [given: string, shown: string][] = [
    ['  Ada  ', 'Ada'],
    ['Ada\n\tLovelace', 'Ada Lovelace'],
    ['A\u0000d\u0007a', 'A d a'],
    ['\u202egnirts', 'gnirts'],
    ['\u200b\u2066 \ufeff', ''],
    [`e${'\u0301'.repeat(9)}!`, 'e\u0301\u0301!'],
    ['<b>bold</b>', '<b>bold</b>'],
    ['👋🏽 hi', '👋🏽 hi'],
    ['👩\u200d🚀', '👩\u200d🚀'],
    ['\u3164', ''],
    ['\u2800 \u2800', ''],
    ['\u00ad\u200d', ''],
    ['\u{e0041}\u{e007f}', ''],
    ['\uffa0\u115f\ufe0f', ''],
  ]
  for (const [given, shown] of cases) {
    test(`${JSON.stringify(given)} is shown as ${JSON.stringify(shown)}`, () => expect(clean(given, 200)).toBe(shown))
  }

  test('what is too long is cut, and never through a character of two units', () => {
    expect(clean('abcdef', 4)).toBe('abcd')
    expect(clean('abc👋', 4)).toBe('abc')
    expect(clean('ab👋', 4)).toBe('ab👋')
  })

  test('an allowance gives its burst, then one a second', () => {
    const allowance = new Allowance(100, 3, 1)
    expect([1, 2, 3, 4].map(() => allowance.take(100))).toEqual([true, true, true, false])
    expect(allowance.take(100.9)).toBe(false)
    expect(allowance.take(101)).toBe(true)
    expect(allowance.take(101)).toBe(false)
    expect([1, 2, 3, 4].map(() => allowance.take(900))).toEqual([true, true, true, false])
  })
})
