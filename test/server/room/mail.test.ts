import { beforeEach, expect, test } from 'vitest'
import { ProtocolError } from '../../../protocol/errors.ts'
import { REPLAY_BYTES, REPLAY_MESSAGES, TO_CLIENT } from '../../../protocol/limits.ts'
import { decodeServerMessage, type GameMessage } from '../../../protocol/messages.ts'
import { Mail } from '../../../server/room/mail.ts'
import { virtualShared } from '../../support/server.ts'

const EPOCH = 0x89abcdef
const SAID = { kind: 0, body: null }
let written: number[]
/** Of what was written. */
let bodies: unknown[]
let ticks: number[]
let buffered: number
let tick: number
let write: () => void
let shared: ReturnType<typeof virtualShared>

beforeEach(() => {
  written = []
  bodies = []
  ticks = []
  buffered = 0
  tick = 7
  write = () => {}
  shared = virtualShared()
})

function fresh(): Mail {
  const note = (frame: Uint8Array) => {
    const message = decodeServerMessage(frame) as GameMessage
    written.push(message.seq)
    bodies.push(message.body)
    ticks.push(message.tick)
  }
  const outlet = {
    write: (frame: Uint8Array) => {
      note(frame)
      write()
    },
    get tick() {
      return tick
    },
    get bufferedAmount() {
      return buffered
    },
  }
  const mail = new Mail(outlet, shared)
  mail.restart(EPOCH)
  return mail
}

/** Streams in which five messages were kept. */
function five(): Mail {
  const mail = fresh()
  for (let count = 0; count < 5; count++) mail.send(SAID)
  written = []
  return mail
}

const claim = (received: number, epoch = EPOCH) => ({ token: '', epoch, received, lastTick: 0 })

test('goes on after what the client has', () => {
  const mail = five()
  expect(mail.resume(claim(3))).toBe('')
  mail.flush()
  expect(written).toEqual([4, 5])
})

for (const [what, received, epoch, reason] of [
  ['more than was sent', 6, EPOCH, 'gap'],
  ['another epoch', 3, 0, 'reload'],
] as const) {
  test(`does not go on for a client that claims ${what}, and forgets what it kept`, () => {
    const mail = five()
    expect(mail.resume(claim(received, epoch))).toBe(reason)
    expect([mail.waiting, shared.replay.bytes]).toEqual([0, 0])
  })
}

test('what was acknowledged once is not there for a client that claims less', () => {
  const mail = five()
  mail.acknowledge(4)
  expect(mail.resume(claim(3))).toBe('gap')
})

test('takes no message after one that could not be kept, until it begins anew', () => {
  const mail = five()
  mail.overflow()
  expect([mail.send(SAID), mail.waiting]).toEqual([false, 0])
  expect(mail.resume(claim(5))).toBe('overflow')
  mail.restart(77)
  expect([mail.send(SAID), mail.sent]).toEqual([true, 1])
  expect(mail.epoch).toBe(77)
})

test('knows how many messages are of unknown fate when its streams end; before and after that none are', () => {
  const mail = five()
  mail.acknowledge(2)
  expect([mail.resume(claim(3)), mail.lost]).toEqual(['', 0])
  expect([mail.resume(claim(3, 0)), mail.lost]).toEqual(['reload', 2])
  mail.restart(77)
  expect(mail.lost).toBe(0)
  mail.send(SAID)
  for (let broadcasts = 0; broadcasts < 3; broadcasts++) mail.overflow(1)
  expect([mail.resume(claim(0, 77)), mail.lost]).toEqual(['overflow', 4])
})

test(`keeps ${REPLAY_MESSAGES} messages and not one more`, () => {
  const mail = fresh()
  for (let count = 0; count < REPLAY_MESSAGES; count++) expect(mail.send(SAID)).toBe(true)
  expect(mail.send(SAID)).toBe(false)
  mail.acknowledge(1)
  expect(mail.send(SAID)).toBe(true)
})

test('[M5] a volatile message has no number, and leaves now or never', () => {
  const mail = fresh()
  expect([mail.send(SAID), mail.send(SAID, { as: 'volatile' })]).toEqual([true, true])
  buffered = shared.limits.skipBytes
  expect([mail.send(SAID), mail.send(SAID, { as: 'volatile' })]).toEqual([true, false])
  expect(written).toEqual([1, 0, 2])
})

