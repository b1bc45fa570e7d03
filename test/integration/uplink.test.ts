// What a client sends over a line that is too slow for it, or gone for a while: inputs wait and ride together, the latest
// messages give way to newer ones, volatile ones are dropped, and what is reliable comes whole. Both ends whole, on virtual time.

import { beforeEach, describe, expect, test } from 'vitest'
import { bytes, defineGame, text, u16 } from '../../protocol/index.ts'
import { join, type Room } from '../../sdk/index.ts'
import { defineRoom } from '../../server/room/room.ts'
import { settle } from '../support/clock.ts'
import { Net, worldOver } from '../support/link.ts'
import { seeded } from '../support/random.ts'
import { TestServer } from '../support/server.ts'

const PICTURE_MS = 1000 / 60
const LATENCY_MS = 20
/** What a page may have handed to the browser when inputs still leave. */
const BUFFERED = 256

const game = defineGame({
  entities: { ship: { at: u16() } },
  input: { n: u16(), note: text(40) },
  toServer: { load: { cargo: bytes(16_000) }, aim: { x: u16() }, fire: { x: u16() } },
})

interface Came {
  readonly at: number
  readonly n: number
}

let server: TestServer<typeof game>
let net: Net
let room: Room<typeof game>
let inputs: Came[]
let aims: Came[]
let fires: number[]
/** By number of the input, when it was taken. */
let takenAt: number[]

const Range = defineRoom(game, (stage) => ({
  onCreate() {
    stage.on('load', () => {})
    stage.on('aim', (_, { x }) => aims.push({ at: server.clock.now(), n: x }))
    stage.on('fire', (_, { x }) => fires.push(x))
  },
  onJoin: (session) => void stage.state.ship.add({ owner: session }),
  onTick() {
    for (const session of stage.sessions)
      for (const { n } of session.inputs()) inputs.push({ at: server.clock.now(), n })
  },
}))

beforeEach(async () => {
  inputs = []
  aims = []
  fires = []
  takenAt = []
  server = new TestServer(game, { range: Range })
  const { now, after } = server.clock
  const random = seeded(1)
  net = new Net({ now, after, random }, (socket) => server.host.accept(socket, '10.0.0.1'))
  net.latencyMs = LATENCY_MS
  const world = worldOver(net, server.clock, random)
  const joining = join('ws://range.test/ws', game, { room: 'range', ...world })
  await server.pass(500)
  room = await joining
})

/** Draws so many pictures, each with another input; `each` is called with its number before it. */
async function play(pictures: number, note = '', each = (_: number) => {}): Promise<void> {
  for (let count = 0; count < pictures; count++) {
    each(takenAt.length)
    takenAt.push(server.clock.now())
    room.input({ n: takenAt.length - 1, note })
    server.clock.advance(PICTURE_MS)
    await settle()
  }
}

/** From now on the way up takes so much, and what does not fit waits in the browser. */
function narrow(bytesPerSecond: number): void {
  Object.assign(net.up.line, { bytesPerSecond, queueBytes: 1 })
}

const numbers = (list: readonly Came[]) => list.map(({ n }) => n)
const isInOrder = (list: readonly number[]) => list.every((n, index) => index === 0 || n >= (list[index - 1] as number))

describe('inputs', () => {
  test('wait while a message leaves, then ride together, and none is lost', async () => {
    await play(60)
    narrow(20_000)
    room.send('load', { cargo: new Uint8Array(4_000) })
    const first = takenAt.length
    let bytesOut = Number.NaN
    await play(11, '', (n) => {
      if (n === first + 1) ({ bytesOut } = room.stats)
      expect(room.stats.bufferedAmount).toBeGreaterThan(BUFFERED)
    })
    // But for acknowledgements.
    expect(room.stats.bytesOut - bytesOut).toBeLessThan(80)
    const before = inputs.length
    await play(30)
    const came = inputs.slice(before)
    const together = came.filter(({ at }) => at - (came[0] as Came).at < 100)
    expect(together.length).toBeGreaterThan(10)
    await server.pass(300)
    expect(isInOrder(numbers(inputs))).toBe(true)
    expect(inputs.length).toBe(room.inside.session.inputs.newest)
    expect(inputs.length).toBeGreaterThan(90)
  })

  test('that waited for more than a quarter of a second are not played late', async () => {
    await play(60)
    narrow(20_000)
    room.send('load', { cargo: new Uint8Array(16_000) })
    const first = takenAt.length
    await play(120)
    const heard = numbers(inputs)
    expect(isInOrder(heard)).toBe(true)
    const missing = takenAt.map((_, n) => n).filter((n) => n >= first && n < first + 60 && !heard.includes(n))
    // The line was full for 0.8 s.
    expect(missing.length).toBeGreaterThan(25)
    expect(missing.length).toBeLessThan(40)
    expect(heard.at(-1)).toBeGreaterThan(takenAt.length - 12)
  })

  test('over a line that takes a third of them are never old, and the browser has next to nothing to write', async () => {
    await play(60)
    narrow(900)
    let most = 0
    await play(600, '', (n) => {
      if (n % 2 === 0) room.send('aim', { x: n }, { as: 'latest' })
      most = Math.max(most, room.stats.bufferedAmount)
    })
    expect(most).toBeLessThan(3 * BUFFERED)
    expect(isInOrder(numbers(inputs))).toBe(true)
    for (const { at, n } of inputs.slice(60)) expect(at - (takenAt[n] as number)).toBeLessThan(1_000)
    expect(room.state.name).toBe('open')
    expect(server.stats.accepted).toBe(1)
  })
})

