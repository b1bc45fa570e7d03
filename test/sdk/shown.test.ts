import { expect, test, vi } from 'vitest'
import { angle, defineGame, fixed, list, quat, u8 } from '../../protocol/index.ts'
import { ENTERED, KNOWS_HIDDEN, KNOWS_OWNER, type Snapshot, SnapshotRing, type Table } from '../../protocol/snapshot.ts'
import type { Moment } from '../../sdk/interpolation.ts'
import { Predicted, ruleFor } from '../../sdk/predicted.ts'
import { CAME, ShownKind, WENT } from '../../sdk/shown.ts'

const game = defineGame({
  entities: { ship: { x: fixed(0, 1000, 1), heading: angle(8), turn: quat(), hp: u8(), bag: list(u8(), 3) } },
})
const SHIP = 2
const layout = game.kinds[SHIP] as (typeof game.kinds)[0]

function table(count: number): Table {
  const made = new SnapshotRing(game).claim(1).tables[SHIP] as Table
  made.resize(count)
  for (let row = 0; row < count; row++) {
    made.ids[row] = row + 1
    ;(made.boxes[0] as unknown[])[row] = [1]
  }
  return made
}

/** The picture between two states of ships. */
function between(from: Table, to: Table, share = 1): Moment {
  const at = (ships: Table): Snapshot => ({ tick: 1, tables: [ships, ships, ships] })
  return { top: at(from), from: at(from), to: at(to), share }
}

/** A ship of which these fields are predicted. */
function predictedShip(fields: object): Predicted {
  const ship = new Predicted(
    ruleFor(SHIP, layout, () => {}, false),
    1,
  )
  Object.assign(ship.present, { turn: [0, 0, 0, 1] }, fields)
  return ship
}

/** A picture of that ship alone, of which listeners are told. */
function drawPredicted(shown: ShownKind, ship: Predicted): void {
  shown.addPredicted(ship, 1, 0)
  shown.finish()
  shown.tell()
}

test('a field that did not change is not written again', () => {
  const shown = new ShownKind(layout, SHIP, () => 'left')
  const rows = table(1)
  const still = between(rows, rows)
  shown.addRow(rows, 0, still, 0)
  shown.finish()
  const [ship] = shown.list
  const bag = ship?.bag
  Object.assign(ship ?? {}, { x: 'untouched', hp: 'untouched' })
  shown.addRow(rows, 0, still, 0)
  shown.finish()
  expect(ship).toMatchObject({ x: 'untouched', hp: 'untouched' })
  expect(ship?.bag).toBe(bag)
  ;(rows.ints[layout.ints.findIndex(({ name }) => name === 'hp')] as Int32Array)[0] = 5
  shown.addRow(rows, 0, still, 0)
  shown.finish()
  expect(ship).toMatchObject({ x: 'untouched', hp: 5 })
})

test('what is not added any more is off the list, and one that takes its place is another object', () => {
  const shown = new ShownKind(layout, SHIP, () => 'left')
  const rows = table(3)
  const still = between(rows, rows)
  for (const row of [0, 1, 2]) shown.addRow(rows, row, still, 0)
  shown.finish()
  const second = shown.list[1]
  shown.addRow(rows, 0, still, 0)
  shown.finish()
  expect(shown.list).toHaveLength(1)
  rows.ids[1] = (1 << 16) | 2
  shown.addRow(rows, 1, still, 0)
  shown.finish()
  expect(shown.list).toHaveLength(1)
  expect(shown.list[0]).not.toBe(second)
})

