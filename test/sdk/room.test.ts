import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { defineGame, i8, list, u8 } from '../../protocol/index.ts'
import { INPUTS_WAITING } from '../../protocol/limits.ts'
import type { Welcome } from '../../protocol/messages.ts'
import { zeroValues } from '../../protocol/rows.ts'
import type { SendOptions } from '../../sdk/mail.ts'
import { Room } from '../../sdk/room.ts'
import type { Reset } from '../../sdk/session.ts'
import type { Stats } from '../../sdk/stats.ts'
import { arena } from '../support/arena.ts'
import { settle } from '../support/clock.ts'
import { Script } from '../support/script.ts'

afterEach(() => void vi.restoreAllMocks())

const terms = {
  url: 'ws://arena.test/ws',
  room: 'arena',
  id: 'lobby',
  join: () => ['Ada'],
  options: null,
  quality: 'balanced' as const,
  auth: () => '',
}
const FRAME_MS = 1000 / 60
let server: Script
let room: Room<typeof arena>

function start(answer: Partial<Welcome> | null = {}): void {
  server = new Script(arena)
  server.answer = answer
  room = new Room(arena, terms, server.world())
  server.clock.advance(100)
}

beforeEach(() => start())

/** The rows of a state in which player 1 has a ship at `x`. */
function shipAt(x: number) {
  const values = Object.assign(zeroValues(arena.kinds[2] as (typeof arena.kinds)[0]), { x })
  const row = { id: 1, values, owner: 1, shownTo: null, reveals: 0 }
  return [[], [], [undefined, row], []]
}

function play(pictures: number, intent = { dx: 1, dash: false }): void {
  for (let picture = 0; picture < pictures; picture++) {
    server.clock.advance(FRAME_MS)
    room.input(intent)
    room.view()
  }
}

describe('a room', () => {
  test('tells who and where one is', () => {
    start({ player: 7, room: 'lobby-7' })
    expect([room.me, room.id, room.state.name]).toEqual([7, 'lobby-7', 'open'])
  })

  test('shows the room by one object, from before the first state on', () => {
    const { room: shared } = room.view()
    expect(shared).toEqual({ phase: 0 })
    server.state(3, [[undefined, { id: 1, values: { phase: 2 }, owner: 0, shownTo: null, reveals: 0 }], [], [], []])
    expect([room.view().room === shared, shared.phase]).toEqual([true, 2])
  })

  test('shows what the newest state holds, whose it is and of which tick', () => {
    server.state(3, shipAt(120))
    expect(room.view().ship).toMatchObject([{ id: 1, x: 120, owner: 1, mine: true }])
    expect(room.view().serverTick).toBe(3)
  })

  test('tells the figures of Stats and nothing else of what measures them', () => {
    const figures: Record<keyof Stats, 'number'> = {
      rttMs: 'number',
      jitterMs: 'number',
      stateAgeMs: 'number',
      waitingMs: 'number',
      bufferedAmount: 'number',
      bytesIn: 'number',
      bytesOut: 'number',
      inPerSecond: 'number',
      outPerSecond: 'number',
      framesIn: 'number',
      sendRate: 'number',
      skippedFrames: 'number',
      inputsWaiting: 'number',
      droppedInputs: 'number',
      corrections: 'number',
      delayMs: 'number',
      keyframes: 'number',
    }
    expect(Object.fromEntries(Object.entries(room.stats).map(([name, value]) => [name, typeof value]))).toEqual(figures)
  })
})

describe('the time', () => {
  test("is not known before the first echo, and then the server's own", () => {
    start()
    expect(room.time).toBeNaN()
    server.state(3, undefined, { timing: { heard: 1, held: 80, time: 5_000, spare: 0 } })
    // It took 10 ms to get here, and the hello as long.
    expect(room.time).toBeCloseTo(5_010)
    server.clock.advance(500)
    expect(room.time).toBeCloseTo(5_510)
    expect(room.stats.rttMs).toBeCloseTo(20)
  })

  test('is that of another room with its first state', () => {
    server.state(3, undefined, { timing: { heard: 1, held: 80, time: 90_000, spare: 0 } })
    server.answer = { outcome: 'new', epoch: 0x76543210 }
    server.net.cut()
    server.clock.advance(300)
    server.state(6, undefined, { timing: { heard: 1, held: 0, time: 5_000, spare: 0 } })
    expect(room.time).toBeGreaterThan(5_000)
    expect(room.time).toBeLessThan(6_000)
  })

  test('does not go back when a line that is resumed tells an earlier one at first', () => {
    server.state(3, undefined, { timing: { heard: 1, held: 80, time: 5_000, spare: 0 } })
    server.clock.advance(200)
    server.answer = { outcome: 'resumed' }
    server.net.cut()
    server.clock.advance(200)
    const before = room.time
    const time = Math.floor(before) - 120
    server.state(6, undefined, { baseTick: 3, timing: { heard: 1, held: 0, time, spare: 0 } })
    expect(room.time).toBeGreaterThanOrEqual(before)
  })
})

