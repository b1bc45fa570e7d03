// Threats to the match itself, in virtual time: who lies about time moves no faster, who guesses gets no seat, and what
// is hidden is in no frame.

import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { readFrame } from '../../protocol/ext.ts'
import { encodeAck, FrameWriter, readStateHeader } from '../../protocol/frames.ts'
import { bytes, defineGame, i8, u16 } from '../../protocol/index.ts'
import { encodeClientMessage } from '../../protocol/messages.ts'
import type { RoomHooks } from '../../server/room/hooks.ts'
import { defineRoom, type Room } from '../../server/room/room.ts'
import { Arena, arena } from '../support/arena.ts'
import { settle } from '../support/clock.ts'
import { seeded } from '../support/random.ts'
import { TestServer } from '../support/server.ts'
import { leaveRow, volume } from '../support/siege.ts'

const STEP = 1000 / 60

/** How far a ship gets in a minute; `inputs` says how many leave at each sixtieth of a second. */
async function distance(inputs: (step: number) => number): Promise<number> {
  const server = new TestServer(arena, { room: Arena })
  const runner = await server.join()
  let seq = 1
  let owed = 0
  for (let step = 0; step < 60 * 60; step++) {
    owed += inputs(step)
    // As honest clients do, of those that were withheld only a frame's worth leaves at once.
    const count = Math.min(30, Math.floor(owed))
    if (count > 0 && step % 2 === 0) {
      runner.input(seq, ...Array.from({ length: count }, () => ({ dx: 1, dash: false })))
      seq += count
      owed -= count
    }
    server.clock.advance(STEP)
    if (step % 6 === 0) await settle()
  }
  await settle()
  expect(runner.closed).toBeNull()
  return (runner.column('ship', 'x')[0] as number) - 100
}

test('T14: who sends inputs faster than time, or withholds them and bursts, gains at most a hundredth', async () => {
  const honest = await distance(() => 1)
  expect(honest).toBeGreaterThan(3_580)
  const gains: string[] = []
  for (const [what, inputs] of [
    ['twice as fast', () => 2],
    ['ten times as fast', () => 10],
    ['a clock that runs on', (step: number) => 1 + step / 3_600],
    ['2 s withheld, then at once', (step: number) => (step % 240 < 120 ? 0 : step % 240 === 120 ? 121 : 1)],
  ] as const) {
    const gain = (await distance(inputs)) / honest - 1
    gains.push(`${what} ${(gain * 100).toFixed(2)} %`)
    expect(gain, what).toBeLessThanOrEqual(0.01)
  }
  leaveRow({ case: 'T14 speed hacks', volume: '60 s each', closed: gains.join(', ') })
})

test('T12: of many old and made-up tokens none is accepted, and their owner comes back', async () => {
  const tries = volume(10_000, 500)
  const server = new TestServer(arena, { room: Arena })
  server.shared.world.randomBytes = (count) => new Uint8Array(randomBytes(count))
  let ada = await server.join()
  const used: string[] = []
  for (let round = 0; round < 20; round++) {
    used.push(ada.claim().token)
    ada.cut()
    ada = await server.resume(ada)
    ada.ack(0)
  }
  for (let index = 0; index < tries; index++) {
    const old = used[index % used.length] as string
    const token = index % 2 ? old : old.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'))
    const thief = server.dial(`10.1.${index >> 8}.${index & 255}`)
    thief.hello({ resume: { ...ada.claim(), token } })
    await settle()
    expect(thief.welcome.player).not.toBe(ada.welcome.player)
    expect(thief.welcome.outcome).toBe('new')
    thief.send({ type: 'leave' })
    if (index % 100 === 0) server.clock.advance(10)
  }
  ada.cut()
  expect((await server.resume(ada)).welcome).toMatchObject({ outcome: 'resumed', player: ada.welcome.player })
  leaveRow({ case: 'T12 tokens in virtual time', volume: `${tries} tokens`, closed: '0 accepted' })
})

