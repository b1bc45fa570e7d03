import { beforeEach, describe, expect, test } from 'vitest'
import { defineGame, f32, fixed, flag, type InputOf, type Of } from '../../protocol/index.ts'
import { join, type Room } from '../../sdk/index.ts'
import { predictSpawns, type Spawns } from '../../sdk/spawns.ts'
import { defineRoom } from '../../server/room/room.ts'
import { settle } from '../support/clock.ts'
import { Net, worldOver } from '../support/link.ts'
import { TestServer } from '../support/server.ts'

const FRAME_MS = 1000 / 60

const range = defineGame({
  entities: {
    gun: { y: fixed(0, 600, 1), ammo: fixed(0, 100, 1) },
    shot: { x: fixed(0, 4000, 1 / 8), y: fixed(0, 600, 1), vx: f32() },
  },
  input: { fire: flag() },
})
type Shot = Of<typeof range, 'shot'>

const fly = (shot: Shot, _input: InputOf<typeof range>, dt: number) => {
  shot.x += shot.vx * dt
}
const AT_GUN = { x: 10, y: 300, vx: 313 }

/** Shots fly from the tick after theirs on. An empty gun does not fire, whatever the player believes. */
const Range = defineRoom(
  range,
  (room) => ({
    onJoin(session) {
      session.avatar = room.state.gun.add({ y: 300, ammo: 5, owner: session })
    },
    onTick(dt) {
      for (const session of room.sessions) {
        for (const input of session.inputs()) {
          for (const shot of room.state.shot) fly(shot, input, dt)
          const gun = session.avatar as Of<typeof range, 'gun'>
          if (!input.fire || gun.ammo === 0) continue
          gun.ammo--
          room.state.shot.add({ ...AT_GUN, owner: session })
        }
      }
    },
  }),
  { resumeWindow: 1 },
)

let server: TestServer
let net: Net
let player: Room<typeof range>
let shots: Spawns<typeof range, 'shot'>

beforeEach(async () => {
  server = new TestServer(range, { range: Range })
  net = new Net(server.clock, (socket) => server.host.accept(socket, '10.0.0.1'))
  net.latencyMs = 100
  const world = worldOver(net, server.clock)
  const joining = join('ws://range.test/ws', range, { room: 'range', ...world })
  await server.pass(1000)
  player = await joining
  shots = predictSpawns(player, 'shot', fly)
  player.predict('gun', (_gun, { fire }, _dt, first) => {
    if (fire && first) shots.spawn(AT_GUN)
  })
  await play(60)
})

/** Plays so many pictures; returns what is drawn of shots in each. */
async function play(frames: number, fireAt: readonly number[] = []) {
  const pictures: { id: number; x: number }[][] = []
  for (let frame = 0; frame < frames; frame++) {
    server.clock.advance(FRAME_MS)
    await settle()
    player.input({ fire: fireAt.includes(frame) })
    pictures.push(shots.among(player.view()).map(({ id, x }) => ({ id, x })))
  }
  return pictures
}

describe('a shot', () => {
  test('is there in the picture after the key, and becomes the server’s without a step back or aside', async () => {
    const pictures = await play(90, [10])
    const first = pictures.findIndex((shown) => shown.length > 0)
    expect(first).toBeLessThanOrEqual(11)
    const flown = pictures.slice(first)
    expect(flown.every((shown) => shown.length === 1)).toBe(true)
    const ids = new Set(flown.map(([shot]) => shot!.id))
    expect([...ids].map(Math.sign)).toEqual([-1, 1])
    const steps = flown.slice(1).map(([shot], index) => shot!.x - flown[index]![0]!.x)
    for (const step of steps) expect(step).toBeLessThan(313 / 60 + 0.01)
    // Between two pictures there may be no client tick.
    for (const step of steps) expect(step).toBeGreaterThanOrEqual(-0.01)
    expect(player.stats.corrections).toBe(0)
  })

  test('keeps its place among others that are fired meanwhile, and each becomes one of the server’s', async () => {
    const pictures = await play(120, [5, 9, 15])
    expect(Math.max(...pictures.map((shown) => shown.length))).toBe(3)
    const last = pictures.at(-1)!
    expect(last).toHaveLength(3)
    expect(last.every(({ id }) => id > 0)).toBe(true)
    const [a, b, c] = last.map(({ x }) => x).sort((one, other) => other - one)
    expect([a! - b!, b! - c!].map((gap) => Math.round((gap * 60) / 313))).toEqual([4, 6])
  })

  test('has an id of its own, also when it is made of another entity', async () => {
    await play(60, [5])
    const [flown] = shots.among(player.view())
    expect(flown!.id).toBeGreaterThan(0)
    player.predict('gun', (_gun, { fire }, _dt, first) => {
      // @ts-expect-error the compiler says so already
      if (fire && first) shots.spawn({ ...AT_GUN, id: 7 })
      if (fire && first) shots.spawn({ ...flown! })
    })
    const shown = (await play(3, [0])).at(-1)!.map(({ id }) => id)
    expect(shown).toEqual([flown!.id, -2, -3])
  })

  test('that the server never fired goes with the state that contains its input', async () => {
    await play(120, [5, 10, 15, 20, 25])
    const pictures = await play(60, [5])
    expect(pictures[7]).toHaveLength(6)
    expect(pictures.at(-1)).toHaveLength(5)
    const shown = pictures.filter((picture) => picture.length === 6)
    // 200 ms there and back, and what inputs and states wait.
    expect(shown.length).toBeLessThan(30)
  })

  test('stays while its input is on its way, also when later ones are given up', async () => {
    const { inputs } = player.inside.session
    expect((await play(3, [0])).at(-1)).toHaveLength(1)
    net.isHole = true
    net.link.bufferedAmount = 4_096
    await play(40)
    net.link.bufferedAmount = 0
    const pictures = await play(3)
    expect(inputs.dropped).toBeGreaterThan(0)
    expect(pictures.at(-1)).toHaveLength(1)
  })

  test('of which nothing was told when the session began anew is forgotten', async () => {
    await play(60)
    net.isHole = true
    expect((await play(10, [5])).at(-1)).toHaveLength(1)
    net.isHole = false
    net.isDown = true
    net.cut()
    await play(180)
    net.isDown = false
    const pictures = await play(180)
    expect(player.state.name).toBe('open')
    expect(player.me).toBe(2)
    expect(pictures.at(-1)).toEqual([])
  })

  test('is no longer predicted when that is stopped', async () => {
    shots.stop()
    player.predict('gun', () => {})
    const pictures = await play(90, [10])
    expect(pictures.flat().every(({ id }) => id > 0)).toBe(true)
    expect(pictures.at(-1)).toHaveLength(1)
  })
})