describe('what comes, changes and goes', () => {
  test('is told to functions, and nothing else is taken for one', () => {
    const none = undefined as never
    expect(() => room.onAdd('ship', none)).toThrow('a listener must be a function, got undefined')
    expect(() => room.onChange('ship', 'x', none)).toThrow(TypeError)
    expect(() => room.on('note', none)).toThrow(TypeError)
    expect(() => room.on('note', () => {})).not.toThrow()
  })

  test('of a list that a rule changes in place is told to who began to listen just before', async () => {
    const game = defineGame({ entities: { ship: { bag: list(u8(), 4) } }, input: { dx: i8() } })
    const script = new Script(game)
    script.answer = {}
    const ships = new Room(game, { ...terms, join: () => [] }, script.world())
    script.clock.advance(100)
    ships.predict('ship', (ship) => void ship.bag.push(1), { all: true })
    const row = { id: 1, values: { id: 1, bag: [] }, owner: 5, shownTo: null, reveals: 0 }
    script.state(3, [[], [], [undefined, row]])
    ships.view()
    const heard: unknown[] = []
    ships.onChange('ship', 'bag', (_, now, before) => heard.push([[...now], before]))
    ships.input({ dx: 0 })
    script.clock.advance(17)
    ships.view()
    expect(heard).toEqual([[[1], []]])
  })

  test('tells whose ids are whose also a function for which the kind is a type parameter', () => {
    const ids: number[] = []
    const hear = <K extends 'ship' | 'rock'>(kind: K) => {
      room.onAdd(kind, ({ id }) => ids.push(id))
      room.onRemove(kind, ({ id }) => ids.push(-id))
    }
    hear('ship')
    server.state(3, shipAt(120))
    room.view()
    for (const tick of [6, 9]) server.state(tick, undefined, { baseTick: tick - 3 })
    server.clock.advance(1_000)
    room.view()
    expect(ids).toEqual([1, -1])
  })

  test('is told by the view, with the very objects that it shows', () => {
    const heard: unknown[] = []
    room.onAdd('ship', (ship, how) => heard.push([how, ship.id, ship.x]))
    room.onChange('ship', 'x', (ship, x, before) => heard.push([ship.id, before, x]))
    room.onRemove('ship', (ship, why) => heard.push([why, ship.id, ship.x]))
    server.state(3, shipAt(120))
    expect(heard).toEqual([])
    const [ship] = room.view().ship
    expect([heard.splice(0), ship?.x]).toEqual([[['entered', 1, 120]], 120])
    server.state(6, shipAt(130), { baseTick: 3 })
    server.state(9, shipAt(130), { baseTick: 6 })
    server.clock.advance(1_000)
    expect(room.view().ship[0]).toBe(ship)
    expect(heard.splice(0)).toEqual([[1, 120, 130]])
    for (const tick of [12, 15]) server.state(tick, undefined, { baseTick: tick - 3 })
    server.clock.advance(1_000)
    room.view()
    expect(heard.splice(0)).toEqual([['destroyed', 1, 130]])
  })

  test('of an entity that is out of sight for a moment is that it left, not that it is no more', () => {
    const heard: unknown[] = []
    room.onAdd('ship', ({ id }, how) => heard.push([how, id]))
    room.onRemove('ship', ({ id }, why) => heard.push([why, id]))
    for (let tick = 3; tick <= 60; tick += 3) {
      server.state(tick, tick === 30 ? undefined : shipAt(120), { baseTick: tick - 3 })
      for (let picture = 0; picture < 2; picture++) {
        server.clock.advance(20)
        room.view()
      }
    }
    expect(heard).toEqual([
      ['entered', 1],
      ['left', 1],
      ['spawned', 1],
    ])
  })

  test('of a room that was lost is out of sight, and what is in the next one is seen for the first time', () => {
    const heard: unknown[] = []
    room.onAdd('ship', ({ id }, how) => heard.push([how, id]))
    room.onRemove('ship', ({ id }, why) => heard.push([why, id]))
    server.state(3, shipAt(120))
    room.view()
    server.answer = { outcome: 'new', epoch: 0x76543210 }
    server.net.cut()
    server.clock.advance(300)
    server.state(3, shipAt(50))
    room.view()
    expect(heard).toEqual([
      ['entered', 1],
      ['left', 1],
      ['entered', 1],
    ])
  })

  test('is also what the first state has otherwise than the picture before it, and the room of another seat than the last', () => {
    const phase = (phase: number) => [[undefined, { id: 1, values: { phase }, owner: 0, shownTo: null, reveals: 0 }]]
    const empty = [[], [], []]
    const heard: unknown[] = []
    room.onChange('room', 'phase', (shown, now, before) => heard.push([before, now, shown === room.view().room]))
    server.state(3, [...phase(2), ...empty])
    room.view()
    server.state(6, [...phase(3), ...empty], { baseTick: 3 })
    room.view()
    expect(heard.splice(0)).toEqual([
      [0, 2, true],
      [2, 3, true],
    ])
    server.answer = { outcome: 'new', epoch: 0x76543210 }
    server.net.cut()
    server.clock.advance(300)
    expect([room.view().room.phase, room.view().serverTick]).toEqual([0, 0])
    server.state(3, [...phase(1), ...empty])
    expect(room.view().room.phase).toBe(1)
    expect(heard).toEqual([[3, 1, true]])
  })

  test('of a kind that there is not is refused', () => {
    expect(() => room.onAdd('castle' as 'ship', () => {})).toThrow('castle')
    expect(() => room.onAdd('player', () => {})).not.toThrow()
  })

  test('of a field that there is not is refused, and of what every entity has is not', () => {
    for (const [kind, field] of [
      ['ship', 'hull'],
      ['ship', 'toString'],
      ['player', 'owner'],
      ['room', 'mine'],
    ])
      expect(() => room.onChange(kind as 'ship', field as 'x', () => {})).toThrow(`there is no ${field} in ${kind}`)
    for (const field of ['x', 'fuel', 'cargo', 'owner', 'mine'] as const)
      expect(() => room.onChange('ship', field, () => {})).not.toThrow()
    expect(() => room.onChange('player', 'mine', () => {})).not.toThrow()
    expect(() => room.onChange('room', 'phase', () => {})).not.toThrow()
  })
})