test('listeners hear of what came, changed and went once the picture is whole, with what they can find in it', () => {
  const shown = new ShownKind(layout, SHIP, (id) => `why ${id}`)
  const rows = table(2)
  const hp = layout.ints.findIndex(({ name }) => name === 'hp')
  const heard: unknown[] = []
  const note =
    (what: string) =>
    (ship: { id: number }, ...more: unknown[]) =>
      void heard.push([what, ship.id, ...more])
  shown.on(CAME, note('came'))
  const off = shown.on('hp', note('hp'))
  shown.on(WENT, note('went'))
  const draw = (...places: number[]) => {
    for (const row of places) shown.addRow(rows, row, between(rows, rows), 0)
    shown.finish()
    expect(heard).toEqual([])
    shown.tell()
    return heard.splice(0)
  }
  rows.known[1] = ENTERED
  expect(draw(0, 1)).toEqual([
    ['came', 1, 'spawned'],
    ['came', 2, 'entered'],
  ])
  expect(draw(0, 1)).toEqual([])
  ;(rows.ints[hp] as Int32Array)[0] = 5
  expect(draw(0, 1)).toEqual([['hp', 1, 5, 0]])
  off()
  ;(rows.ints[hp] as Int32Array)[0] = 6
  expect(draw(0, 1)).toEqual([])
  expect(draw(0)).toEqual([['went', 2, 'why 2']])
  rows.ids[0] = (1 << 16) | 1
  expect(draw(0)).toEqual([
    ['went', 1, 'why 1'],
    ['came', (1 << 16) | 1, 'spawned'],
  ])
})

test('who begins to listen hears the very next change', () => {
  const shown = new ShownKind(layout, SHIP, () => 'left')
  const rows = table(1)
  const hp = rows.ints[layout.ints.findIndex(({ name }) => name === 'hp')] as Int32Array
  const heard: unknown[] = []
  const draw = () => {
    shown.addRow(rows, 0, between(rows, rows), 0)
    shown.finish()
    shown.tell()
  }
  draw()
  shown.on('hp', (_, ...change) => void heard.push(change))
  hp[0] = 5
  draw()
  // Another one, who missed nothing either.
  shown.on('hp', (_, ...change) => void heard.push(change))
  hp[0] = 7
  draw()
  expect(heard).toEqual([
    [5, 0],
    [7, 5],
    [7, 5],
  ])
})

test('what was predicted is shown as it is told once it is not predicted any more, be it told as before', () => {
  const shown = new ShownKind(layout, SHIP, () => 'left')
  const rows = table(1)
  const own = predictedShip({ hp: 9, bag: [2] })
  const seen = () => {
    shown.finish()
    const { hp, bag } = shown.list[0]!
    return [hp, bag]
  }
  shown.addRow(rows, 0, between(rows, rows), 0)
  expect(seen()).toEqual([0, [1]])
  shown.addPredicted(own, 1, 0)
  expect(seen()).toEqual([9, [2]])
  shown.addRow(rows, 0, between(rows, rows), 0)
  expect(seen()).toEqual([0, [1]])
})

test('a list that comes anew as it was is no change of it', () => {
  const shown = new ShownKind(layout, SHIP, () => 'left')
  const rows = table(1)
  const bags = rows.boxes[layout.boxes.findIndex(({ name }) => name === 'bag')] as unknown[]
  const own = predictedShip({})
  const heard: unknown[] = []
  shown.on('bag', (_, ...change) => void heard.push(change))
  const tell = () => {
    shown.finish()
    shown.tell()
  }
  for (const bag of [[1], [1], [1, 2]]) {
    bags[0] = bag
    shown.addRow(rows, 0, between(rows, rows), 0)
    tell()
  }
  for (const bag of [[1, 2], [1, 2], []]) {
    Object.assign(own.present, { bag })
    shown.addPredicted(own, 1, 0)
    tell()
  }
  // A rule may change it in place.
  ;(own.present.bag as number[]).push(3)
  shown.addPredicted(own, 1, 0)
  tell()
  Object.assign(own.present, { bag: [3] })
  shown.addPredicted(own, 1, 0)
  tell()
  expect(heard).toEqual([
    [[1, 2], [1]],
    [[3], [1, 2]],
    [[3], []],
  ])
})

