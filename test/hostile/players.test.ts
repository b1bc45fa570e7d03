// Threats from those who are let in: readers that stop, thieves of seats, and storms; and what errors and logs give away.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { sparks } from '../../demo/game.ts'
import { encodeAck, encodeInputs, FrameWriter } from '../../protocol/frames.ts'
import { encodeClientMessage } from '../../protocol/messages.ts'
import { pack } from '../../protocol/plain.ts'
import { packRow } from '../../protocol/rows.ts'
import { join, type Room } from '../../sdk/index.ts'
import { frame, OP, type RawSocket } from '../support/raw-socket.ts'
import { address, hello, IS_LONG, percentile, Siege, tally, volume } from '../support/siege.ts'

let siege: Siege

beforeAll(async () => {
  siege = await Siege.start()
})
afterAll(() => siege.stop())

const writer = new FrameWriter()
const claim = { epoch: '0000000000000000', received: 0, lastTick: 0 }
const ack = () => frame(OP.binary, encodeAck(writer, { ackTick: 0, received: 0 }))

test('T9: readers that stop are cut off, hold little, and slow nobody down', async () => {
  const readers = volume(50, 6)
  const stopped: RawSocket[] = []
  const reading: RawSocket[] = []
  let lost = 0
  for (let index = 0; index < readers * 4; index++) {
    const raw = await siege.light(address(20, index + 1))
    if (index % 4 === 0) stopped.push(raw)
    else reading.push(raw)
  }
  for (const raw of reading) raw.socket.on('close', () => lost++)
  let goneMs = 0
  // They go on talking, so that their paths do not count as dead.
  const talking = setInterval(() => {
    for (const raw of stopped) raw.write(ack())
  }, 500)
  await siege.watchInPeace()
  const felt = await siege.attack('T9 stopped readers', async () => {
    const before = await siege.ask()
    const began = performance.now()
    for (const raw of stopped) raw.socket.pause()
    const cut = async () => (await siege.ask()).stats.closed.TOO_SLOW - before.stats.closed.TOO_SLOW
    await expect.poll(cut, { timeout: 30_000, interval: 100 }).toBe(readers)
    goneMs = performance.now() - began
    return `${readers} readers of ${readers * 4}: gone in ${(goneMs / 1000).toFixed(1)} s`
  })
  clearInterval(talking)
  expect(lost).toBe(0)
  if (IS_LONG) {
    expect(goneMs).toBeLessThan(6_000)
    expect(felt.after.rss - felt.before.rss).toBeLessThan(20e6)
    expect(felt.lateP99Ms - felt.calmP99Ms).toBeLessThan(2)
  }
  for (const raw of [...stopped, ...reading]) raw.socket.destroy()
})

test('T12: a resume token that was stolen is worth nothing once its owner has used it', async () => {
  const { raw, welcome } = await siege.enter(address(21, 1))
  raw.socket.destroy()
  const resume = { ...claim, token: welcome.token, epoch: welcome.epoch }
  const owner = await siege.enter(address(21, 1), { resume })
  expect(owner.welcome).toMatchObject({ outcome: 'resumed', player: welcome.player })
  owner.raw.write(ack())
  await owner.raw.next(OP.binary)
  const tries = volume(500, 20)
  await siege.attack('T12 stolen tokens', async () => {
    const seats: number[] = []
    for (let index = 0; index < tries; index++) {
      const thief = await siege.enter(address(22, index + 1), { resume })
      expect(thief.welcome).toMatchObject({ outcome: 'new', reason: 'unknown token' })
      seats.push(thief.welcome.player)
      thief.raw.write(frame(OP.binary, encodeClientMessage({ type: 'leave' })))
      await thief.raw.ended
    }
    // A player's number may be given again once it is free, but never while it is held.
    expect(seats).not.toContain(welcome.player)
    return `${tries} uses of an old token: none accepted`
  })
  const again = await siege.enter(address(21, 1), { resume: { ...resume, token: owner.welcome.token } })
  // Without its messages acknowledged for so long it may have to start anew, but in its seat.
  expect(again.welcome).toMatchObject({ player: welcome.player })
  expect(again.welcome.outcome).not.toBe('new')
  again.raw.socket.destroy()
})

test('T13: a hello that is replayed opens a seat of its own, never the one that it opened before', async () => {
  const replays = volume(50, 5)
  await siege.attack('T13 replayed hellos', async () => {
    const sockets: RawSocket[] = []
    const players = new Set<number>()
    for (let index = 0; index < replays; index++) {
      const { raw, welcome } = await siege.enter(address(23, index + 1))
      players.add(welcome.player)
      sockets.push(raw)
    }
    expect(players.size).toBe(replays)
    for (const raw of sockets) raw.socket.destroy()
    return `${replays} replays: as many seats`
  })
})

