// Both ends whole, over a network in memory and on virtual time.

import { beforeEach, describe, expect, test } from 'vitest'
import { type InputOf, join, type Of, type Room } from '../../sdk/index.ts'
import { defineRoom } from '../../server/room/room.ts'
import { arena, arenaHooks } from '../support/arena.ts'
import { settle } from '../support/clock.ts'
import { Net, worldOver } from '../support/link.ts'
import { seeded } from '../support/random.ts'
import { TestServer } from '../support/server.ts'

const FRAME_MS = 1000 / 60
const STILL = { dx: 0, dash: false }

function move(ship: Of<typeof arena, 'ship'>, input: InputOf<typeof arena>): void {
  ship.x += input.dx
}

let departures: string[]
const Watched = defineRoom(
  arena,
  (room) => {
    const hooks = arenaHooks(room)
    return {
      ...hooks,
      onJoin(session, join) {
        hooks.onJoin(session, join)
        session.send('note', { text: `hello ${join.name}` })
      },
      onLeave(session, how) {
        departures.push(`${session.player.name} ${how}`)
      },
    }
  },
  { avatar: 'ship' },
)

describe('a match', () => {
  let server: TestServer<typeof arena>
  let nets: Net[]
  let rooms: Room<typeof arena>[]
  let wanted: { dx: number; dash: boolean }[]

  beforeEach(() => {
    server = new TestServer(arena, { room: Watched })
    nets = []
    rooms = []
    wanted = []
    departures = []
  })

  function world(net: Net) {
    return worldOver(net, server.clock, seeded(nets.length))
  }

  async function enter(name: string, withinMs = 100): Promise<Room<typeof arena>> {
    const net = new Net(server.clock, (socket) => server.host.accept(socket, '10.0.0.1'))
    nets.push(net)
    const joining = join('ws://arena.test/ws', arena, { room: 'room', with: { name }, ...world(net) })
    await server.pass(withinMs)
    const room = await joining
    rooms.push(room)
    wanted.push({ ...STILL })
    return room
  }

  /** Everyone plays, a picture at a time. */
  async function play(ms: number): Promise<void> {
    for (let left = Math.round(ms / FRAME_MS); left > 0; left--) {
      server.clock.advance(FRAME_MS)
      await settle()
      rooms.forEach((room, index) => {
        if (room.state.name === 'closed') return
        room.input(wanted[index] ?? STILL)
        room.view()
      })
    }
  }

  function xOf(room: Room<typeof arena>, owner: number): number | undefined {
    return room.view().ship.find((ship) => ship.owner === owner)?.x
  }

  test('two players see each other move', async () => {
    const ada = await enter('Ada')
    const bob = await enter('Bob')
    await play(300)
    expect(bob.view().player.map(({ name, mine }) => [name, mine])).toEqual([
      ['Ada', false],
      ['Bob', true],
    ])
    wanted[0] = { dx: 2, dash: false }
    await play(1000)
    wanted[0] = { ...STILL }
    await play(1000)
    expect(xOf(bob, ada.me)).toBe(100 + 2 * 60)
    expect(xOf(ada, ada.me)).toBe(100 + 2 * 60)
    expect(xOf(ada, bob.me)).toBe(100)
  })

  test('a predicted ship moves in the picture of its input, and never has to be corrected', async () => {
    const ada = await enter('Ada')
    ada.predict('ship', move)
    await play(300)
    wanted[0] = { dx: 3, dash: false }
    await play(FRAME_MS * 2)
    expect(xOf(ada, ada.me)).toBeGreaterThan(100)
    await play(2000)
    expect(ada.stats.corrections).toBe(0)
    expect(ada.stats.rttMs).toBeGreaterThan(40)
    wanted[0] = { ...STILL }
    await play(500)
    expect(ada.stats.inputsWaiting).toBeLessThan(10)
  })

  test('messages that come before their listener wait for it', async () => {
    const ada = await enter('Ada')
    await play(200)
    const notes: string[] = []
    ada.on('note', ({ text }) => notes.push(text))
    await settle()
    expect(notes).toEqual(['hello Ada'])
  })

  test('a cut keeps the seat: nothing is lost, nothing comes twice, and nobody leaves', async () => {
    const ada = await enter('Ada')
    const bob = await enter('Bob')
    const heard: string[] = []
    const states: string[] = []
    bob.on('talk', ({ message }) => heard.push(message))
    ada.onState(({ name }) => states.push(name))
    await play(200)
    const { me } = ada
    const ship = ada.view().ship.find(({ mine }) => mine)
    expect(ada.send('talk', { message: '1' })).toBe('sent')
    nets[0]?.cut()
    expect(ada.send('talk', { message: '2' })).toBe('queued')
    expect(ada.send('talk', { message: '3' })).toBe('queued')
    await play(1500)
    ada.send('talk', { message: '4' })
    await play(300)
    expect(heard).toEqual(['1', '2', '3', '4'])
    expect(ada.me).toBe(me)
    expect(states).toEqual(['reconnecting', 'reconnecting', 'open'])
    expect(ada.view().ship.find(({ mine }) => mine)).toBe(ship)
    expect(bob.view().player).toHaveLength(2)
    expect(departures).toEqual([])
    expect(server.stats.resumed).toBe(1)
  })

  test('a silent path is noticed, told as stalled, and left for another', async () => {
    const ada = await enter('Ada')
    const states: string[] = []
    ada.onState(({ name }) => states.push(name))
    await play(200)
    const net = nets[0] as Net
    net.isHole = true
    await play(4800)
    expect(states).toEqual(['stalled'])
    await play(400)
    net.isHole = false
    await play(4000)
    expect(states.at(-1)).toBe('open')
    expect(server.stats.resumed).toBe(1)
    expect(departures).toEqual([])
  })

  test('after the window is over the same room object has another seat, and its view holds nothing of the old', async () => {
    const ada = await enter('Ada')
    const bob = await enter('Bob')
    await play(300)
    const old = ada.me
    const resets: number[] = []
    ada.onReset(({ lost }) => resets.push(lost))
    const net = nets[0] as Net
    net.isDown = true
    net.cut()
    expect(ada.send('talk', { message: 'gone' })).toBe('queued')
    await play(31_000)
    expect(departures).toEqual(['Ada dropped'])
    net.isDown = false
    await play(6000)
    expect(ada.state.name).toBe('open')
    expect(resets).toEqual([1])
    expect(ada.me).not.toBe(old)
    expect(
      ada
        .view()
        .player.map(({ id }) => id)
        .sort(),
    ).toEqual([ada.me, bob.me].sort())
    expect(ada.view().ship.filter(({ mine }) => mine)).toHaveLength(1)
  })

  test('who leaves is seen to leave, and is not dialled again', async () => {
    const ada = await enter('Ada')
    const bob = await enter('Bob')
    await play(300)
    await ada.leave()
    await play(500)
    expect(departures).toEqual(['Ada left'])
    expect(bob.view().player).toHaveLength(1)
    expect(bob.view().ship).toHaveLength(1)
    expect(ada.state).toMatchObject({ name: 'closed', reason: 'LEFT' })
    expect(nets[0]?.links).toHaveLength(1)
  })

  test('only the owner sees what is for the owner', async () => {
    const ada = await enter('Ada')
    const bob = await enter('Bob')
    await play(300)
    const seenBy = (room: Room<typeof arena>) => room.view().ship.map(({ mine, fuel, cargo }) => [mine, fuel, cargo])
    expect(seenBy(ada)).toEqual([
      [true, 9, undefined],
      [false, undefined, undefined],
    ])
    expect(seenBy(bob)).toEqual([
      [false, undefined, undefined],
      [true, 9, undefined],
    ])
  })

  test('a room whose onJoin takes four seconds is joined, and asked once', async () => {
    let joins = 0
    const Slow = defineRoom(arena, () => ({
      async onJoin() {
        joins++
        await server.wait(4000)
      },
    }))
    server = new TestServer(arena, { room: Slow })
    const ada = await enter('Ada', 4200)
    expect([ada.state.name, joins, nets[0]?.links.length]).toEqual(['open', 1, 1])
    await play(1000)
    expect([ada.view().player.length, joins]).toEqual([1, 1])
  })

  test('a room of turns takes each input that is another one', async () => {
    const taken: number[] = []
    const Turns = defineRoom(
      arena,
      (room) => ({
        onTick() {
          for (const session of room.sessions) for (const input of session.inputs()) taken.push(input.dx)
        },
      }),
      { tickRate: 0 },
    )
    server = new TestServer(arena, { room: Turns })
    const ada = await enter('Ada')
    wanted[0] = { dx: 5, dash: false }
    await play(500)
    wanted[0] = { dx: 6, dash: false }
    await play(500)
    expect(taken).toEqual([5, 6])
    expect(ada.stats.inputsWaiting).toBe(0)
  })

  test('a room that is not there is refused in words', async () => {
    const net = new Net(server.clock, (socket) => server.host.accept(socket, '10.0.0.1'))
    const joining = join('ws://arena.test/ws', arena, { room: 'nowhere', with: { name: 'Ada' }, ...world(net) })
    const refused = expect(joining).rejects.toMatchObject({ reason: 'NO_SUCH_ROOM', code: 4404 })
    await server.pass(200)
    await refused
  })
})