test('a list that stays as it is, and is not predicted, is neither compared nor copied for who listens to it', () => {
  const shown = new ShownKind(layout, SHIP, () => 'left')
  const rows = table(50)
  const bags = rows.boxes[layout.boxes.findIndex(({ name }) => name === 'bag')] as unknown[]
  const heard: unknown[] = []
  shown.on('bag', (_, ...change) => void heard.push(change))
  const draw = () => {
    for (let row = 0; row < rows.count; row++) shown.addRow(rows, row, between(rows, rows), 0)
    shown.finish()
    shown.tell()
  }
  draw()
  const compare = vi.spyOn(JSON, 'stringify')
  const copy = vi.spyOn(globalThis, 'structuredClone')
  draw()
  expect([compare.mock.calls.length, copy.mock.calls.length]).toEqual([0, 0])
  bags[7] = [1, 2]
  draw()
  expect([compare.mock.calls.length, copy.mock.calls.length, heard]).toEqual([2, 0, [[[1, 2], [1]]]])
  vi.restoreAllMocks()
})

test('a predicted list is copied for who listens to it when it changes, and not for each picture', () => {
  const shown = new ShownKind(layout, SHIP, () => 'left')
  const bag = [1]
  const own = predictedShip({ bag })
  const heard: unknown[] = []
  shown.on('bag', (_, now, before) => void heard.push([...(now as number[])], before))
  const draw = () => drawPredicted(shown, own)
  draw()
  const copy = vi.spyOn(globalThis, 'structuredClone')
  for (const _ of [1, 2, 3]) draw()
  expect(copy).not.toHaveBeenCalled()
  bag.push(2)
  draw()
  draw()
  bag.push(3)
  draw()
  expect([copy.mock.calls.length, heard]).toEqual([2, [[1, 2], [1], [1, 2, 3], [1, 2]]])
  vi.restoreAllMocks()
})

test('who listens to what came and went makes nothing be compared', () => {
  const shown = new ShownKind(layout, SHIP, () => 'left')
  const rows = table(50)
  const heard: unknown[] = []
  shown.on(CAME, ({ id }: { id: number }) => void heard.push(id))
  shown.on(WENT, ({ id }: { id: number }) => void heard.push(-id))
  const draw = (count: number) => {
    for (let row = 0; row < count; row++) shown.addRow(rows, row, between(rows, rows), 0)
    shown.finish()
    shown.tell()
  }
  draw(50)
  const compare = vi.spyOn(Object, 'is')
  draw(49)
  // Of each row the bag and the rotation, as they are told.
  expect([compare.mock.calls.length <= 49 * layout.boxes.length, heard.length, heard.at(-1)]).toEqual([true, 51, -50])
  vi.restoreAllMocks()
})

test('who begins to listen takes no change from who did before', () => {
  const shown = new ShownKind(layout, SHIP, () => 'left')
  const bag = [1]
  const own = predictedShip({ bag })
  const heard: unknown[] = []
  const draw = () => drawPredicted(shown, own)
  shown.on('bag', (_, now, before) => void heard.push(['first', now, before]))
  draw()
  // The rule changes it in place, between two pictures.
  bag.push(2)
  shown.on('bag', (_, now, before) => void heard.push(['second', now, before]))
  draw()
  expect(heard).toEqual([
    ['first', [1, 2], [1]],
    ['second', [1, 2], [1]],
  ])
})

test('a number that becomes -0 is a change, and one that stays no number is none', () => {
  const shown = new ShownKind(layout, SHIP, () => 'left')
  const own = predictedShip({})
  const heard: unknown[] = []
  shown.on('hp', (_, ...change) => void heard.push(change))
  for (const hp of [0, -0, Number.NaN, Number.NaN, 5]) {
    Object.assign(own.present, { hp })
    drawPredicted(shown, own)
  }
  expect(heard).toEqual([
    [-0, 0],
    [Number.NaN, -0],
    [5, Number.NaN],
  ])
})

