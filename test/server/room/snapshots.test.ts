import { describe, expect, test } from 'vitest'
import { columnDigests } from '../../../protocol/column-digests.ts'
import type { Of } from '../../../protocol/game.ts'
import { defineGame, u8, u16 } from '../../../protocol/index.ts'
import { SNAPSHOT_RING } from '../../../protocol/limits.ts'
import { makeId, SnapshotRing } from '../../../protocol/snapshot.ts'
import { statesSeen } from '../../../server/room/past.ts'
import { defineRoom } from '../../../server/room/room.ts'
import { Roster } from '../../../server/room/roster.ts'
import type { Seat } from '../../../server/room/seat.ts'
import { Snapshots } from '../../../server/room/snapshots.ts'
import { LiveState } from '../../../server/room/state.ts'
import { Flow } from '../../../server/sync/flow.ts'
import { sendInterval, ticksPerState } from '../../../server/sync/rates.ts'
import { Arena, arena } from '../../support/arena.ts'
import { TestServer, virtualShared } from '../../support/server.ts'

interface Ship {
  x: number
}

function room(strict: boolean) {
  const live = new LiveState(arena)
  const ship = (live.state as { ship: { add(values: Ship): Ship } }).ship.add({ x: 1 })
  const roster = new Roster()
  const snapshots = new Snapshots({ game: arena, room: Arena, strict }, live, roster, virtualShared())
  return { ship, roster, snapshots }
}

test('count what did not fit and was clamped, each time, and throw for it in a strict room', () => {
  const { ship, snapshots } = room(false)
  expect(snapshots.take(1)).toBe(0)
  ship.x = Number.NaN
  expect([snapshots.take(2), snapshots.take(3)]).toEqual([1, 1])
  const strict = room(true)
  expect(strict.snapshots.take(1)).toBe(0)
  strict.ship.x = Number.NaN
  expect(() => strict.snapshots.take(2)).toThrow('x cannot be NaN')
})

test('tell where a client holds something else, if the state is still kept and the room is strict', () => {
  const nothing = columnDigests(arena, new SnapshotRing(arena).newest)
  const seat = { feed: { own: null } } as unknown as Seat
  const told = ({ snapshots }: ReturnType<typeof room>, tick: number) => {
    snapshots.take(5)
    return snapshots.differenceOf(seat, tick, nothing)
  }
  expect(told(room(true), 5)).toBe('which rooms there are')
  expect(told(room(true), 4)).toBeUndefined()
  expect(told(room(false), 5)).toBeUndefined()
})

describe('go back', () => {
  const nothing = columnDigests(arena, new SnapshotRing(arena).newest)

  /** A room with one player, who is sent each state while it is here, and acknowledges at once where `acks`. */
  function watched() {
    const { roster, snapshots } = room(true)
    const flow = new Flow(sendInterval(Arena))
    const player = { id: 1, connection: {}, feed: { own: null, flow } }
    const seat = player as unknown as Seat
    roster.settle(seat)
    const apart = ticksPerState(Arena)
    let made = 0
    const pass = (states: number, acks: boolean) => {
      for (let count = 0; count < states; count++) {
        const tick = ++made * apart
        snapshots.take(tick)
        if (!player.connection) continue
        flow.sent(tick, tick * 50, 100)
        if (acks) flow.acknowledge(tick, tick * 50)
      }
    }
    const isThere = (state: number) => snapshots.differenceOf(seat, state * apart, nothing) !== undefined
    /** The numbers of the states that are there. */
    const states = () => Array.from({ length: made }, (_, index) => index + 1).filter(isThere)
    return { player, pass, states }
  }

  test('as far as players see', () => {
    const { pass, states } = watched()
    pass(100, true)
    expect([states()[0], states().length]).toEqual([101 - statesSeen(Arena), statesSeen(Arena)])
  })

  test('to what somebody who is here may go on from, up to 64 states and what is kept beside them, and no longer', () => {
    const { pass, states } = watched()
    pass(100, true)
    pass(30, false)
    expect([states()[0], states().length]).toEqual([100, 31])
    pass(70, false)
    expect([states().slice(0, 2), states().length]).toEqual([[100, 137], SNAPSHOT_RING + 1])
    pass(1, true)
    pass(1, true)
    expect([states()[0], states().length]).toEqual([203 - statesSeen(Arena), statesSeen(Arena)])
  })

  test('to all that somebody may hold who is away for up to 64 states, and then to what it acknowledged', () => {
    const { player, pass, states } = watched()
    pass(100, true)
    pass(3, false)
    Object.assign(player, { connection: null })
    pass(60, true)
    expect([states()[0], states().length]).toEqual([100, 64])
    pass(40, true)
    expect([states()[0], states().length]).toEqual([100, statesSeen(Arena) + 1])
  })
})