test('[M9] a state that is asked for as a whole is shown by the same objects, and counted', () => {
  server.state(3, shipAt(120))
  const [ship] = room.view().ship
  server.state(6, shipAt(130), { baseTick: 3, hash: 1 })
  expect(room.stats.keyframes).toBe(1)
  server.state(9, shipAt(130), { hash: server.hash })
  server.clock.advance(1_000)
  const ships = room.view().ship
  expect([ships.length, ships[0] === ship, ship?.x]).toEqual([1, true, 130])
})

describe('inputs', () => {
  test('are sampled at the tick rate, however many pictures there are', () => {
    for (let picture = 0; picture < 144; picture++) {
      server.clock.advance(1000 / 144)
      room.input({ dx: 1, dash: false })
    }
    server.clock.advance(20)
    expect(room.stats.inputsWaiting).toBeGreaterThanOrEqual(58)
    expect(room.stats.inputsWaiting).toBeLessThanOrEqual(60)
  })

  for (const [tickRate, made] of [
    [60, 9],
    [20, 6],
    [120, 18],
  ] as const) {
    test(`of a page that was away are not made up for beyond ${made}, at ${tickRate} ticks a second`, () => {
      start({ tickRate })
      room.input({ dx: 1, dash: false })
      server.clock.advance(1400)
      const { inputsWaiting } = room.stats
      room.input({ dx: 1, dash: false })
      expect(room.stats.inputsWaiting - inputsWaiting).toBe(made)
    })
  }

  test('are sampled at the tick rate, however seldom there is a picture', () => {
    start({ tickRate: 120 })
    for (let picture = 0; picture < 8; picture++) {
      server.clock.advance(125)
      room.input({ dx: 1, dash: false })
    }
    // The first picture begins it.
    expect(room.stats.inputsWaiting).toBeGreaterThanOrEqual(104)
  })

  test('go no further than two seconds ahead of the states', () => {
    for (let second = 0; second < 5; second++) {
      server.state(3 + second)
      play(60)
    }
    expect(room.stats.inputsWaiting).toBe(120)
  })

  test('are not taken while there is no connection', () => {
    play(10)
    const { inputsWaiting } = room.stats
    server.net.isDown = true
    server.net.cut()
    play(60)
    expect(room.stats.inputsWaiting).toBe(inputsWaiting)
  })

  test('of a room of turns leave at once, each that is another one than the last', () => {
    start({ tickRate: 0 })
    const played = () => server.inputs.flatMap(({ inputs }) => inputs.map(({ ints }) => [...ints]))
    room.input({ dx: 3, dash: false })
    server.clock.advance(20)
    expect(played()).toEqual([[3, 0]])
    play(30, { dx: 3, dash: false })
    expect(played()).toEqual([[3, 0]])
    room.input({ dx: 4, dash: false })
    server.clock.advance(20)
    expect(played()).toEqual([
      [3, 0],
      [4, 0],
    ])
  })

  test('of a room of turns leave again while a flag is set, and are not held back for ever', () => {
    start({ tickRate: 0 })
    for (const dash of [true, true, false]) room.input({ dx: 0, dash })
    server.clock.advance(500)
    const sent = server.inputs.flatMap(({ inputs }) => inputs.map(({ ints }) => ints[1]))
    expect(sent).toEqual([1, 1, 0])
  })

  const sent = () => server.inputs.map(({ firstSeq, inputs }) => [firstSeq, ...inputs.map(({ ints }) => ints[0])])

  test('of a room of turns outlast a cut', () => {
    start({ tickRate: 0 })
    server.net.isHole = true
    room.input({ dx: 3, dash: false })
    server.clock.advance(2000)
    server.net.isHole = false
    server.answer = { outcome: 'resumed', tickRate: 0 }
    server.net.cut()
    server.clock.advance(1000)
    expect(sent()).toEqual([[1, 3]])
  })

  for (const outcome of ['reset', 'new'] as const) {
    test(`of a room of turns are not made again in a seat that is ${outcome}, unless they are wanted again`, () => {
      start({ tickRate: 0 })
      room.input({ dx: 3, dash: true })
      server.clock.advance(100)
      expect(sent()).toEqual([[1, 3]])
      server.answer = { outcome, tickRate: 0, epoch: 0x76543210 }
      server.net.cut()
      server.clock.advance(300)
      room.view()
      server.clock.advance(1_000)
      expect(sent()).toEqual([[1, 3]])
      room.input({ dx: 3, dash: false })
      server.clock.advance(100)
      expect(sent().slice(1)).toEqual([[1, 3]])
    })
  }

  test('of a room of turns that are made while there is no line arrive as they were made, as many as may wait', () => {
    start({ tickRate: 0 })
    server.net.isDown = true
    server.net.cut()
    for (let dx = 0; dx < 100; dx++) room.input({ dx, dash: dx % 2 === 1 })
    expect(room.stats.inputsWaiting).toBe(INPUTS_WAITING)
    server.answer = { outcome: 'resumed', tickRate: 0 }
    server.net.isDown = false
    server.clock.advance(2_000)
    const [first] = server.inputs
    expect(first?.inputs.map(({ ints }) => [...ints])).toEqual(
      Array.from({ length: INPUTS_WAITING }, (_, dx) => [dx, dx % 2]),
    )
  })

  for (const tickRate of [60, 20, 2]) {
    test(`of a page that draws no more: the last word is heard, once, at ${tickRate} ticks a second`, () => {
      start({ tickRate })
      play(30, { dx: 100, dash: false })
      room.input({ dx: 0, dash: true })
      room.input({ dx: 0, dash: false })
      server.clock.advance(2_000)
      const words = server.inputs.flatMap(({ firstSeq, inputs }) =>
        inputs.map(({ ints }, index) => [firstSeq + index, ...ints]),
      )
      const [last] = words.at(-1) as number[]
      const { inputsWaiting } = room.stats
      expect([last, words.length]).toEqual([inputsWaiting, inputsWaiting])
      expect(words.slice(-2).map(([, ...values]) => values)).toEqual([
        [0, 1],
        [0, 0],
      ])
    })
  }

  test('of a page that draws no more: the last word is said again after a cut, and not to another seat', () => {
    const said = () => server.inputs.flatMap(({ inputs }) => inputs.map(({ ints }) => ints[0]))
    play(30, { dx: 100, dash: false })
    server.net.isHole = true
    room.input({ dx: 7, dash: false })
    server.clock.advance(1_000)
    server.net.isHole = false
    server.answer = { outcome: 'resumed' }
    server.net.cut()
    server.clock.advance(3_000)
    expect(said().filter((dx) => dx === 7)).toEqual([7])
    server.answer = { outcome: 'new', epoch: 0x76543210 }
    server.net.cut()
    server.clock.advance(3_000)
    expect(said().filter((dx) => dx === 7)).toEqual([7])
    play(30, { dx: 7, dash: false })
    expect(said().filter((dx) => dx === 7).length).toBeGreaterThan(20)
  })

  test('that do not fit are refused by name at once', () => {
    expect(() => room.input({ dx: 200, dash: false })).toThrow(/^dx/)
    expect(() => room.input({ dx: 100, dash: false })).not.toThrow()
  })

  for (const [what, spare, least, most] of [
    ['in time when they come in time', 0, 88, 89],
    ['slower when too many wait on the server', 9, 86, 87],
    ['faster when some were too late', -9, 92, 93],
  ] as const) {
    test(`come ${what}`, () => {
      const timing = { heard: 1, held: 0, time: 0, spare }
      for (let tick = 1; tick < 100; tick++) server.state(tick, undefined, { timing })
      play(90)
      expect(room.stats.inputsWaiting).toBeGreaterThanOrEqual(least)
      expect(room.stats.inputsWaiting).toBeLessThanOrEqual(most)
    })
  }
})