test('T16: what is hidden is in no byte to who may not see it, its owner too, and what is revealed is', async () => {
  const plan = Buffer.from([0xca, 0x4a, 0x59, 0x21, 0xca, 0x4a, 0x59, 0x22])
  const purse = Buffer.from([0xca, 0x4a, 0x59, 0x23, 0xca, 0x4a, 0x59, 0x24])
  const secret = defineGame({
    room: { turn: u16() },
    entities: { spy: { x: i8(), plan: bytes(8).hidden(), purse: bytes(8).owner() } },
    input: {},
  })
  let reveal = () => {}
  const hooks = (room: Room<typeof secret>): RoomHooks<typeof secret> => ({
    onCreate() {
      reveal = () => {
        const [first, , third] = [...room.sessions]
        room.reveal(first!.avatar, third!)
      }
    },
    onJoin(session) {
      const secrets = session.id === 1 ? { plan: Uint8Array.from(plan), purse: Uint8Array.from(purse) } : {}
      session.avatar = room.state.spy.add({ ...secrets, owner: session })
    },
    onTick() {
      room.state.room.turn = room.tick & 0xffff
      for (const spy of room.state.spy) spy.x = room.tick % 100
    },
  })
  const Spies = defineRoom(secret, hooks, { tickRate: 30, sendRate: 30 })
  const server = new TestServer(secret, { room: Spies })
  const [planSeenBy, purseSeenBy] = [new Set<number>(), new Set<number>()]
  const writer = new FrameWriter()
  let frames = 0
  const watch = (watcher: number) => {
    const connection = server.host.accept(
      {
        send: (sent) => {
          if (watcher > 0) frames++
          if (Buffer.from(sent).includes(plan)) planSeenBy.add(watcher)
          if (Buffer.from(sent).includes(purse)) purseSeenBy.add(watcher)
          const state = readFrame(sent)
          const ackTick = state ? readStateHeader(state.body).tick : 0
          if (state) queueMicrotask(() => connection.receive(encodeAck(writer, { ackTick, received: 0 })))
        },
        close: () => {},
        terminate: () => {},
        bufferedAmount: 0,
      },
      `10.0.0.${watcher}`,
    )
    connection.receive(encodeClientMessage(hello))
    return connection
  }
  const hello = { type: 'hello', hash: secret.hash, room: 'room', id: '', join: [], options: null } as const
  const watchers = Array.from({ length: volume(41, 5) }, (_, index) => watch(index))
  const wanted = volume(1_000_000, 4_000)
  const play = async (until: number) => {
    while (frames < until) {
      server.clock.advance(STEP)
      await null
    }
  }
  await play(wanted / 2)
  expect([planSeenBy, purseSeenBy]).toEqual([new Set(), new Set([0])])
  reveal()
  await play(wanted)
  expect(watchers.filter(({ isDead }) => isDead)).toEqual([])
  expect([planSeenBy, purseSeenBy]).toEqual([new Set([2]), new Set([0])])
  leaveRow({ case: 'T16 hidden state', volume: `${frames} frames`, closed: 'seen only by those whom it is for' })
})

test('T6: an honest client that stalls for up to five seconds and then sends all at once is never cut off', async () => {
  const clients = volume(1_000, 100)
  const random = seeded(6)
  const server = new TestServer(arena, { room: Arena })
  for (let index = 0; index < clients; index++) {
    const client = server.dial(`10.2.${index >> 8}.${index & 255}`)
    client.hello()
    await settle()
    let seq = 1
    const send = () => client.input(seq++, { dx: 1, dash: false })
    const play = async (steps: number, isStalled = false) => {
      for (let step = 0; step < steps; step++) {
        if (!isStalled) send()
        server.clock.advance(STEP)
        await settle()
      }
    }
    await play(random() * 60)
    client.acks = false
    const steps = Math.floor(random() * 280)
    await play(steps, true)
    client.acks = true
    for (let late = 0; late < steps; late++) send()
    await play(30)
    expect(client.closed, `client ${index}, stalled for ${steps} steps`).toBeNull()
    client.send({ type: 'leave' })
  }
  expect(server.stats.closed.TOO_FAST).toBe(0)
  leaveRow({ case: 'T6 honest bursts', volume: `${clients} stalls of up to 5 s`, closed: '0' })
})
