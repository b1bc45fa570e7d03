import { beforeEach, describe, expect, test } from 'vitest'
import { Capture } from '../../protocol/capture.ts'
import { generationOf, KNOWS_HIDDEN, KNOWS_OWNER, makeId, slotOf, type Table } from '../../protocol/snapshot.ts'
import type { Values } from '../../sdk/input.ts'
import type { Moment } from '../../sdk/interpolation.ts'
import { Prediction } from '../../sdk/prediction.ts'
import { CAME, WENT } from '../../sdk/shown.ts'
import { Scene } from '../../sdk/view.ts'
import { seeded } from '../support/random.ts'
import { RandomWorld } from '../support/world.ts'
import { zoo } from '../support/zoo.ts'

const SHIP = 2
const RELIC = 3
const ME = 2
let world: RandomWorld
let capture: Capture
let prediction: Prediction
let scene: Scene
let tick: number

beforeEach(() => {
  world = new RandomWorld(zoo, seeded(5))
  capture = new Capture(zoo, false)
  prediction = new Prediction(zoo)
  scene = new Scene(zoo, capture.ring, prediction)
  tick = 0
})

function play(steps = 1): void {
  for (let step = 0; step < steps; step++) {
    world.step()
    capture.capture(world.live, ++tick)
  }
}

function moment(from: number, to: number, share: number): Moment {
  const at = (wanted: number) => capture.ring.at(wanted) as Moment['from']
  return { top: at(from), from: at(from), to: at(to), share }
}

/** Draws it, as that player sees it. */
function show(picture: Moment, me: number): void {
  prediction.me = me
  scene.update(picture)
}

const list = (kind: string) => scene.view[kind] as Values[]

function restored(kind: number, at: number): Values[] {
  const table = capture.ring.at(at)?.tables[kind] as Table
  const layout = zoo.kinds[kind]
  return Array.from({ length: table.count }, (_, row) => {
    const values: Values = { id: table.ids[row] }
    layout?.ints.forEach(({ name, scalar, audience }, column) => {
      values[name] = audience === 'all' ? scalar.restore(table.ints[column]?.[row] as number) : undefined
    })
    layout?.boxes.forEach(({ name, type, audience }, column) => {
      values[name] = audience === 'all' ? type.unpack(table.boxes[column]?.[row]) : undefined
    })
    values.mine = values.owner === ME
    return values
  })
}

