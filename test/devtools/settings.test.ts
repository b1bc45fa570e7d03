import { describe, expect, test } from 'vitest'
import {
  AMOUNTS,
  changed,
  PRESETS,
  presetOf,
  profileOf,
  readLink,
  USUAL,
  withPreset,
  writeLink,
} from '../../devtools/settings.ts'

const HREF = 'https://game.test/play?room=abcd#top'

describe('a link', () => {
  test('tells every setting and keeps what else it said', () => {
    const settings = {
      lag: 200,
      jitter: 40,
      loss: 2.5,
      stall: 1500,
      rate: 32,
      predict: false,
      smooth: false,
      interpolate: false,
      ghost: true,
      compensate: false,
      whole: true,
    }
    const link = new URL(writeLink(HREF, settings, 'open'))
    expect(readLink(link.search)).toEqual(settings)
    expect([link.searchParams.get('room'), link.searchParams.get('lab'), link.hash]).toEqual(['abcd', 'open', '#top'])
  })

  test('names only what is not as usual, and forgets what is so again', () => {
    const link = writeLink(HREF, { ...USUAL, lag: 200 }, 'shut')
    expect(link).toBe('https://game.test/play?room=abcd&lab=shut&lag=200#top')
    expect(writeLink(link, USUAL, 'open')).toBe('https://game.test/play?room=abcd&lab=open#top')
    expect(writeLink(link, USUAL, 'shut')).toBe(HREF)
  })

  for (const [search, read] of [
    ['', {}],
    ['?lag=150', { lag: 150 }],
    ['?lag=1e9&loss=99', { lag: AMOUNTS.lag.most, loss: AMOUNTS.loss.most }],
    ['?lag=-5&jitter=x&stall=NaN&rate=', {}],
    ['?predict=0&ghost=1&smooth=1', { predict: false, ghost: true }],
    ['?ghost', { ghost: true }],
  ] as const) {
    test(`${search || 'without a word'} is read as ${JSON.stringify(read)}`, () => {
      expect(readLink(search)).toEqual({ ...USUAL, ...read })
    })
  }
})

describe('a change', () => {
  const settings = { ...USUAL, lag: 150, loss: 2, predict: false }

  for (const [asked, made] of [
    [{}, {}],
    [
      { loss: 100, lag: 1e9 },
      { loss: AMOUNTS.loss.most, lag: AMOUNTS.lag.most },
    ],
    [{ lag: Number.POSITIVE_INFINITY }, { lag: AMOUNTS.lag.most }],
    [{ lag: -5, loss: Number.NaN, ghost: true }, { ghost: true }],
    [
      { lag: 0, loss: 10, predict: true },
      { lag: 0, loss: 10, predict: true },
    ],
  ] as const) {
    test(`to ${JSON.stringify(asked)} makes ${JSON.stringify(made)} of it`, () => {
      expect(changed(settings, asked)).toEqual({ ...settings, ...made })
    })
  }
})

describe('a preset', () => {
  for (const name of Object.keys(PRESETS) as (keyof typeof PRESETS)[]) {
    test(`${name} is known again, within the bounds of what can be set, and leaves the picture alone`, () => {
      const settings = withPreset({ ...USUAL, lag: 330, predict: false }, name)
      expect([presetOf(settings), settings.predict]).toEqual([name, false])
      for (const [amount, { most }] of Object.entries(AMOUNTS)) {
        expect(settings[amount as keyof typeof AMOUNTS]).toBeLessThanOrEqual(most)
      }
    })
  }

  test('is not what was changed by hand', () => {
    expect(presetOf({ ...withPreset(USUAL, 'far'), lag: 251 })).toBeUndefined()
  })
})

describe('the line', () => {
  test('takes half of the latency each way, and counts loss as a share', () => {
    const { line, outage } = profileOf({ ...USUAL, lag: 200, jitter: 40, loss: 2 })
    expect(line).toMatchObject({ latencyMs: 100, jitterMs: 40, loss: 0.02, bytesPerSecond: Number.POSITIVE_INFINITY })
    expect(outage).toBeUndefined()
  })

  test('has a bandwidth in bytes with two seconds of queue, and stalls that come again', () => {
    const { line, outage } = profileOf({ ...USUAL, rate: 32, stall: 1500 })
    expect(line).toMatchObject({ bytesPerSecond: 32_000, queueBytes: 64_000 })
    expect(outage).toEqual({ everyMs: 5_000, forMs: 1_500 })
  })
})