describe('an id that is given again', () => {
  const range = defineGame({ entities: { shot: { look: u8().static(), heat: u16().tolerance(100) } }, input: {} })
  type Shot = Of<typeof range, 'shot'>

  /** A room with one shot, which others take the place of, one after the other. */
  function gallery() {
    let fire!: (look: number) => Shot
    const Range = defineRoom(range, (room) => {
      let last = room.state.shot.add({ look: 1 })
      fire = (look) => {
        room.state.shot.remove(last)
        last = room.state.shot.add({ look })
        return last
      }
      return {}
    })
    const server = new TestServer(range, { room: Range }, { emptyRoomMs: Number.POSITIVE_INFINITY })
    /** Until a shot has the id of the first one. */
    const fireAround = () => {
      for (let shots = 0; shots < 100_000; shots++) if (fire(2).id === makeId(1, 0)) return
      throw new Error('no id came again')
    }
    return { server, fire: (look: number) => fire(look), fireAround }
  }

  test('is not taken for who had it before, where nobody was there to see a state', async () => {
    const { server, fireAround } = gallery()
    const ada = await server.join()
    await server.pass(100)
    expect(ada.column('shot', 'look')).toEqual([1])
    ada.send({ type: 'leave' })
    await server.pass(100)
    fireAround()
    const bob = await server.join()
    await server.pass(100)
    expect(bob.column('shot', 'look')).toEqual([2])
  })

  for (const [who, company] of [
    ['alone', false],
    ['where others stayed', true],
  ] as const) {
    test(`is not taken for who had it before by one who comes back, ${who}`, async () => {
      const { server, fireAround } = gallery()
      const ada = await server.join()
      if (company) await server.join()
      await server.pass(100)
      ada.cut()
      await server.pass(100)
      fireAround()
      await server.pass(100)
      const back = await server.resume(ada)
      await server.pass(100)
      expect(back.welcome.outcome).toBe('resumed')
      expect(back.column('shot', 'look')).toEqual([2])
    })
  }

  test('is not taken for who had it before, of whose end no state was made', async () => {
    const { server, fire } = gallery()
    const ada = await server.join()
    await server.pass(100)
    // As many as may come and go between two states, which are of others.
    for (let shots = 1; fire(2).id !== makeId(1, 0); shots++) if (shots % 4_000 === 0) await server.pass(100)
    await server.pass(100)
    expect(ada.column('shot', 'look')).toEqual([2])
  })

  test('is not taken for who had it before by one whose first return brought nothing', async () => {
    const { server, fire, fireAround } = gallery()
    const ada = await server.join()
    await server.pass(100)
    ada.cut()
    for (let shots = 0; shots < 6_000; shots++) fire(3)
    const late = await server.resume(ada)
    late.cut()
    fireAround()
    const back = await server.resume(ada, { token: late.welcome.token })
    await server.pass(100)
    expect(back.welcome.outcome).toBe('resumed')
    expect(back.column('shot', 'look')).toEqual([2])
  })

  test('costs nobody who comes back before it the delta', async () => {
    const { server, fire } = gallery()
    const ada = await server.join()
    await server.pass(100)
    const { tick } = ada.state
    ada.cut()
    for (let shots = 0; shots < 1_000; shots++) fire(3)
    const back = await server.resume(ada)
    await server.pass(100)
    expect(back.states[0]?.baseTick).toBe(tick)
    expect(back.column('shot', 'look')).toEqual([3])
  })
})

test('a static field stays as it was told, also when all other rows are made anew in a tick', async () => {
  const world = defineGame({ entities: { sign: { label: u8().static() }, rock: { x: u8() } }, input: {} })
  let renew!: () => void
  const World = defineRoom(world, (room) => {
    const sign = room.state.sign.add({ label: 1 })
    const rocks = Array.from({ length: 9_000 }, () => room.state.rock.add())
    renew = () => {
      // What was told once stays, whatever is assigned.
      sign.label = 2
      for (const rock of rocks.splice(0)) room.state.rock.remove(rock)
      for (let rock = 0; rock < 9_000; rock++) room.state.rock.add()
    }
    return {}
  })
  const server = new TestServer(world, { room: World })
  const ada = await server.join()
  await server.pass(2_000)
  expect(ada.column('sign', 'label')).toEqual([1])
  renew()
  await server.pass(2_000)
  const bob = await server.join()
  await server.pass(2_000)
  expect([ada, bob].map((client) => client.column('sign', 'label'))).toEqual([[1], [1]])
})