describe('the view', () => {
  test('before the first state has a room of zeros and nobody in it', () => {
    show(moment(0, 0, 1), ME)
    expect(scene.view).toEqual({
      serverTick: 0,
      shownTick: 0,
      room: { endsAt: 0, winner: undefined, secret: undefined },
      player: [],
      ship: [],
      relic: [],
    })
  })

  test('has one object for the room, before a state, with it, and over another seat', () => {
    const room = scene.view.room as Values
    play(5)
    show(moment(tick, tick, 1), ME)
    const { endsAt } = restored(0, tick)[0] as Values
    expect([scene.view.room === room, room.endsAt]).toEqual([true, endsAt])
    capture.ring.clear()
    scene.clear()
    expect([scene.view.room === room, room]).toEqual([true, { endsAt: 0, winner: undefined, secret: undefined }])
    // Of which the next state says again what the last one did.
    capture.capture(world.live, ++tick)
    show(moment(tick, tick, 1), ME)
    expect([scene.view.room === room, room.endsAt]).toEqual([true, endsAt])
  })

  for (const seed of [1, 2, 3]) {
    test(`at a snapshot shows just what is in it, whatever was shown before, seed ${seed}`, () => {
      world = new RandomWorld(zoo, seeded(seed))
      for (let step = 0; step < 60; step++) {
        play()
        if (step % 3 === 0) show(moment(Math.max(1, tick - 1), tick, 0.4), ME)
        show(moment(tick, tick, 1), ME)
        expect(list('ship')).toEqual(restored(SHIP, tick))
        expect(list('relic')).toEqual(restored(RELIC, tick))
        expect(list('player').map(({ id }) => id)).toEqual(restored(1, tick).map(({ id }) => id))
        expect(scene.view.serverTick).toBe(tick)
      }
    })
  }

  test('keeps its arrays, and an object for each entity as long as it lives', () => {
    play(10)
    show(moment(tick, tick, 1), ME)
    const ships = list('ship')
    const before = new Map(ships.map((ship) => [ship.id, ship]))
    play(5)
    show(moment(tick, tick, 1), ME)
    expect(list('ship')).toBe(ships)
    const kept = ships.filter(({ id }) => before.has(id))
    expect(kept.length).toBeGreaterThan(0)
    for (const ship of kept) expect(ship).toBe(before.get(ship.id))
  })

  test('draws smooth fields between two snapshots, others as they were, the room and players as they are', () => {
    const ship = {
      id: 1,
      values: { ...everythingShip(), x: 100, heading: 3, hp: 10 },
      owner: 0,
      shownTo: null,
      reveals: 0,
    }
    const rows = [
      [undefined, { ...ship, values: { endsAt: 5, winner: undefined } }],
      [undefined],
      [undefined, ship],
      [undefined],
    ]
    capture.capture(rows, 1)
    Object.assign(ship.values, { x: 200, heading: -3, hp: 20 })
    Object.assign(rows[0]?.[1]?.values ?? {}, { endsAt: 9 })
    capture.capture(rows, 2)
    show(moment(1, 2, 0.25), ME)
    const [drawn] = list('ship')
    expect(drawn).toMatchObject({ x: 125, hp: 10 })
    expect(Math.abs(drawn?.heading as number)).toBeGreaterThan(3)
    expect(scene.view.room).toMatchObject({ endsAt: 9 })
    expect(scene.view).toMatchObject({ serverTick: 2, shownTick: 1.25 })
  })

  test('shows a private field while it is known, and undefined otherwise', () => {
    play(20)
    const newest = capture.ring.newest
    const table = newest.tables[RELIC] as Table
    const players = newest.tables[1] as Table
    expect([table.count > 0, players.count > 0]).toEqual([true, true])
    const [me] = players.ids as unknown as [number]
    show(moment(tick, tick, 1), me)
    expect(list('relic')[0]?.secret).toBeUndefined()
    table.known[0] = KNOWS_HIDDEN
    players.known[0] = KNOWS_OWNER
    show(moment(tick, tick, 1), me)
    expect(list('relic')[0]?.secret).toBeTypeOf('number')
    expect(list('player')[0]?.hand).toBeInstanceOf(Array)
    table.known[0] = players.known[0] = 0
    show(moment(tick, tick, 1), me)
    expect([list('relic')[0]?.secret, list('player')[0]?.hand]).toEqual([undefined, undefined])
  })

  test('shows what is for the owner of a player to that player alone', () => {
    play(20)
    const players = capture.ring.newest.tables[1] as Table
    const [me] = players.ids as unknown as [number]
    players.known[0] = KNOWS_OWNER
    show(moment(tick, tick, 1), me + 1)
    expect(list('player')[0]?.hand).toBeUndefined()
    show(moment(tick, tick, 1), me)
    expect(list('player')[0]?.hand).toBeInstanceOf(Array)
  })

  test('shows an own predicted entity where it is predicted, once', () => {
    play(20)
    const table = capture.ring.newest.tables[SHIP] as Table
    const owner = table.ints[0]?.[0] as number
    prediction.predict(SHIP, (ship) => {
      ship.x = 777
    })
    prediction.learn(SHIP, table.ids[0] as number, new Float64Array(9))
    prediction.me = owner
    prediction.reconcile(capture.ring.newest, [])
    prediction.step({ seq: 1, row: { ints: new Int32Array(), boxes: [] }, values: {}, takenAt: 0 })
    prediction.alpha = 1
    show(moment(tick, tick, 1), owner)
    const own = list('ship').filter(({ id }) => id === table.ids[0])
    expect(own).toHaveLength(1)
    expect(own[0]).toMatchObject({ x: 777, mine: true, owner })
  })

  test('shows the own one that is predicted in a place, and not whose place it was before, picture after picture', () => {
    play(20)
    const past = tick
    play()
    const table = capture.ring.newest.tables[SHIP] as Table
    const [before] = table.ids as unknown as [number]
    expect(capture.ring.at(past)?.tables[SHIP]?.indexOf(before)).toBeGreaterThanOrEqual(0)
    const next = makeId(slotOf(before), generationOf(before) + 1)
    const me = (table.ints[0]?.[0] as number) + 1
    table.ids[0] = next
    table.ints[0]?.set([me])
    prediction.predict(SHIP, () => {})
    prediction.learn(SHIP, next, new Float64Array(9))
    prediction.me = me
    prediction.reconcile(capture.ring.newest, [])
    const heard: [what: string, id: unknown][] = []
    scene.on('ship', CAME, ({ id }: Values) => heard.push(['came', id]))
    scene.on('ship', WENT, ({ id }: Values) => heard.push(['went', id]))
    const inPlace = () => list('ship').filter(({ id }) => slotOf(id as number) === slotOf(next))
    show(moment(past, past, 1), me)
    const [first] = inPlace()
    expect([first?.id, heard.filter(([, id]) => id === next || id === before)]).toEqual([next, [['came', next]]])
    heard.length = 0
    show(moment(past, past, 1), me)
    expect([inPlace().length, inPlace()[0] === first, heard]).toEqual([1, true, []])
  })

  test('shows nothing that is for the owner of an entity that was given away, though it is predicted with all others', () => {
    play(20)
    const table = capture.ring.newest.tables[SHIP] as Table
    const owner = table.ints[0]?.[0] as number
    table.known[0] = KNOWS_OWNER | KNOWS_HIDDEN
    prediction.predict(SHIP, () => {}, true)
    prediction.learn(SHIP, table.ids[0] as number, new Float64Array(12))
    const seenBy = (me: number) => {
      prediction.me = me
      prediction.reconcile(capture.ring.newest, [])
      show(moment(tick, tick, 1), me)
      const { mine, fuel, at } = list('ship').find(({ id }) => id === table.ids[0]) as Values
      return [mine, typeof fuel, typeof at]
    }
    expect(seenBy(owner)).toEqual([true, 'number', 'object'])
    expect(seenBy(owner + 1)).toEqual([false, 'undefined', 'object'])
  })

  test("shows the past of others' entities that are gone by now, unless these are predicted, too", () => {
    play(60)
    const ids = (at: number) => [...restored(SHIP, at)].map(({ id }) => id)
    const isGone = (id: unknown) => !ids(tick).includes(id)
    const past = Array.from({ length: 20 }, (_, back) => tick - back).find((at) => ids(at).some(isGone)) as number
    const [gone] = ids(past).filter(isGone)
    const isShown = () => {
      show(moment(past, past, 1), 99)
      return list('ship').some(({ id }) => id === gone)
    }
    prediction.predict(SHIP, () => {})
    expect(isShown()).toBe(true)
    prediction.predict(SHIP, () => {}, true)
    expect(isShown()).toBe(false)
  })

  test('holds nothing of before once it is cleared', () => {
    play(20)
    show(moment(tick, tick, 1), ME)
    const [old] = list('ship')
    capture.ring.clear()
    scene.clear()
    show(moment(0, 0, 1), ME)
    expect(list('ship')).toEqual([])
    play()
    show(moment(tick, tick, 1), ME)
    expect(list('ship')).not.toContain(old)
  })
})

