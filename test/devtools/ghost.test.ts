import { describe, expect, test } from 'vitest'
import { ghostOf, KEPT, Misses } from '../../devtools/ghost.ts'
import { Lab } from '../../devtools/lab.ts'
import { defineGame } from '../../protocol/game.ts'
import { angle, fixed, flag } from '../../protocol/vocabulary.ts'
import { Predicted, ruleFor } from '../../sdk/predicted.ts'

const game = defineGame({
  entities: { ship: { x: fixed(0, 100, 1), y: fixed(0, 100, 1), heading: angle(8), isFast: flag() } },
})
const layout = game.kinds[2]!
const rule = ruleFor(2, layout, () => {}, false)

/** An own ship that is drawn at one place, where the server has it at another one. */
function ship(present: object, exact?: readonly number[], id = 1): Predicted {
  return Object.assign(Object.create(Predicted.prototype) as Predicted, {
    ...{ id, rule, present: { id, ...present } },
    exact: exact && Float64Array.from([0, ...exact]),
  })
}

const at = (x: number, y = 0, heading = 0) => ({ x, y, heading, isFast: true })

describe('a ghost', () => {
  test('is told by its exact numbers, and by what is no number as it is', () => {
    const { told, due } = ghostOf(ship(at(7, 8, 1), [5.25, 6.5, 0.5, 0]))
    expect(told).toEqual({ id: 1, x: 5.25, y: 6.5, heading: 0.5, isFast: true })
    expect(due).toEqual({ id: 1, ...at(7, 8, 1) })
  })

  test('of which nothing exact is known is told as it is due', () => {
    expect(ghostOf(ship(at(7))).told).toEqual({ id: 1, ...at(7) })
  })
})

test('the lab has ghosts of one’s own entities, and of no others that are predicted', () => {
  const entities = [ship(at(1), [2, 0, 0, 0]), ship(at(3), undefined, 2)]
  const drawn = entities.map(({ id }) => ({ id, x: id }))
  const room = { inside: { prediction: { entities } }, view: () => ({ ship: drawn }) }
  const lab = new Lab(room as never, {} as never)
  expect(lab.ghosts.map(({ due }) => due.id)).toEqual([1])
  expect(lab.drawn).toEqual([{ id: 1, x: 1 }])
})

describe('how far off a prediction was', () => {
  test('is told once for each input that the server tells of, by the place and not by where it looks', () => {
    const misses = new Misses()
    expect(misses.look(ship(at(10, 20, 1), [0, 0, 0, 0]), 1, 0)).toBeUndefined()
    expect(misses.look(ship(at(50), [13, 24, 3, 0]), 2, 1)).toBe(5)
    expect(misses.look(ship(at(50), [13, 24, 3, 0]), 3, 1)).toBeUndefined()
  })

  test('goes by where it was drawn first after an input', () => {
    const misses = new Misses()
    for (const x of [10, 90]) misses.look(ship(at(x), [0, 0, 0, 0]), 1, 0)
    expect(misses.look(ship(at(90), [13, 0, 0, 0]), 2, 1)).toBe(3)
  })

  test('is not told of an input that is too long ago, or that was never drawn', () => {
    const misses = new Misses()
    for (let seq = 1; seq <= KEPT + 1; seq++) misses.look(ship(at(10), [0, 0, 0, 0]), seq, 0)
    expect(misses.look(ship(at(10), [13, 0, 0, 0]), KEPT + 1, 1)).toBeUndefined()
    expect(misses.look(ship(at(10), [13, 0, 0, 0]), KEPT + 1, 2)).toBe(3)
    expect(misses.look(ship(at(10), [13, 0, 0, 0]), KEPT + 9, KEPT + 7)).toBeUndefined()
  })

  test('is not told of another entity, or of inputs that are counted anew', () => {
    const misses = new Misses()
    for (const seq of [1, 2]) misses.look(ship(at(10), [0, 0, 0, 0]), seq, 0)
    expect(misses.look(ship(at(20), [60, 0, 0, 0], 2), 2, 1)).toBeUndefined()
    expect(misses.look(ship(at(20), [60, 0, 0, 0], 2), 2, 2)).toBe(40)
    expect(misses.look(ship(at(30), [60, 0, 0, 0], 2), 2, 0)).toBeUndefined()
    expect(misses.look(ship(at(30), [61, 0, 0, 0], 2), 3, 2)).toBe(31)
  })
})