describe('volatile messages', () => {
  const send = (n: number) => room.send('aim', { x: n }, { as: 'volatile' })

  test('arrive at once and once each on a line that is free, and no state acknowledges them', async () => {
    const sent: number[] = []
    await play(120, '', (n) => {
      if (send(n) === 'sent') sent.push(n)
    })
    await server.pass(100)
    expect(sent).toHaveLength(120)
    expect(numbers(aims)).toEqual(sent)
    for (const { at, n } of aims) expect(at - (takenAt[n] as number)).toBeCloseTo(LATENCY_MS, 6)
    expect(room.inside.session.mail.sent).toBe(0)
  })

  test('are dropped where the line is too slow for all, so that those that come are fresh, and inputs too', async () => {
    await play(60)
    narrow(600)
    const told: number[] = []
    await play(600, '', (n) => {
      if (send(n) === 'sent') told.push(n)
    })
    await server.pass(2_000)
    expect(told.length).toBeGreaterThan(300)
    expect(told.length).toBeLessThan(500)
    expect(numbers(aims)).toEqual(told)
    for (const { at, n } of aims) expect(at - (takenAt[n] as number)).toBeLessThan(500)
    expect(inputs.length).toBeGreaterThan(500)
    for (const { at, n } of inputs.slice(60)) expect(at - (takenAt[n] as number)).toBeLessThan(1_000)
  })

  test('of the time of a cut never come, and what is reliable does', async () => {
    await play(60)
    expect([send(1), room.send('fire', { x: 1 })]).toEqual(['sent', 'sent'])
    net.cut()
    await settle()
    expect([send(2), room.send('fire', { x: 2 })]).toEqual(['full', 'queued'])
    await play(120)
    expect([send(3), room.send('fire', { x: 3 })]).toEqual(['sent', 'sent'])
    await play(60)
    expect(fires).toEqual([1, 2, 3])
    expect(numbers(aims)).toEqual([3])
  })
})

describe('the latest messages', () => {
  test('leave about once a state, however often they are sent, and the last one always arrives', async () => {
    await play(600, '', (n) => void room.send('aim', { x: n }, { as: 'latest' }))
    await play(12)
    expect(aims.length).toBeGreaterThan(150)
    expect(aims.length).toBeLessThan(310)
    expect(isInOrder(numbers(aims))).toBe(true)
    expect(aims.at(-1)?.n).toBe(599)
    for (const { at, n } of aims)
      expect(at - (takenAt[n] as number)).toBeLessThanOrEqual(LATENCY_MS + 1000 / 20 + PICTURE_MS)
    expect(server.stats.closed.TOO_FAST).toBe(0)
  })

  for (const forMs of [1_000, 3_000]) {
    test(`after an outage of ${forMs} ms at most 16 stale ones come, the newest at once, and no reliable one is missing`, async () => {
      const fired: number[] = []
      const send = (n: number) => {
        room.send('aim', { x: n }, { as: 'latest' })
        if (n % 120 === 0 && room.send('fire', { x: n }) !== 'full') fired.push(n)
      }
      await play(120, '', send)
      net.stall(forMs)
      const began = server.clock.now()
      const before = aims.length
      await play(600, '', send)
      await play(60)
      const late = aims.slice(before).filter(({ at }) => at > began + LATENCY_MS + PICTURE_MS)
      const isStale = ({ at, n }: Came) => at - (takenAt[n] as number) > 250
      expect(late.filter(isStale).length).toBeGreaterThan(0)
      expect(late.filter(isStale).length).toBeLessThanOrEqual(16)
      const fresh = late.find((one) => !isStale(one)) as Came
      expect(fresh.at - (late[0] as Came).at).toBeLessThanOrEqual(4 * LATENCY_MS + 50)
      expect(aims.at(-1)?.n).toBe(719)
      expect(fires).toEqual(fired)
      expect([server.stats.reset, server.stats.closed.TOO_FAST]).toEqual([0, 0])
    })
  }
})