test('T15: nobody speaks for another, or with a type that is not theirs', async () => {
  const inputs = {
    ackTick: 0,
    received: 0,
    behind: 0,
    firstSeq: 1,
    inputs: [packRow(sparks.input, { dx: 1, dy: 0, dash: false })],
  }
  const input = encodeInputs(writer, sparks, inputs)
  const talk = pack([2, 1, 0, ['hi', 0]])
  const cases: [string, boolean, Uint8Array, number][] = [
    ['a message before the hello', false, talk, 4400],
    ['an input before the hello', false, input, 4400],
    ['a leave before the hello', false, pack([4]), 4400],
    ['a predict before the hello', false, pack([3, [2]]), 4400],
    ['a second hello', true, hello(), 4400],
    ['a welcome of a client', true, pack([5]), 4400],
    ['a stopping of a client', true, pack([6, 0]), 4400],
    ['a state of a client', true, Uint8Array.of(0xd5, 1, 0, 0), 4400],
    ['a message that there is not', true, pack([2, 1, 200, []]), 4400],
    ['a message for someone else', true, pack([2, 1, 0, ['hi', 0, 7]]), 4400],
    ['an acknowledgement of what was never sent', true, Uint8Array.of(0xd5, 3, 0, 99), 4400],
    ['a prediction of a kind that there is not', true, pack([3, [200]]), 4400],
    ['a leave', true, pack([4]), 1000],
  ]
  await siege.attack('T15 forged roles', async () => {
    const codes: number[] = []
    for (const [index, [what, isSeated, bytes, code]] of cases.entries()) {
      const at = address(24, index + 1)
      const raw = isSeated ? (await siege.enter(at)).raw : await siege.open(at)
      raw.write(frame(OP.binary, bytes))
      const got = await raw.code()
      codes.push(got)
      expect(got, what).toBe(code)
    }
    return `${cases.length} roles and types: ${tally(codes)}`
  })
})

test('T18: errors and logs give away no token, no payload and no code', async () => {
  const words = 'a secret that I should not have sent'
  const told: string[] = []
  await siege.attack('T18 leaks', async () => {
    for (const [index, bytes] of [pack([1, 9, words]), pack([words]), hello({ room: 'nowhere' })].entries()) {
      const raw = await siege.open(address(26, index + 1))
      raw.write(frame(OP.binary, bytes))
      await raw.ended
      told.push(...raw.frames.map(({ body }) => body.toString('latin1')))
    }
    for (const path of ['/', '/ws', '/../../etc/passwd', `/${words}`]) {
      const answer = await fetch(`http://127.0.0.1:${siege.port}${encodeURI(path)}`)
      told.push(await answer.text(), JSON.stringify([...answer.headers]))
    }
    return `${told.length} answers, ${siege.tokens.length} tokens`
  })
  const { logged } = await siege.ask()
  const all = [...told, ...logged].join('\n')
  expect(siege.tokens.length).toBeGreaterThan(10)
  for (const token of siege.tokens) expect(all).not.toContain(token.split('.')[1])
  expect(all).not.toContain('secret')
  expect(all).not.toMatch(/node_modules|\.[jt]s:\d+|at .*\(/)
})

test('T17: a crowd that loses its sockets at once is back in its seats, without a storm', async () => {
  const crowd = volume(1_000, 30)
  const sockets = new Set<WebSocket>()
  const opened: number[] = []
  let dials = 0
  const cable = (localAddress: string) =>
    class extends WebSocket {
      constructor(url: string | URL, protocols?: string | string[]) {
        super(url, protocols, { localAddress })
        dials++
        sockets.add(this)
        this.on('open', () => opened.push(performance.now()))
        this.on('close', () => sockets.delete(this))
      }
    }
  const rooms: Room<typeof sparks>[] = []
  for (let index = 0; index < crowd; index++) {
    const options = { room: 'lobby', with: { name: `crowd ${index}` }, WebSocket: cable(address(25, index + 1)) }
    rooms.push(await join(siege.url, sparks, options))
  }
  const seats = rooms.map(({ me }) => me)
  let backMs = 0
  let peak = 0
  const felt = await siege.attack('T17 reconnect storm', async () => {
    const began = performance.now()
    const back = rooms.map(
      (room) =>
        new Promise<number>((resolve) => {
          let isLost = false
          room.onState(({ name }) => {
            if (name === 'reconnecting') isLost = true
            if (name === 'open' && isLost) resolve(performance.now() - began)
          })
        }),
    )
    opened.length = dials = 0
    for (const socket of sockets) socket.terminate()
    const times = await Promise.all(back)
    backMs = percentile(times, 1)
    const bins = inBins(
      opened.map((at) => at - began),
      250,
    )
    console.log(bins.join(' '), dials)
    peak = Math.max(...bins) / (opened.length / bins.length)
    return `${crowd} clients: all back in ${Math.round(backMs)} ms by ${dials} dials; peak of accepts ${peak.toFixed(2)} × the mean`
  })
  expect(rooms.map(({ me }) => me)).toEqual(seats)
  expect(felt.after.stats.resumed - felt.before.stats.resumed).toBe(crowd)
  if (IS_LONG) {
    expect(backMs).toBeLessThan(3_000)
    expect(peak).toBeLessThanOrEqual(1.5)
  }
  await Promise.all(rooms.map((room) => room.leave()))
})

/** How many there are in each stretch of so many milliseconds, from 0 to the last. */
function inBins(times: readonly number[], ms: number): number[] {
  const bins = new Array<number>(Math.floor(Math.max(...times) / ms) + 1).fill(0)
  for (const time of times) bins[Math.floor(time / ms)]!++
  return bins
}