describe('prediction', () => {
  const drift = (ship: { x: number }) => {
    ship.x += 8
  }

  test('steps by the very time that the server steps by, whatever the tick rate', () => {
    for (let tickRate = 1; tickRate <= 1000; tickRate++) {
      start({ tickRate })
      expect(room.inside.prediction.dt).toBe(1 / tickRate)
    }
    start({ tickRate: 0 })
    expect(room.inside.prediction.dt).toBe(0)
  })

  test('is asked for at once, again on every new socket, and taken back', async () => {
    const off = room.predict('ship', () => {})
    server.answer = { outcome: 'resumed' }
    await server.clock.pass(50)
    server.net.cut()
    await server.clock.pass(1_100)
    off()
    await server.clock.pass(50)
    const asked = server.messages.flatMap((message) => (message.type === 'predict' ? [message.kinds] : []))
    expect(asked).toEqual([[2], [2], []])
  })

  test('of several kinds is asked for at a time, and of the same ones once', async () => {
    const off = room.predict('ship', () => {})
    room.predict('rock', () => {})
    off()
    room.predict('ship', () => {})
    await server.clock.pass(50)
    room.predict('ship', () => {})
    await server.clock.pass(50)
    const asked = server.messages.flatMap((message) => (message.type === 'predict' ? [message.kinds] : []))
    expect(asked).toEqual([[2, 3]])
  })

  test('for all is named twice, and told of anew when it is for own ones only', async () => {
    room.predict('ship', () => {}, { all: true })
    room.predict('rock', () => {})
    await server.clock.pass(50)
    room.predict('ship', () => {})
    await server.clock.pass(50)
    const asked = server.messages.flatMap((message) => (message.type === 'predict' ? [message.kinds] : []))
    expect(asked).toEqual([
      [2, 2, 3],
      [2, 3],
    ])
  })

  test('that is taken off and on again at once goes on with its entities, and nothing is asked', async () => {
    const off = room.predict('ship', () => {})
    room.inside.prediction.learn(2, 1, new Float64Array(12))
    server.state(3, shipAt(120))
    await server.clock.pass(50)
    expect(room.predicted('ship')).toHaveLength(1)
    off()
    const last = room.predict('ship', () => {})
    await server.clock.pass(50)
    expect(room.predicted('ship')).toHaveLength(1)
    const asked = server.messages.flatMap((message) => (message.type === 'predict' ? [message.kinds] : []))
    expect(asked).toEqual([[2]])
    last()
    await settle()
    expect(room.predicted('ship')).toEqual([])
  })

  test('that is at an end is told of with the line, where it ended without one', async () => {
    const off = room.predict('ship', () => {})
    server.answer = { outcome: 'resumed' }
    await server.clock.pass(50)
    server.net.cut()
    off()
    await server.clock.pass(1_100)
    const asked = server.messages.flatMap((message) => (message.type === 'predict' ? [message.kinds] : []))
    expect(asked).toEqual([[2], []])
  })

  test('in a room of turns shows what the last turn left', () => {
    start({ tickRate: 0, player: 2 })
    room.predict('ship', drift, { all: true })
    server.state(3, shipAt(120))
    room.input({ dx: 3, dash: false })
    server.clock.advance(500)
    expect(room.view().ship).toMatchObject([{ x: 128 }])
  })

  test('stands still once it is two seconds ahead', () => {
    start({ player: 2 })
    room.predict('ship', drift, { all: true })
    server.state(3, shipAt(120))
    play(150)
    const seen = new Set<number | undefined>()
    for (let picture = 0; picture < 20; picture++) {
      server.clock.advance(7)
      seen.add(room.view().ship[0]?.x)
    }
    expect([...seen]).toEqual([120 + 8 * room.stats.inputsWaiting])
  })

  test('by a rule that came later is not taken back with the one before', async () => {
    const off = room.predict('ship', () => {})
    const rule = () => {}
    const last = room.predict('ship', rule)
    off()
    expect(room.inside.prediction.kinds).toEqual([2])
    last()
    room.predict('ship', rule)
    // Nor by what was called before.
    last()
    await server.clock.pass(50)
    const asked = server.messages.flatMap((message) => (message.type === 'predict' ? [message.kinds] : []))
    expect(asked.at(-1)).toEqual([2])
  })

  test('of what is no kind of entity is refused', () => {
    for (const kind of ['room', 'player', 'boat'])
      expect(() => room.predict(kind as 'ship', () => {})).toThrow(TypeError)
    expect(() => room.predict('rock', () => {})).not.toThrow()
  })

  test('by what is no rule is refused, and leaves the rule that there was', () => {
    room.predict('ship', () => {})
    expect(() => room.predict('ship', undefined as never)).toThrow('a rule must be a function, got undefined')
    expect(room.inside.prediction.kinds).toEqual([2])
  })
})

