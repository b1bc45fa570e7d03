import { beforeEach, describe, expect, test } from 'vitest'
import { defineGame, fixed, flag, i8, text } from '../../protocol/index.ts'
import { type Input, Inputs } from '../../sdk/input.ts'

const game = defineGame({ input: { dx: i8(), aim: fixed(0, 1, 1 / 4), dash: flag(), word: text(4) } })
const STILL = { dx: 0, aim: 0, dash: false, word: '' }
let inputs: Inputs

beforeEach(() => {
  inputs = new Inputs(game)
})

describe('what a player wants', () => {
  test('is taken as both ends will see it', () => {
    inputs.want({ dx: 2.4, aim: 0.3, dash: true, word: 'hey' })
    expect(inputs.take(0)).toMatchObject({ seq: 1, values: { dx: 2, aim: 0.25, dash: true, word: 'hey' } })
  })

  test('cannot be changed by a rule, which will see it again', () => {
    const { values } = inputs.take(0)
    expect(() => {
      values.dx = 1
    }).toThrow("read only property 'dx'")
  })

  test('is the latest of what was wanted, but a flag that was set in between counts once', () => {
    inputs.want({ ...STILL, dx: 1, dash: true })
    inputs.want({ ...STILL, dx: 2 })
    expect(inputs.take(0).values).toMatchObject({ dx: 2, dash: true })
    expect(inputs.take(0).values).toMatchObject({ dx: 2, dash: false })
  })

  test('goes on counting while it is still wanted', () => {
    inputs.want({ ...STILL, dash: true })
    expect([inputs.take(0), inputs.take(0)].map(({ values }) => values.dash)).toEqual([true, true])
  })

  test('before anything was wanted it is nothing', () => {
    expect(inputs.take(0).values).toEqual(STILL)
  })

  for (const [field, value] of [
    ['dx', 128],
    ['dx', Number.NaN],
    ['dx', undefined],
    ['aim', 1.2],
    ['dash', 1],
    ['word', 'hello'],
  ] as const) {
    test(`${field}: ${String(value)} is refused by the field's name`, () => {
      expect(() => inputs.want({ ...STILL, [field]: value })).toThrow(new RegExp(`^${field}`))
      expect(() => inputs.want({ ...STILL, dx: 127, aim: 1, word: 'four' })).not.toThrow()
    })
  }
})

describe('inputs on their way', () => {
  const seqs = (now: number, bufferedAmount = 0) => {
    const leaving = inputs.leaving(now, bufferedAmount)
    const last = leaving.at(-1)
    if (last) inputs.left(last, now)
    return leaving.map(({ seq }) => seq)
  }

  test('ride together, at most thirty times a second', () => {
    let frames = 0
    const sent: number[] = []
    for (let tick = 0; tick < 60; tick++) {
      inputs.take((tick * 1000) / 60)
      const leaving = seqs((tick * 1000) / 60)
      if (leaving.length > 0) frames++
      sent.push(...leaving)
    }
    expect(frames).toBe(30)
    expect(sent).toEqual(Array.from({ length: 59 }, (_, index) => index + 1))
  })

  test('wait while the browser has more than 256 bytes to write; afterwards only the young ones leave', () => {
    for (let time = 0; time <= 1000; time += 50) {
      inputs.take(time)
      expect(seqs(time, 257)).toEqual([])
    }
    expect(seqs(1000, 256)).toEqual([16, 17, 18, 19, 20, 21])
    expect(inputs.pending.map(({ seq }) => seq)).toEqual([16, 17, 18, 19, 20, 21])
    expect(inputs.dropped).toBe(15)
  })

  test('that had to wait once are not given up for it later', () => {
    inputs.take(0)
    expect([seqs(0, 257), seqs(40)]).toEqual([[], [1]])
    inputs.take(100)
    expect([seqs(600), inputs.dropped]).toEqual([[2], 0])
  })

  test('that have left stay pending after a wait, however old: a state may contain them yet', () => {
    inputs.take(0)
    expect(seqs(0)).toEqual([1])
    inputs.take(300)
    expect([seqs(300, 257), seqs(340)]).toEqual([[], [2]])
    expect([inputs.pending.map(({ seq }) => seq), inputs.dropped]).toEqual([[1, 2], 0])
  })

  test('are at most 64 in a frame, the oldest first', () => {
    for (let count = 0; count < 100; count++) inputs.take(0)
    expect(seqs(0)).toHaveLength(64)
    expect(seqs(100)[0]).toBe(65)
  })

  test('of which only some had room in a frame leave on, from the next one', () => {
    for (let count = 0; count < 5; count++) inputs.take(count)
    inputs.left(inputs.leaving(0, 0)[1] as Input, 0)
    expect([seqs(10), seqs(40)]).toEqual([[], [3, 4, 5]])
  })

  test('are pending until a state contains them', () => {
    for (let count = 0; count < 5; count++) inputs.take(count)
    inputs.acknowledge(3)
    expect(inputs.pending.map(({ seq }) => seq)).toEqual([4, 5])
  })

  test('leave again after a resume if they are young, and are forgotten if not', () => {
    for (let time = 0; time < 500; time += 100) inputs.take(time)
    expect(seqs(400)).toEqual([1, 2, 3, 4, 5])
    inputs.resume(500)
    expect(seqs(500)).toEqual([4, 5])
    inputs.take(600)
    expect(seqs(600)).toEqual([6])
  })

  for (const [what, lostMs, isByTurns, dash] of [
    ['is over after a long outage', 300, false, false],
    ['still counts after a short one', 200, false, true],
    ['still counts in a room of turns', 300, true, true],
  ] as const) {
    test(`that were pressed and let go while there was no line: a flag ${what}`, () => {
      inputs.isByTurns = isByTurns
      inputs.take(0)
      seqs(0)
      inputs.want({ ...STILL, dash: true })
      inputs.want(STILL)
      inputs.resume(lostMs)
      expect(inputs.take(lostMs).values).toMatchObject({ dash })
    })
  }

  test('that are still wanted count however long the outage was', () => {
    inputs.want({ ...STILL, dash: true })
    inputs.resume(9_000)
    expect(inputs.take(9_000).values).toMatchObject({ dash: true })
  })

  test('that were pressed in one session do not count in another', () => {
    inputs.want({ ...STILL, dash: true })
    inputs.want(STILL)
    inputs.restart()
    expect(inputs.take(0).values).toMatchObject({ dash: false })
  })

  test('are counted from 1 again in another session', () => {
    inputs.take(0)
    inputs.restart()
    expect(inputs.pending).toEqual([])
    expect(inputs.take(0).seq).toBe(1)
    expect(seqs(100)).toEqual([1])
  })
})
