import { beforeEach, describe, expect, test } from 'vitest'
import { angle, bytes, defineGame, fixed, flag, i8, i16, list, text, u8 } from '../../protocol/index.ts'
import { quantise } from '../../protocol/scalars.ts'
import { type Snapshot, SnapshotRing, type Table } from '../../protocol/snapshot.ts'
import { type Input, Inputs, type Values } from '../../sdk/input.ts'
import { Prediction } from '../../sdk/prediction.ts'
import { between, seeded } from '../support/random.ts'

const game = defineGame({
  entities: {
    ship: {
      x: fixed(-4096, 4096, 1 / 8),
      speed: fixed(-50, 50, 1 / 64).interpolate(false),
      heading: angle(8),
      depth: i16().interpolate(true),
      hot: flag(),
      name: text(8),
      trail: list(u8(), 4),
      map: bytes(2),
    },
  },
  input: { dx: i8(), hot: flag() },
})
const SHIP = 2
const ME = 7
const ID = 1
const DT = 1 / 60

function move(ship: Values, input: Values, dt: number): void {
  ship.hot = input.hot
  ship.speed = Math.max(-40, Math.min(40, (ship.speed as number) * 0.9 + (input.dx as number) * dt * 7))
  ship.x = (ship.x as number) + (ship.speed as number) * dt
  ship.heading = (ship.heading as number) + (input.dx as number) * 0.001
  const map = ship.map as Uint8Array
  map[0] = (map[0] as number) + 1
  ;(ship.trail as number[]).push(1)
  ;(ship.trail as number[]).length = Math.min(4, (ship.trail as number[]).length)
}

let prediction: Prediction
/** Takes the rule off. */
let off: () => void
let inputs: Inputs
let ring: SnapshotRing
/** What the server has: the same rule on its own object. */
let truth: Values

beforeEach(() => {
  prediction = new Prediction(game)
  prediction.me = ME
  prediction.dt = DT
  off = prediction.predict(SHIP, move)
  inputs = new Inputs(game)
  ring = new SnapshotRing(game)
  truth = { id: ID, x: 1, speed: 0, heading: 3, depth: 0, hot: false, name: 'Ada', trail: [], map: new Uint8Array(2) }
})

const ship = () => prediction.entities[0]

function press(dx: number, hot = false): Input {
  inputs.want({ dx, hot })
  const input = inputs.take(0)
  prediction.step(input)
  return input
}

function snapshot(owner = ME): Snapshot {
  const into = ring.claim(ring.newest.tick + 3)
  const table = into.tables[SHIP] as Table
  table.resize(1)
  table.ids[0] = ID
  game.kinds[SHIP]?.ints.forEach(({ name, scalar }, column) => {
    ;(table.ints[column] as Int32Array)[0] = name === 'owner' ? owner : quantise(scalar, truth[name])
  })
  game.kinds[SHIP]?.boxes.forEach(({ name, type }, column) => {
    ;(table.boxes[column] as unknown[])[0] = type.pack(truth[name])
  })
  return into
}

/** A state that contains all inputs up to `seq`. */
function receive(seq: number, owner = ME): void {
  const exact = Float64Array.from(game.kinds[SHIP]?.ints ?? [], ({ name, isExact }) =>
    isExact ? Number(truth[name]) : 0,
  )
  inputs.acknowledge(seq)
  prediction.learn(SHIP, ID, exact)
  prediction.reconcile(snapshot(owner), inputs.pending)
}

const serve = (input: Input) => move(truth, input.values, DT)

