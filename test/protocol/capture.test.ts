import { describe, expect, test } from 'vitest'
import { Capture } from '../../protocol/capture.ts'
import type { AnyField } from '../../protocol/fields.ts'
import { defineGame } from '../../protocol/game.ts'
import type { LiveRow } from '../../protocol/live.ts'
import { pack } from '../../protocol/plain.ts'
import { quat } from '../../protocol/quat.ts'
import { single } from '../../protocol/scalars.ts'
import { makeId } from '../../protocol/snapshot.ts'
import { angle, bytes, f32, fixed, group, json, list, optional, text, u8 } from '../../protocol/vocabulary.ts'

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

  test('keeps nothing alive of what went', () => {
    const row = (id: number): LiveRow => {
      return { id, values: { x: 1, drift: 1, model: 1, name: `n${id}` }, owner: 0, shownTo: null, reveals: 0 }
    }
    const capture = new Capture(game, true)
    for (let tick = 1; tick <= 70; tick++) {
      const rows = tick < 3 ? [undefined, row(1), row(2), row(3)] : [undefined, row(1)]
      capture.capture([[], [], rows], tick)
    }
    for (let steps = 0; steps < 64; steps++) expect(capture.ring.back(steps)?.tables[2]?.boxes[0]).toEqual(['n1'])
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

  test('measures the tolerance of a single in its own unit', () => {
    const singles = defineGame({ entities: { ship: { heat: f32().tolerance(0.5) } } })
    const values = { heat: 1 }
    const capture = new Capture(singles, true)
    const rows = [[], [], [undefined, { id: 1, values, owner: 0, shownTo: null, reveals: 0 }]]
    const heat = (tick: number) => single.restore(capture.capture(rows, tick).tables[2]?.ints[1]?.[0] as number)
    expect(heat(1)).toBe(1)
    values.heat = 1.25
    expect(heat(2)).toBe(1)
    values.heat = 1.5
    expect(heat(3)).toBe(1.5)
    values.heat = -100
    expect(heat(4)).toBe(-100)
  })

  test('[S6] takes a static field when its entity appears, and never again', () => {
    const { values, cells } = fleet()
    expect(cells().model).toBe(1)
    values.model = 2
    expect(cells().model).toBe(1)
  })

  test('takes a field of the room that is called owner as any other', () => {
    const hosted = defineGame({ room: { owner: u8(), phase: u8() }, entities: { ship: { x: u8() } } })
    const row = (values: object, owner: number): LiveRow => ({ id: 1, values, owner, shownTo: null, reveals: 0 })
    const rows = [[undefined, row({ owner: 7, phase: 1 }, 0)], [], [undefined, row({ x: 5 }, 3)]]
    const { tables } = new Capture(hosted, true).capture(rows, 1)
    expect(tables[0]?.ints.map((cells) => cells[0])).toEqual([7, 1])
    expect(tables[2]?.ints.map((cells) => cells[0])).toEqual([3, 5])
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

  test('takes what is new in a place that is used again as it is, however near it is to what was there', () => {
    const kind = {
      drift: fixed(0, 100, 1).tolerance(3),
      model: text(4).static(),
      plan: json(9),
      names: list(text(4), 2),
    }
    const fleet = defineGame({ entities: { ship: kind } })
    const plan = { a: 1 }
    const ship = (id: number, values: object): LiveRow => ({ id, values, owner: 0, shownTo: null, reveals: 0 })
    const capture = new Capture(fleet, true)
    const take = (tick: number, row: LiveRow | undefined) => {
      const table = capture.capture([[], [], [undefined, row]], tick).tables[2]
      return [table?.ints[1]?.[0], ...(table?.boxes.map(([cell]) => cell) ?? [])]
    }
    const first = { drift: 10, model: 'one', plan, names: ['a'] }
    expect(take(1, ship(1, first))).toEqual([10, 'one', pack({ a: 1 }), ['a']])
    const next = { drift: 12, model: 'two', plan: Object.assign(plan, { a: 2 }), names: ['a'] }
    expect(take(2, ship(makeId(1, 1), next))).toEqual([12, 'two', pack({ a: 2 }), ['a']])
  })

  test('takes what comes again under its id after it was gone as new', () => {
    const fleet = defineGame({ entities: { ship: { hp: u8().static(), fuel: u8().owner() } } })
    const ship = (hp: number): LiveRow => ({ id: 1, values: { hp, fuel: 1 }, owner: 3, shownTo: null, reveals: 0 })
    const capture = new Capture(fleet, true)
    const told = [ship(10), undefined, ship(20)].map((row, index) => {
      const table = capture.capture([[], [], [undefined, row]], index + 1).tables[2]
      return [table?.count, table?.count && table.ints[1]?.[0], capture.privateTick(2, 1)]
    })
    expect(told).toEqual([
      [1, 10, 1],
      [0, 0, 1],
      [1, 20, 3],
    ])
  })

  test('tells an owner what a number counts as where it is none, in production', () => {
    for (const [value, exact] of [
      [Number.NaN, 0],
      [Number.POSITIVE_INFINITY, 100],
      ['7', 7],
      [7.25, 7.25],
    ] as const) {
      const values = { x: value as number, drift: 1, model: 1, name: '' }
      const ship: LiveRow = { id: 1, values, owner: 5, shownTo: null, reveals: 0 }
      const capture = new Capture(game, false)
      capture.capture([[], [], [undefined, ship]], 1)
      expect(capture.exact(2, 1, 1)).toBe(exact)
    }
  })

  test('refuses bytes and lists by name that no client takes, and takes what is a byte less', () => {
    const atlas = defineGame({ entities: { sheet: { map: bytes(262_144), names: list(text(200_000), 3) } } })
    const takes = (values: object) => () => {
      const row = {
        id: 1,
        values: { map: new Uint8Array(0), names: [], ...values },
        owner: 0,
        shownTo: null,
        reveals: 0,
      }
      return new Capture(atlas, true).capture([[], [], [undefined, row]], 1)
    }
    // Behind heads of five, and one for a list of three.
    const [map, names] = [new Uint8Array(262_139), ['x'.repeat(200_000), 'y'.repeat(62_134), '']]
    expect(takes({ map })).not.toThrow()
    expect(takes({ map: new Uint8Array(262_140) })).toThrow('sheet 1: map: must take at most 262144 bytes, got 262145')
    expect(takes({ names })).not.toThrow()
    expect(takes({ names: [...names.slice(0, 2), 'z'] })).toThrow('sheet 1: names: must take at most 262144 bytes')
  })

  test('refuses by name what no client takes, and takes what is a byte less', () => {
    const atlas = defineGame({ entities: { sheet: { name: text(200_000) } } })
    const takes = (name: string) => {
      const row: LiveRow = { id: 1, values: { name }, owner: 0, shownTo: null, reveals: 0 }
      return new Capture(atlas, true).capture([[], [], [undefined, row]], 1).tables[2]?.boxes[0]?.[0]
    }
    // Characters of three bytes, behind a head of five.
    const most = `${'語'.repeat(87_379)}aa`
    expect(takes(most)).toBe(most)
    expect(() => takes(`${most}a`)).toThrow('sheet 1: name: must take at most 262144 bytes, got 262145')
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

describe('a box', () => {
  const boxed = defineGame({ entities: { ship: { plan: json(64), names: list(text(8), 3) } } })

  function ship() {
    const values = { plan: { a: 1 }, names: ['ann'] }
    const row: LiveRow = { id: 1, values, owner: 0, shownTo: null, reveals: 0 }
    const capture = new Capture(boxed, true)
    let tick = 0
    const [plan, names] = [0, 1].map((box) => () => {
      return capture.capture([[], [], [undefined, row]], ++tick).tables[2]?.boxes[box]?.[0]
    }) as [() => unknown, () => unknown]
    return { values, plan, names }
  }

  test('of json is packed again when 0 takes the place of -0', () => {
    const { values, plan } = ship()
    for (const zero of [-0, 0, -0]) {
      Object.assign(values, { plan: zero })
      expect(plan()).toEqual(pack(zero))
    }
  })

  test('of json is packed again when another object is put there, and not when the old one is changed', () => {
    const { values, plan } = ship()
    const first = plan()
    values.plan.a = 2
    expect(plan()).toBe(first)
    values.plan = { a: 2 }
    expect(plan()).toEqual(Uint8Array.of(0x81, 0xa1, 0x61, 2))
  })

  test('of anything else is packed again when its content is another one', () => {
    const { values, names } = ship()
    const first = names()
    values.names = ['ann']
    expect(names()).toBe(first)
    values.names[0] = 'bob'
    expect(names()).toEqual(['bob'])
    values.names.push('eve')
    expect(names()).toEqual(['bob', 'eve'])
    values.names.length = 1
    expect(names()).toEqual(['bob'])
  })
})

test('a value that may be absent, and was, cannot be null: that is refused by name', () => {
  const odd = defineGame({ entities: { thing: { word: optional(text(4)), sizes: optional(list(u8(), 2)) } } })
  for (const name of ['word', 'sizes']) {
    const values: Record<string, unknown> = {}
    const capture = new Capture(odd, true)
    const rows = [[], [], [undefined, { id: 1, values, owner: 0, shownTo: null, reveals: 0 }]]
    capture.capture(rows, 1)
    values[name] = null
    expect(() => capture.capture(rows, 2)).toThrow(`thing 1: ${name}: must be`)
  }
})

test('a group or bytes that are replaced by nothing are refused by name, and others are taken', () => {
  const odd = defineGame({ entities: { thing: { at: group({ x: u8() }), map: bytes(4) } } })
  const values: Record<string, unknown> = { at: { x: 1 }, map: Uint8Array.of(1, 2) }
  const capture = new Capture(odd, true)
  const rows = [[], [], [undefined, { id: 1, values, owner: 0, shownTo: null, reveals: 0 }]]
  let tick = 0
  const boxes = () => capture.capture(rows, ++tick).tables[2]?.boxes.map(([cell]) => cell)
  boxes()
  for (const map of [Uint8Array.of(1, 2, 3), Uint8Array.of(1), Uint8Array.of(2)]) {
    values.map = map
    expect(boxes()).toEqual([[1], map])
  }
  for (const at of [null, 7, undefined]) {
    values.at = at
    expect(boxes).toThrow('thing 1: at: must be group(x:u8)')
  }
})

// 4 halves are 2, and 4 is 8 halves.
for (const [name, field, before, after] of [
  ['an optional', optional(fixed(0, 100, 0.5)), 2, 4],
  ['a list', list(fixed(0, 100, 0.5), 2), [2, 2], [2, 4]],
  ['a group', group({ x: fixed(0, 100, 0.5) }), { x: 2 }, { x: 4 }],
  ['an optional angle', optional(angle(8)), (Math.PI * 6) / 256, 3],
] as const) {
  test(`a value in ${name} that looks like the whole number of the one before is another one`, () => {
    const boxed = defineGame({ entities: { thing: { box: field as AnyField } } })
    const values = { box: before as unknown }
    const capture = new Capture(boxed, true)
    const rows = [[], [], [undefined, { id: 1, values, owner: 0, shownTo: null, reveals: 0 }]]
    const box = (tick: number) => capture.capture(rows, tick).tables[2]?.boxes[0]?.[0]
    expect(box(1)).toEqual(field.type.pack(before as never))
    values.box = after
    expect(box(2)).toEqual(field.type.pack(after as never))
  })
}

for (const [name, field, empty] of [
  ['quat', quat(), [0, 0, 0, 1]],
  ['group', group({ hp: u8() }), { hp: 0 }],
  ['bytes', bytes(4), new Uint8Array(0)],
  ['list', list(u8(), 2), []],
  ['text', text(4), ''],
] as const) {
  describe(`a ${name} that is undefined`, () => {
    const odd = defineGame({ entities: { thing: { odd: field } } })
    const row: LiveRow = { id: 1, values: { odd: undefined }, owner: 0, shownTo: null, reveals: 0 }

    test('throws while the game is made', () => {
      expect(() => new Capture(odd, true).capture([[], [], [undefined, row]], 1)).toThrow(/thing 1: odd.* undefined/)
    })

    test('is made empty and counted in production', () => {
      const capture = new Capture(odd, false)
      const table = capture.capture([[], [], [undefined, row]], 1).tables[2]
      expect(capture.clamped).toBe(1)
      const wire = field.type.scalar ? field.type.unpack(table?.ints[1]?.[0]) : field.type.unpack(table?.boxes[0]?.[0])
      expect(field.type.pack(wire as never)).toEqual(field.type.pack(empty as never))
    })
  })
}
