// Threats from those who are let in: readers that stop, thieves of seats, and storms; and what errors and logs give away.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { sparks } from '../../demo/game.ts'
import { encodeAck, encodeInputs, FrameWriter } from '../../protocol/frames.ts'
import { encodeClientMessage } from '../../protocol/messages.ts'
import { pack } from '../../protocol/plain.ts'
import { packRow } from '../../protocol/rows.ts'
import { frame, OP, type RawSocket } from '../support/raw-socket.ts'
import { address, hello, IS_LONG, inMB, Siege, tally, volume } from '../support/siege.ts'

let siege: Siege

beforeAll(async () => {
  siege = await Siege.start()
})
afterAll(() => siege.stop())

const writer = new FrameWriter()
const claim = { epoch: 0, received: 0, lastTick: 0 }
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
  let cost = 0
  // They go on talking, so that their paths do not count as dead.
  const talking = setInterval(() => {
    for (const raw of stopped) raw.write(ack())
  }, 500)
  await siege.watchInPeace()
  const felt = await siege.attack('T9 stopped readers', async () => {
    const before = await siege.ask()
    const held = await siege.weigh()
    const began = performance.now()
    for (const raw of stopped) raw.socket.pause()
    // They are still held then, and have taken all that they will be given.
    await new Promise((resolve) => setTimeout(resolve, volume(4_000, 500)))
    cost = (await siege.weigh()) - held
    const cut = async () => (await siege.ask()).stats.closed.TOO_SLOW - before.stats.closed.TOO_SLOW
    await expect.poll(cut, { timeout: 30_000, interval: 100 }).toBe(readers)
    goneMs = performance.now() - began
    return `${readers} readers of ${readers * 4}: ${inMB(cost)}, gone in ${(goneMs / 1000).toFixed(1)} s`
  })
  clearInterval(talking)
  expect(lost).toBe(0)
  if (IS_LONG) {
    expect(goneMs).toBeLessThan(6_000)
    expect(cost).toBeLessThan(20e6)
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
  const talk = pack([2, 1, 0, 0, ['hi', 0]])
  const cases: [string, boolean, Uint8Array, number][] = [
    ['a message before the hello', false, talk, 4400],
    ['an input before the hello', false, input, 4400],
    ['a leave before the hello', false, pack([4]), 4400],
    ['a predict before the hello', false, pack([3, [2]]), 4400],
    ['a second hello', true, hello(), 4400],
    ['a welcome of a client', true, pack([5]), 4400],
    ['a stopping of a client', true, pack([6, 0]), 4400],
    ['a state of a client', true, Uint8Array.of(0xd5, 1, 0, 0), 4400],
    ['a message that there is not', true, pack([2, 1, 200, 0, []]), 4400],
    ['a message for someone else', true, pack([2, 1, 0, 0, ['hi', 0, 7]]), 4400],
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