describe('prediction', () => {
  test('moves an own entity in the very tick of the input, by the rule', () => {
    receive(0)
    serve(press(100))
    expect(ship()?.present).toMatchObject({ id: ID, name: 'Ada', x: truth.x, speed: truth.speed, trail: [1] })
  })

  test('leaves the state as it was told, whatever the rule writes into', () => {
    receive(0)
    const { boxes } = ring.newest.tables[SHIP] as Table
    const told = structuredClone(boxes)
    serve(press(100))
    expect(ship()?.present.map).toEqual(Uint8Array.of(1, 0))
    expect(boxes).toEqual(told)
  })

  for (const seed of [1, 2, 3, 4, 5, 6, 7, 8]) {
    test(`equals the server to the bit, and is never corrected, whatever the delay, seed ${seed}`, () => {
      const random = seeded(seed)
      const delay = between(random, 0, 20)
      const onTheWay: Input[] = []
      receive(0)
      for (let tick = 0; tick < 400; tick++) {
        onTheWay.push(press(between(random, -128, 127), random() < 0.5))
        while (onTheWay.length > delay) serve(onTheWay.shift() as Input)
        prediction.alpha = random()
        if (random() < 0.3) receive(inputs.newest - onTheWay.length)
        prediction.fade(tick * 16)
        expect(ship()?.pose(0, 1)).toBe(ship()?.present.x)
      }
      for (const input of onTheWay) serve(input)
      receive(inputs.newest)
      expect(ship()?.present).toEqual(truth)
      expect(prediction.corrections).toBe(0)
    })
  }

  test('tells a rule which of its runs is the first for an input: what is to happen once happens in it', () => {
    const runs: boolean[] = []
    prediction.predict(SHIP, (_ship, _input, _dt, first) => void runs.push(first))
    receive(0)
    press(1)
    press(2)
    receive(0)
    receive(1)
    expect(runs).toEqual([true, true, false, false, false])
  })

  test('that was wrong is corrected at once, and drawn without a jerk until the error has faded', () => {
    receive(0)
    serve(press(100))
    prediction.alpha = 0.5
    prediction.fade(0)
    const drawn = ship()?.pose(0, 0.5) as number
    truth.x = (truth.x as number) + 10
    receive(1)
    expect(prediction.corrections).toBe(1)
    expect(ship()?.present.x).toBe(truth.x)
    expect(ship()?.pose(0, 0.5)).toBeCloseTo(drawn, 9)
    prediction.fade(65)
    expect((truth.x as number) - (ship()?.pose(0, 0.5) as number)).toBeCloseTo(10 / Math.E, 1)
    prediction.fade(1000)
    expect(ship()?.pose(0, 1)).toBeCloseTo(truth.x as number, 3)
  })

  for (const [what, slip, drawn] of [
    ['up to a sixteenth of its numbers on both sides of 0 is drawn without a jerk', 4_000, 0],
    ['more than that is shown at once', 4_200, 4_200],
  ] as const) {
    test(`that was wrong by ${what}`, () => {
      receive(0)
      serve(press(0))
      truth.depth = slip
      receive(1)
      expect([ship()?.present.depth, ship()?.pose(2, 1)]).toEqual([slip, drawn])
    })
  }

  test('that was wrong by less than a step of the field is not counted', () => {
    receive(0)
    serve(press(100))
    truth.x = (truth.x as number) + 0.1
    receive(1)
    expect(prediction.corrections).toBe(0)
    expect(ship()?.present.x).toBe(truth.x)
  })

  test('does not glide over a leap', () => {
    receive(0)
    serve(press(100))
    truth.x = 3000
    receive(1)
    expect(ship()?.pose(0, 1)).toBe(3000)
    expect(prediction.corrections).toBe(1)
  })

  test('is drawn at a number again after a rule gave none', () => {
    for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY]) {
      prediction.predict(SHIP, (ship, _, __, first) => {
        if (first) ship.speed = ship.heading = ship.x = wrong
      })
      receive(0)
      press(100)
      expect(ship()?.pose(0, 1)).not.toBeLessThan(4096)
      receive(0)
      expect([ship()?.pose(0, 1), ship()?.present]).toMatchObject([truth.x, { x: truth.x, speed: truth.speed }])
      expect(ship()?.pose(1, 1)).toBeCloseTo(truth.heading as number)
    }
  })

  test('glides over the seam of an angle the short way', () => {
    receive(0)
    serve(press(0))
    prediction.alpha = 1
    const drawn = ship()?.pose(1, 1) as number
    truth.heading = -3
    receive(1)
    expect(ship()?.pose(1, 1)).toBeCloseTo(drawn, 9)
    prediction.fade(1)
    prediction.fade(66)
    const heading = ship()?.pose(1, 1) as number
    expect(Math.abs(heading)).toBeGreaterThan(3)
  })

  test('draws between two steps', () => {
    receive(0)
    const before = truth.x as number
    serve(press(100))
    expect(ship()?.pose(0, 0)).toBe(before)
    expect(ship()?.pose(0, 0.25)).toBeCloseTo(before + ((truth.x as number) - before) / 4, 12)
  })

  for (const [way, far, between] of [
    ['goes far in a step', 2000, true],
    ['leaps, as one does who goes round the world,', 2100, false],
  ] as const) {
    test(`draws who ${way} ${between ? 'on the way' : 'where it is, and not in the middle of it'}`, () => {
      prediction.predict(SHIP, (ship) => {
        ship.x = (ship.x as number) + far
      })
      receive(0)
      press(0)
      expect(ship()?.pose(0, 0.5)).toBe(between ? 1 + far / 2 : 1 + far)
    })
  }

  test('goes on from where it is by a rule that takes the place of another', () => {
    receive(0)
    serve(press(100))
    const drawn = ship()?.pose(0, 0.5)
    prediction.predict(SHIP, (ship, input, dt) => move(ship, input, dt))
    expect([ship()?.present, ship()?.pose(0, 0.5)]).toEqual([truth, drawn])
    serve(press(50))
    inputs.acknowledge(1)
    // A state that tells no exact values: nothing had changed.
    prediction.predict(SHIP, () => {})
    prediction.reconcile(snapshot(), [])
    expect(prediction.entities).toHaveLength(1)
    off()
    expect(prediction.entities).toHaveLength(1)
  })

  test('lets go what is not its own any more, what is gone, and what is not predicted any more', () => {
    receive(0)
    receive(0, 8)
    expect(prediction.entities).toEqual([])
    receive(0)
    expect(prediction.entities).toHaveLength(1)
    prediction.reconcile(ring.claim(1000), [])
    expect(prediction.entities).toEqual([])
    receive(0)
    off()
    expect(prediction.entities).toEqual([])
    expect(prediction.kinds).toEqual([])
    receive(0)
    expect(prediction.entities).toEqual([])
  })

  test("of all moves others' entities with an input of zeros, and counts no corrections of them", () => {
    prediction.predict(SHIP, move, true)
    prediction.reconcile(snapshot(8), [])
    press(100, true)
    expect(ship()?.present).toMatchObject({ hot: false, speed: 0, trail: [1] })
    truth.x = 500
    prediction.reconcile(snapshot(8), inputs.pending)
    expect([ship()?.present.x, prediction.corrections]).toEqual([500, 0])
  })

  test("of all gives others' entities up where a rule for own ones takes its place, and goes on with own ones", () => {
    prediction.predict(SHIP, move, true)
    prediction.reconcile(snapshot(8), [])
    expect(prediction.entities).toHaveLength(1)
    prediction.predict(SHIP, move)
    expect(prediction.entities).toEqual([])
    receive(0)
    prediction.predict(SHIP, move)
    expect(prediction.entities).toHaveLength(1)
  })

  test('of all leaves own entities alone until their exact values are told', () => {
    prediction.predict(SHIP, move, true)
    prediction.reconcile(snapshot(ME), [])
    expect(prediction.entities).toEqual([])
    receive(0)
    expect(prediction.entities).toHaveLength(1)
  })

  test('surfaces what the rule throws', () => {
    receive(0)
    prediction.predict(SHIP, () => {
      throw new Error('the game')
    })
    receive(0)
    expect(() => press(1)).toThrow('the game')
  })
})
