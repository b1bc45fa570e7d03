import { describe, expect, test } from 'vitest'
import { Capture, type LiveRow } from '../../protocol/capture.ts'
import { defineGame } from '../../protocol/game.ts'
import { fixed, text, u8 } from '../../protocol/vocabulary.ts'

const game = defineGame({
  entities: {
    ship: { x: fixed(0, 100, 1), drift: fixed(0, 100, 1).tolerance(3), model: u8().static(), name: text(4) },
  },
})

function fleet(strict = true) {
  const values = { x: 10, drift: 10, model: 1, name: 'ann' }
  const ship: LiveRow = { id: 1, values, owner: 0, shownTo: null, reveals: 0 }
  const capture = new Capture(game, strict)
  let tick = 0
  const cells = () => {
    const table = capture.capture([[], [], [undefined, ship]], ++tick).tables[2]
    const [, x, drift, model] = table?.ints.map((column) => column[0]) ?? []
    return { x, drift, model, name: table?.boxes[0]?.[0] }
  }
  return { values, cells, capture }
}

describe('capture', () => {
  test('rounds halves up, once', () => {
    const { values, cells } = fleet()
    values.x = 10.5
    expect(cells().x).toBe(11)
  })

  test('leaves the game its own values, so that a slow drift adds up', () => {
    const { values, cells } = fleet()
    for (let tick = 0; tick < 10; tick++) {
      values.x += 0.1
      cells()
    }
    expect(values.x).toBeCloseTo(11)
    expect(cells().x).toBe(11)
  })

  test('keeps a change below the tolerance back, and tells it once it has grown', () => {
    const { values, cells } = fleet()
    cells()
    values.drift = 12
    expect(cells().drift).toBe(10)
    values.drift = 13
    expect(cells().drift).toBe(13)
  })

  test('takes a static field when its entity appears, and never again', () => {
    const { values, cells } = fleet()
    expect(cells().model).toBe(1)
    values.model = 2
    expect(cells().model).toBe(1)
  })

  test('throws in development for a value that does not fit, naming kind, entity and field', () => {
    for (const [name, value] of [
      ['x', 101],
      ['x', Number.NaN],
      ['name', 'too long'],
    ] as const) {
      const { values, cells } = fleet()
      Object.assign(values, { [name]: value })
      expect(cells).toThrow(new RegExp(`ship 1: ${name}`))
    }
  })

  test('clamps and counts in production', () => {
    const { values, cells, capture } = fleet(false)
    cells()
    values.x = 1000
    values.name = 'too long'
    expect(cells()).toMatchObject({ x: 100, name: 'ann' })
    expect(capture.clamped).toBe(2)
  })

  test('never changes a snapshot that was taken', () => {
    const { values, cells, capture } = fleet()
    cells()
    const first = capture.ring.at(1)
    values.x = 50
    cells()
    expect(first?.tables[2]?.ints[1]?.[0]).toBe(10)
  })
})