describe('messages', () => {
  test('reach every listener, until it is off', async () => {
    const heard: string[] = []
    const off = room.on('note', ({ text }) => heard.push(`a ${text}`))
    room.on('note', ({ text }) => heard.push(`b ${text}`))
    await settle()
    server.message(1, 'note', { text: '1' })
    off()
    server.message(2, 'note', { text: '2' })
    expect(heard).toEqual(['a 1', 'b 1', 'b 2'])
  })

  test('are heard by who begins to listen in a listener from the next one on', async () => {
    const heard: string[] = []
    const off = room.on('note', ({ text }) => {
      off()
      heard.push(text)
      room.on('note', ({ text }) => heard.push(`then ${text}`))
    })
    await settle()
    server.message(1, 'note', { text: 'a' })
    server.message(2, 'note', { text: 'b' })
    expect(heard).toEqual(['a', 'then b'])
  })

  test('wait for their first listener, in order', async () => {
    const heard: string[] = []
    server.message(1, 'note', { text: '1' })
    server.message(2, 'note', { text: '2' })
    room.on('note', ({ text }) => heard.push(text))
    server.message(3, 'note', { text: '3' })
    await settle()
    server.message(4, 'note', { text: '4' })
    expect(heard).toEqual(['1', '2', '3', '4'])
  })

  test('wait for their first listener, the latest 256 of them', async () => {
    for (let count = 1; count <= 257; count++) server.message(count, 'note', { text: `${count}` })
    const heard: string[] = []
    room.on('note', ({ text }) => heard.push(text))
    await settle()
    expect([heard.length, heard[0]]).toEqual([256, '2'])
  })

  test('[M5] tell their listener at which tick they were said', async () => {
    const heard: unknown[] = []
    server.message(1, 'note', { text: 'early' }, 7)
    room.on('note', ({ text }, tick) => heard.push([text, tick]))
    await settle()
    server.message(2, 'note', { text: 'now' }, 1_200)
    expect(heard).toEqual([
      ['early', 7],
      ['now', 1_200],
    ])
  })

  test('whose listener throws cost neither the other listeners nor the next message', async () => {
    const heard: string[] = []
    room.on('note', () => {
      throw new Error('the game')
    })
    room.on('note', ({ text }) => heard.push(text))
    await settle()
    const later = vi.spyOn(globalThis, 'queueMicrotask').mockImplementation(() => {})
    server.message(1, 'note', { text: '1' })
    server.message(2, 'note', { text: '2' })
    expect(later).toHaveBeenCalledTimes(2)
    expect(heard).toEqual(['1', '2'])
    expect(room.state.name).toBe('open')
  })

  test('are sent, queued while there is no connection, and refused when full or closed', async () => {
    expect(room.send('talk', { message: 'a' })).toBe('sent')
    server.net.isDown = true
    server.net.cut()
    expect(room.send('talk', { message: 'b' })).toBe('queued')
    let result = ''
    for (let count = 0; count < 600; count++) result = room.send('talk', { message: 'c' })
    expect(result).toBe('full')
    await room.leave()
    expect(room.send('talk', { message: 'd' })).toBe('full')
  })

  test('of which only the latest counts take the place of none but their own, also with a key that is undefined', () => {
    const bodies = () => server.messages.flatMap((message) => (message.type === 'message' ? [message.body] : []))
    const how = { as: 'latest', key: undefined } as unknown as SendOptions
    server.net.link.bufferedAmount = 10_000
    room.send('talk', { message: 'first' })
    for (const message of ['a', 'b']) room.send('talk', { message }, how)
    room.send('ask', { what: 'c' }, how)
    server.net.link.bufferedAmount = 0
    server.clock.advance(600)
    expect(bodies()).toEqual([['first'], ['b'], ['c']])
  })

  test('of which only the latest counts with a key take the place of those of the same key, and of no others', () => {
    const bodies = () => server.messages.flatMap((message) => (message.type === 'message' ? [message.body] : []))
    server.net.link.bufferedAmount = 10_000
    for (const key of ['a', 'b'])
      for (const order of [1, 2]) room.send('talk', { message: `${key}${order}` }, { as: 'latest', key })
    server.net.link.bufferedAmount = 0
    server.clock.advance(600)
    expect(bodies()).toEqual([['a2'], ['b2']])
  })

  test('that do not fit, and names that there are not, are refused at the call', () => {
    expect(() => room.send('talk', { message: 'x'.repeat(201) })).toThrow(/^message/)
    expect(() => room.send('shout' as 'talk', { message: 'x' })).toThrow(/shout/)
    expect(() => room.on('shout' as 'talk', () => {})).toThrow(/shout/)
    expect(() => room.request('talk' as never, {} as never)).toThrow('talk is no request')
    for (const as of ['unreliable', 'toString'])
      expect(() => room.send('talk', { message: 'x' }, { as: as as 'latest' })).toThrow(`as cannot be ${as}`)
    expect(room.send('talk', { message: 'x'.repeat(200) })).toBe('sent')
  })
})

test('who leaves when told of another seat gives that one up', () => {
  room.onReset(() => void room.leave())
  server.answer = { outcome: 'new', reason: 'unknown token', player: 9, epoch: 0x76543210 }
  server.net.cut()
  server.clock.advance(1_100)
  expect(server.messages.at(-1)).toMatchObject({ type: 'leave' })
  expect(room.state).toMatchObject({ name: 'closed', reason: 'LEFT' })
})

test('another seat is told, and shows nothing of the one before', () => {
  const resets: Reset[] = []
  room.onReset((reset) => resets.push(reset))
  server.state(30, shipAt(120))
  expect(room.view().ship).toHaveLength(1)
  const told: string[] = []
  room.onReset(() => told.push('reset'))
  room.onDrained(() => told.push('drained'))
  room.send('talk', { message: 'a' })
  server.answer = { outcome: 'new', reason: 'unknown token', player: 9, epoch: 0x76543210 }
  server.net.cut()
  server.clock.advance(1_100)
  expect(resets).toEqual([{ outcome: 'new', reason: 'unknown token', lost: 1 }])
  expect(told).toEqual(['reset', 'drained'])
  expect(room.me).toBe(9)
  expect(room.view()).toMatchObject({ ship: [], player: [], serverTick: 0 })
})