test('what was put elsewhere is not drawn on a way that it never went', () => {
  const shown = new ShownKind(layout, SHIP, () => 'left')
  const [before, after] = [table(1), table(1)]
  const column = layout.ints.findIndex(({ name }) => name === 'x')
  const xAt = (place: number, share: number) => {
    ;(before.ints[column] as Int32Array)[0] = 100
    ;(after.ints[column] as Int32Array)[0] = place
    shown.addRow(before, 0, between(before, after, share), 0)
    shown.finish()
    return shown.list[0]?.x
  }
  expect([xAt(900, 0.5), xAt(900, 0.99), xAt(900, 1), xAt(900, 2)]).toEqual([100, 100, 900, 900])
  expect([xAt(160, 0.5), xAt(160, 1), xAt(160, 2)]).toEqual([130, 160, 220])
})

test('a row that only one of the two snapshots has is shown as it is there', () => {
  const full = table(2)
  const empty = table(0)
  const x = layout.ints.findIndex(({ name }) => name === 'x')
  ;(full.ints[x] as Int32Array)[1] = 7
  for (const moment of [between(empty, full, 0.5), between(full, empty, 0.5)]) {
    const shown = new ShownKind(layout, SHIP, () => 'left')
    shown.addRow(full, 1, moment, 0)
    shown.finish()
    expect(shown.list.map((ship) => ship.x)).toEqual([7])
  }
})

test('a number that not all see is shown as it was told last, for the state before may not have it', () => {
  const owned = defineGame({ entities: { ship: { fuel: fixed(0, 1000, 1).owner() } } })
  const ring = new SnapshotRing(owned)
  const [from, to] = [1, 2].map((tick) => {
    const ships = ring.claim(tick).tables[SHIP] as Table
    ships.resize(1)
    ships.ids[0] = 1
    ;(ships.ints[0] as Int32Array)[0] = 7
    return ships
  }) as [Table, Table]
  ;(to.ints[1] as Int32Array)[0] = 200
  to.known[0] = KNOWS_OWNER
  const shown = new ShownKind(owned.kinds[SHIP] as (typeof owned.kinds)[0], SHIP, () => 'left')
  shown.addRow(to, 0, between(from, to, 0.5), 7)
  shown.finish()
  expect(shown.list[0]).toMatchObject({ mine: true, fuel: 200 })
})

test('what is for the owner reads undefined again once the entity is not the own one any more', () => {
  const owned = defineGame({
    entities: { ship: { fuel: u8().owner(), bag: list(u8(), 3).owner(), cargo: u8().hidden() } },
  })
  const rows = new SnapshotRing(owned).claim(1).tables[SHIP] as Table
  rows.resize(1)
  const owners = rows.ints[0] as Int32Array
  const shown = new ShownKind(owned.kinds[SHIP] as (typeof owned.kinds)[0], SHIP, () => 'left')
  rows.ids[0] = 1
  rows.boxes[0] = [[1]]
  rows.known[0] = KNOWS_OWNER | KNOWS_HIDDEN
  const seen = (owner: number) => {
    owners[0] = owner
    shown.addRow(rows, 0, between(rows, rows), 7)
    shown.finish()
    const { mine, fuel, bag, cargo } = shown.list[0] ?? {}
    return { mine, fuel, bag, cargo }
  }
  const mine = { mine: true, fuel: 0, bag: [1], cargo: 0 }
  const others = { mine: false, fuel: undefined, bag: undefined, cargo: 0 }
  expect(seen(7)).toEqual(mine)
  expect(seen(8)).toEqual(others)
  expect(seen(7)).toEqual(mine)
  // Also when it was predicted as long as it was the own one.
  const own = new Predicted(
    ruleFor(SHIP, owned.kinds[SHIP] as (typeof owned.kinds)[0], () => {}, false),
    1,
  )
  Object.assign(own, { owner: 7, known: KNOWS_OWNER | KNOWS_HIDDEN })
  Object.assign(own.present, { fuel: 0, bag: [1], cargo: 0 })
  shown.addPredicted(own, 1, 7)
  shown.finish()
  expect(shown.list[0]).toMatchObject(mine)
  expect(seen(8)).toEqual(others)
})
