// What a page in a room with views is told after its line was broken, or took nothing in for a while.

import { expect, test } from 'vitest'
import { defineGame, fixed } from '../../protocol/index.ts'
import { join } from '../../sdk/index.ts'
import { Net } from '../../sdk/netsim.ts'
import { defineRoom, type Room } from '../../server/room/room.ts'
import { worldOver } from '../support/link.ts'
import { seeded } from '../support/random.ts'
import { TestServer } from '../support/server.ts'

const place = { x: fixed(-2000, 2000, 0.1), y: fixed(-2000, 2000, 0.1) }
const sight = defineGame({ entities: { thing: place, ship: place } })
type Stage = Room<typeof sight, 'ship'>

/** A room of 20 states a second in which things within so many units are seen. */
function sighted(reach: number, hooks: (stage: Stage) => object) {
  const Sighted = defineRoom(
    sight,
    (stage: Stage) => ({
      onJoin(session) {
        session.avatar = stage.state.ship.add({ owner: session })
      },
      ...hooks(stage),
    }),
    {
      avatar: 'ship',
      tickRate: 20,
      sendRate: 20,
      views: { thing: { near: { x: 'x', y: 'y', width: reach, height: reach } } },
    },
  )
  const server = new TestServer(sight, { room: Sighted })
  const lineOf = (latencyMs: number) => {
    const random = seeded(3)
    const { now, after } = server.clock
    const net = new Net({ now, after, random }, (socket) => server.host.accept(socket, '10.0.0.1'))
    net.latencyMs = latencyMs
    const joining = join('ws://sight.test/ws', sight, { room: 'room', ...worldOver(net, server.clock, random) })
    return { net, joining }
  }
  return { server, lineOf }
}

for (const downMs of [300, 1_000, 2_000]) {
  test(`that what went out of sight left, and was not destroyed, after ${downMs} ms away`, async () => {
    let thing = { x: 0 }
    const { server, lineOf } = sighted(700, (stage) => ({
      onCreate() {
        thing = stage.state.thing.add({ x: 1500 })
      },
    }))
    // Somebody else is there: the room goes on making states.
    void lineOf(0).joining
    const { net, joining } = lineOf(100)
    await server.pass(2_000)
    const room = await joining
    const told: string[] = []
    room.onAdd('thing', (_, how) => void told.push(how))
    room.onRemove('thing', (_, why) => void told.push(why))
    const play = async (ms: number) => {
      for (let at = 0; at < ms; at += 20) {
        room.view()
        await server.pass(20)
      }
    }
    await play(1_000)
    // It comes into sight, and the line breaks before the page has said that it saw it.
    thing.x = 0
    await play(220)
    net.isDown = true
    net.cut()
    thing.x = 1500
    await play(downMs)
    net.isDown = false
    await play(4_000)
    expect([room.state.name, room.view().thing.length, told]).toEqual(['open', 0, ['entered', 'left']])
  })
}

for (const latencyMs of [60, 150, 300]) {
  test(`how movement goes on, where it takes nothing in for two seconds, ${latencyMs} ms away`, async () => {
    const random = seeded(3)
    const far = () => (random() - 0.5) * 600
    const { server, lineOf } = sighted(1_000, ({ state }) => ({
      onCreate() {
        for (let count = 0; count < 200; count++) state.thing.add({ x: far(), y: far() })
      },
      onTick() {
        let count = 0
        for (const thing of state.thing) {
          if (random() < 0.3) thing.x += (count++ % 2) - 0.5
          thing.y += (count % 3) - 1
        }
      },
    }))
    const { net, joining } = lineOf(latencyMs)
    await server.pass(2_000)
    const room = await joining
    const steady: boolean[] = []
    const { ring } = room.inside.session
    const baseline = ring.baseline.bind(ring)
    ring.baseline = (tick, isSteady) => {
      steady.push(isSteady)
      return baseline(tick, isSteady)
    }
    await server.pass(2_000)
    for (let times = 0; times < 5; times++) {
      net.isRead = false
      await server.pass(2_000)
      net.isRead = true
      await server.pass(3_000)
    }
    expect([room.state.name, server.stats.resumed]).toEqual(['open', 0])
    expect([steady.includes(false), steady.length > 200]).toEqual([false, true])
  })
}