describe('who listens to the view', () => {
  /** Of the ship with the id 1. */
  let heard: string[]
  const ship = { id: 1, values: everythingShip(), owner: 0, shownTo: null, reveals: 0 }

  beforeEach(() => {
    heard = []
    scene.on('ship', CAME, (_, how: string) => heard.push(how))
    scene.on('ship', WENT, (_, why: string) => heard.push(why))
    prediction.me = ME
  })

  /** The next state: the ship belongs to that player, or is not in it. */
  function become(owner: number | 'gone' | 'left', id = 1): void {
    const room = { id: 1, values: {}, owner: 0, shownTo: null, reveals: 0 }
    const ships = typeof owner === 'number' ? [undefined, { ...ship, id, owner }] : [undefined]
    const state = capture.capture([[undefined, room], [undefined], ships, [undefined]], ++tick)
    if (owner === 'left') state.tables[SHIP]?.left.push(1)
    if (owner === ME) prediction.learn(SHIP, id, new Float64Array(12))
    prediction.reconcile(state, [])
  }

  /** What is told with the picture of that state. */
  function toldAt(past: number): string[] {
    show(moment(past, past, 1), ME)
    return heard.splice(0)
  }

  test('is told once that what was given away is destroyed, when it was seen to be', () => {
    prediction.predict(SHIP, () => {})
    become(ME)
    expect(toldAt(1)).toEqual(['spawned'])
    become(0)
    expect(toldAt(1)).toEqual([])
    become('gone')
    expect([toldAt(1), toldAt(2), toldAt(3), toldAt(3)]).toEqual([[], [], ['destroyed'], []])
  })

  test('is told once that what was taken is destroyed, and it does not come back as it was before', () => {
    prediction.predict(SHIP, () => {})
    become(0)
    expect(toldAt(1)).toEqual(['spawned'])
    become(ME)
    expect(toldAt(1)).toEqual([])
    become('gone')
    expect([toldAt(1), toldAt(1), toldAt(2), toldAt(3)]).toEqual([['destroyed'], [], [], []])
  })

  for (const why of ['left', 'destroyed'] as const) {
    const end = why === 'left' ? why : 'gone'

    test(`is told of what is predicted why it went before the past comes to show it: ${why}`, () => {
      prediction.predict(SHIP, () => {})
      become('gone')
      become(ME)
      expect(toldAt(1)).toEqual(['spawned'])
      become(end)
      expect([toldAt(1), toldAt(2), toldAt(3)]).toEqual([[why], [], []])
    })
  }

  test('is told that what made way for an own one in its place is destroyed, though the past still shows it', () => {
    prediction.predict(SHIP, () => {})
    become(0)
    expect(toldAt(1)).toEqual(['spawned'])
    become(ME, makeId(1, 1))
    expect(toldAt(1)).toEqual(['destroyed', 'spawned'])
  })

  test('is told with the next picture what a new seat knows nothing of, though it has no state yet', () => {
    become(0)
    expect(toldAt(1)).toEqual(['spawned'])
    capture.ring.clear()
    scene.clear()
    expect(heard).toEqual([])
    expect([toldAt(0), toldAt(0), list('ship')]).toEqual([['left'], [], []])
    become(0)
    expect(toldAt(tick)).toEqual(['spawned'])
  })

  test('sees the picture that it is told of, and hears of the next one when all of this one is told', () => {
    let seen: unknown
    const off = scene.on('ship', CAME, () => {
      become('gone')
      // As room.view() does.
      if (!prediction.count) scene.update(moment(tick, tick, 1))
      seen = [scene.view.serverTick, list('ship').length, heard.length]
    })
    // Told behind the one that looks: what the picture after this one has no more.
    scene.on('ship', CAME, () => heard.push('still there'))
    become(0)
    expect([toldAt(1), seen]).toEqual([
      ['spawned', 'still there'],
      [1, 1, 1],
    ])
    off()
    expect(toldAt(2)).toEqual(['destroyed'])
  })
})

function everythingShip(): Values {
  return { x: 0, y: 0, heading: 0, hp: 0, team: 'red', shielded: false, model: '', target: 0 }
}