test('a volatile message that fills the line was sent all the same', () => {
  const mail = fresh()
  write = () => {
    buffered = shared.limits.skipBytes
  }
  const sent = [1, 2].map(() => mail.send(SAID, { as: 'volatile' }))
  expect(sent).toEqual([true, false])
})

test('of the latest only the newest of each key waits for a free line, and not beyond its deadline', () => {
  const mail = fresh()
  const latest = (key: string, body: string, deadlineMs?: number) =>
    mail.send({ kind: 0, body }, { as: 'latest', key, ...(deadlineMs === undefined ? {} : { deadlineMs }) })
  buffered = shared.limits.skipBytes
  for (const [key, body] of [
    ['a', 'a1'],
    ['b', 'b1'],
    ['a', 'a2'],
  ] as const)
    expect(latest(key, body)).toBe(true)
  latest('late', 'c1', 100)
  expect(written).toEqual([])
  shared.world.clock.advance(101)
  buffered = 0
  mail.acknowledge(0)
  expect([written, bodies]).toEqual([
    [1, 2],
    ['a2', 'b1'],
  ])
  mail.flush()
  expect([written, bodies]).toEqual([
    [1, 2, 1, 2],
    ['a2', 'b1', 'a2', 'b1'],
  ])
})

test('a latest message whose deadline has passed leaves while the line is free, and does not wait', () => {
  const mail = fresh()
  const late = () => mail.send(SAID, { as: 'latest', deadlineMs: -1 })
  late()
  expect(written).toEqual([1])
  buffered = shared.limits.skipBytes
  late()
  shared.world.clock.advance(1)
  buffered = 0
  mail.acknowledge(0)
  expect(written).toEqual([1])
})

test('[M5] a message tells the tick at which it was said, however late it leaves, and again', () => {
  const mail = fresh()
  mail.send(SAID)
  buffered = shared.limits.skipBytes
  mail.send(SAID, { as: 'latest' })
  buffered = 0
  tick = 9
  mail.send(SAID, { as: 'volatile' })
  mail.flush()
  expect(written).toEqual([1, 0, 1, 2])
  expect(ticks).toEqual([7, 9, 7, 7])
  expect(mail.saidAt).toBe(9)
})

test('what could not leave was not said', () => {
  const mail = fresh()
  buffered = shared.limits.skipBytes
  mail.send(SAID, { as: 'volatile' })
  mail.send(SAID, { as: 'latest' })
  expect(mail.saidAt).toBe(0)
  mail.send(SAID)
  expect(mail.saidAt).toBe(tick)
})

test('the latest wait, too, while sixteen messages are not acknowledged', () => {
  const mail = fresh()
  for (let count = 0; count < 17; count++) mail.send(SAID, { as: 'latest', key: String(count) })
  expect(written).toHaveLength(16)
  mail.acknowledge(1)
  expect(written).toHaveLength(17)
})

test('[R1] counts what came, drops what came before, and refuses a gap', () => {
  const mail = five()
  expect([mail.admit(1), mail.admit(1), mail.admit(2), mail.received]).toEqual([true, false, true, 2])
  expect(() => mail.admit(4)).toThrow(ProtocolError)
})

test('a message too long to be kept, or to be taken, is refused where it is sent, and harms none that follow', () => {
  const mail = fresh()
  const long = (bytes: number) => ({ kind: 0, body: new Uint8Array(bytes) })
  buffered = shared.limits.skipBytes
  for (const as of ['reliable', 'latest'] as const) {
    expect(() => mail.send(long(REPLAY_BYTES), { as, key: 'long' })).toThrow(RangeError)
  }
  expect(mail.send(SAID, { as: 'latest', key: 'short' })).toBe(true)
  buffered = 0
  expect(() => mail.send(long(TO_CLIENT.bytes), { as: 'volatile' })).toThrow(RangeError)
  mail.acknowledge(0)
  expect(written).toEqual([1])
  expect(mail.send(long(TO_CLIENT.bytes - 32), { as: 'volatile' })).toBe(true)
  expect(mail.send(long(REPLAY_BYTES - 32))).toBe(true)
})
