import { beforeEach, describe, expect, test } from 'vitest'
import { ProtocolError } from '../../protocol/errors.ts'
import { REPLAY_MESSAGES, TO_SERVER } from '../../protocol/limits.ts'
import { decodeClientMessage, type GameMessage } from '../../protocol/messages.ts'
import { Mail } from '../../sdk/mail.ts'

let written: number[]
let outlet: { isOpen: boolean; bufferedAmount: number; now: number; tick: number; send(bytes: Uint8Array): void }
let mail: Mail
const send = () => mail.send({ kind: 0, body: null })

function seqOf(bytes: Uint8Array): number {
  const message = decodeClientMessage(bytes)
  return message.type === 'message' ? message.seq : Number.NaN
}

beforeEach(() => {
  written = []
  outlet = { isOpen: true, bufferedAmount: 0, now: 0, tick: 0, send: (bytes) => void written.push(seqOf(bytes)) }
  mail = new Mail(outlet)
})

describe('messages to the server', () => {
  test('[M5] tell the tick that there was when they were accepted, whenever they leave', () => {
    const ticks: unknown[] = []
    outlet.send = (bytes) => void ticks.push((decodeClientMessage(bytes) as GameMessage).tick)
    for (const isOpen of [true, false]) {
      outlet.isOpen = isOpen
      outlet.tick += 3
      send()
    }
    outlet.tick = 90
    outlet.isOpen = true
    mail.flush()
    expect(ticks).toEqual([3, 6])
  })

  test('leave at once while the line is open and free', () => {
    expect([send(), send()]).toEqual(['sent', 'sent'])
    expect(written).toEqual([1, 2])
  })

  test('leave once each over a socket that brings the acknowledgement before it has returned', () => {
    outlet.send = (bytes) => {
      const seq = seqOf(bytes)
      written.push(seq)
      mail.acknowledge(seq)
      mail.flush()
    }
    for (let count = 0; count < 3; count++) expect(send()).toBe('sent')
    expect(written).toEqual([1, 2, 3])
    expect(mail.waitingSince).toBe(Number.POSITIVE_INFINITY)
  })

  test('wait while the line is closed, and leave in order when it is open', () => {
    outlet.isOpen = false
    expect([send(), send()]).toEqual(['queued', 'queued'])
    outlet.isOpen = true
    expect(send()).toBe('sent')
    expect(written).toEqual([1, 2, 3])
  })

  test('wait while the browser has 4 KiB to write, and not before', () => {
    outlet.bufferedAmount = 4_096
    expect(send()).toBe('queued')
    outlet.bufferedAmount -= 1
    mail.flush()
    expect(written).toEqual([1])
    expect(mail.isWaiting).toBe(false)
  })

  test('are refused when as many wait as can be kept, and taken again after an acknowledgement', () => {
    for (let count = 0; count < REPLAY_MESSAGES; count++) expect(send()).toBe('sent')
    expect(send()).toBe('full')
    mail.acknowledge(1)
    expect(send()).toBe('sent')
    expect(written.at(-1)).toBe(REPLAY_MESSAGES + 1)
  })

  test('are told of when the last of them has arrived, once', () => {
    let drained = 0
    mail.drained.add(() => drained++)
    mail.acknowledge(0)
    for (let count = 0; count < REPLAY_MESSAGES; count++) send()
    expect(send()).toBe('full')
    mail.acknowledge(REPLAY_MESSAGES - 1)
    mail.flush()
    expect(drained).toBe(0)
    mail.acknowledge(REPLAY_MESSAGES)
    mail.flush()
    mail.flush()
    expect(drained).toBe(1)
    expect(send()).toBe('sent')
  })

  for (const [how, begin] of [
    ['the server has them after a resume', () => mail.resume(2)],
    ['their streams are at an end', () => mail.restart()],
  ] as const) {
    test(`are told of as gone when ${how}, once the line is open`, () => {
      let drained = 0
      mail.drained.add(() => drained++)
      send()
      send()
      outlet.isOpen = false
      begin()
      mail.flush()
      expect(drained).toBe(0)
      outlet.isOpen = true
      mail.flush()
      mail.flush()
      expect(drained).toBe(1)
    })
  }

  test('that were not received are written again after a resume, the others are not', () => {
    send()
    send()
    send()
    mail.resume(2)
    mail.flush()
    expect(written).toEqual([1, 2, 3, 3])
  })

  test('a resume that cannot be is refused', () => {
    send()
    send()
    mail.acknowledge(1)
    expect(() => mail.resume(3)).toThrow(ProtocolError)
    expect(() => mail.resume(0)).toThrow(ProtocolError)
    expect(() => mail.resume(1)).not.toThrow()
  })

  test('of streams that are at an end are counted, and the next is number 1 again', () => {
    send()
    send()
    mail.acknowledge(1)
    expect(mail.restart()).toBe(1)
    send()
    expect(written).toEqual([1, 2, 1])
  })

  test('that waited for the browser leave when an earlier one has arrived', () => {
    send()
    outlet.bufferedAmount = 4_096
    send()
    outlet.bufferedAmount = 0
    mail.acknowledge(1)
    mail.flush()
    expect(written).toEqual([1, 2])
  })

  test('that a server has already are not written once more, though this socket has not carried them', () => {
    send()
    send()
    mail.resume(1)
    mail.acknowledge(2)
    expect(written).toEqual([1, 2])
  })

  test('of as many bytes as a server takes are accepted, and of one more are not', () => {
    const body = 'x'.repeat(TO_SERVER.bytes - 8)
    expect(mail.send({ kind: 0, body })).toBe('sent')
    expect(() => mail.send({ kind: 0, body: `${body}x` })).toThrow(RangeError)
  })

  test('[R2] an acknowledgement of what was never sent is refused', () => {
    send()
    expect(() => mail.acknowledge(2)).toThrow(ProtocolError)
  })
})

describe('the pace of messages', () => {
  test('is as many at once as can wait, then one in 16 ms, and anew over another socket', () => {
    const filled = () => {
      const before = written.length
      while (send() === 'sent') mail.acknowledge(mail.sent)
      return written.length - before
    }
    expect(filled()).toBe(REPLAY_MESSAGES + 1)
    outlet.now += 160
    mail.flush()
    mail.acknowledge(mail.sent)
    expect(filled()).toBe(9)
    mail.resume(mail.sent)
    expect(filled()).toBe(REPLAY_MESSAGES + 1)
  })
})

describe('the latest messages', () => {
  const aim = (x: number, key = 'aim') => mail.send({ kind: 1, body: x }, { as: 'latest', key })
  let bodies: unknown[]

  beforeEach(() => {
    bodies = []
    outlet.send = (bytes) => {
      const message = decodeClientMessage(bytes)
      if (message.type === 'message') bodies.push([message.seq, message.body])
    }
  })

  test('leave at once when all before them have arrived, else with the next acknowledgement, and only the newest', () => {
    expect([aim(1), aim(2), aim(3)]).toEqual(['sent', 'queued', 'queued'])
    mail.acknowledge(0)
    mail.flush()
    expect(bodies).toEqual([
      [1, 1],
      [2, 3],
    ])
    mail.acknowledge(2)
    expect(aim(4)).toBe('sent')
    expect(bodies.at(-1)).toEqual([3, 4])
  })

  test('take the place of the one before of their own key, and of no other message', () => {
    outlet.isOpen = false
    for (const x of [1, 2, 3]) {
      aim(x)
      aim(10 * x, 'turret')
      mail.send({ kind: 0, body: x })
    }
    outlet.isOpen = true
    mail.flush()
    expect(bodies.map((one) => (one as unknown[])[1])).toEqual([3, 30, 1, 2, 3])
  })

  test('do not touch one that has left, or that arrived', () => {
    aim(1)
    aim(2)
    outlet.bufferedAmount = 4_096
    mail.acknowledge(1)
    outlet.bufferedAmount = 0
    aim(3)
    mail.flush()
    aim(4)
    expect(bodies).toEqual([
      [1, 1],
      [2, 3],
    ])
    expect(mail.isWaiting).toBe(true)
  })

  test('do not touch one that has left while others still wait', () => {
    outlet.isOpen = false
    aim(1)
    aim(2, 'turret')
    outlet.isOpen = true
    const { send } = outlet
    outlet.send = (bytes) => {
      send(bytes)
      outlet.bufferedAmount = 4_096
    }
    mail.flush()
    expect(aim(3)).toBe('queued')
    outlet.send = send
    outlet.bufferedAmount = 0
    mail.flush()
    expect(bodies).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ])
  })

  test('leave with other messages, so that these need not wait', () => {
    aim(1)
    aim(2)
    expect(mail.send({ kind: 0, body: 'now' })).toBe('sent')
    expect(bodies).toEqual([
      [1, 1],
      [2, 2],
      [3, 'now'],
    ])
  })

  test('of a socket that was lost are sent again as they left, and a newer one after them', () => {
    aim(1)
    outlet.isOpen = false
    aim(2)
    aim(3)
    mail.resume(0)
    outlet.isOpen = true
    mail.flush()
    expect(bodies.slice(1)).toEqual([
      [1, 1],
      [2, 3],
    ])
  })

  test('of streams that are at an end take the place of none in the next ones', () => {
    outlet.isOpen = false
    aim(1)
    aim(2)
    expect(mail.restart()).toBe(1)
    mail.send({ kind: 0, body: 'new' })
    aim(3)
    outlet.isOpen = true
    mail.flush()
    expect(bodies).toEqual([
      [1, 'new'],
      [2, 3],
    ])
  })

  test('are refused when no more can be kept, but for a key that waits', () => {
    outlet.isOpen = false
    for (let count = 1; count < REPLAY_MESSAGES; count++) send()
    expect([aim(1), aim(2, 'turret'), aim(3)]).toEqual(['queued', 'full', 'queued'])
    outlet.isOpen = true
    mail.flush()
    expect(bodies.at(-1)).toEqual([REPLAY_MESSAGES, 3])
  })

  test('must not be longer than a server takes', () => {
    outlet.isOpen = false
    aim(1)
    expect(() => mail.send({ kind: 1, body: 'x'.repeat(TO_SERVER.bytes) }, { as: 'latest', key: 'aim' })).toThrow(
      RangeError,
    )
    outlet.isOpen = true
    mail.flush()
    expect(bodies).toEqual([[1, 1]])
  })
})

describe('a volatile message', () => {
  const now = () => mail.send({ kind: 0, body: 'now' }, { as: 'volatile' })

  test('[M5] has no number, leaves at once, and is neither kept nor sent again', () => {
    send()
    expect([now(), now(), send()]).toEqual(['sent', 'sent', 'sent'])
    expect(written).toEqual([1, 0, 0, 2])
    mail.resume(0)
    mail.flush()
    expect(written).toEqual([1, 0, 0, 2, 1, 2])
    expect(mail.restart()).toBe(2)
  })

  test('leaves while the browser has no more than 256 bytes to write, and else is dropped', () => {
    outlet.bufferedAmount = 256
    expect(now()).toBe('sent')
    outlet.bufferedAmount = 257
    expect(now()).toBe('full')
    outlet.bufferedAmount = 0
    mail.flush()
    expect(written).toEqual([0])
  })

  test('is dropped while the line is closed, and while all that can be kept waits it leaves all the same', () => {
    outlet.isOpen = false
    expect(now()).toBe('full')
    outlet.isOpen = true
    for (let count = 0; count < REPLAY_MESSAGES; count++) send()
    outlet.now += 10_000
    expect([send(), now()]).toEqual(['full', 'sent'])
    expect(written.filter((seq) => seq === 0)).toHaveLength(1)
  })

  test('leaves half of what the pace allows to those that must arrive', () => {
    let left = 0
    while (now() === 'sent') left++
    expect(left).toBe(REPLAY_MESSAGES / 2 + 1)
    expect([send(), now()]).toEqual(['sent', 'full'])
  })

  test('of as many bytes as a server takes leaves, and of one more is refused', () => {
    const body = 'x'.repeat(TO_SERVER.bytes - 8)
    expect(mail.send({ kind: 0, body }, { as: 'volatile' })).toBe('sent')
    expect(() => mail.send({ kind: 0, body: `${body}x` }, { as: 'volatile' })).toThrow(RangeError)
  })
})

describe('how long messages wait', () => {
  test('is told of the oldest that has not arrived', () => {
    expect(mail.waitingSince).toBe(Number.POSITIVE_INFINITY)
    for (const time of [100, 200, 300]) {
      outlet.now = time
      send()
    }
    outlet.now = 400
    expect(mail.waitingSince).toBe(100)
    mail.acknowledge(2)
    expect(mail.waitingSince).toBe(300)
    mail.acknowledge(3)
    expect(mail.waitingSince).toBe(Number.POSITIVE_INFINITY)
  })

  test('counts from the newest of a key, for the one before is gone', () => {
    outlet.isOpen = false
    for (const time of [100, 200]) {
      outlet.now = time
      mail.send({ kind: 1, body: time }, { as: 'latest', key: 'aim' })
    }
    expect(mail.waitingSince).toBe(200)
  })

  test('does not begin anew for those behind a message that is replaced by a newer one of its key', () => {
    outlet.isOpen = false
    for (const [time, key] of [
      [100, 'aim'],
      [150, 'turret'],
      [200, 'aim'],
    ] as const) {
      outlet.now = time
      mail.send({ kind: 1, body: time }, { as: 'latest', key })
    }
    mail.acknowledge(1)
    expect(mail.waitingSince).toBe(150)
  })

  test('is told as well of more messages than can wait at once, and over a resume', () => {
    for (let count = 1; count <= REPLAY_MESSAGES + 2; count++) {
      outlet.now = count
      mail.acknowledge(Math.max(0, count - 2))
      send()
    }
    expect(mail.waitingSince).toBe(REPLAY_MESSAGES + 1)
    mail.resume(REPLAY_MESSAGES + 1)
    expect(mail.waitingSince).toBe(REPLAY_MESSAGES + 2)
    mail.restart()
    expect(mail.waitingSince).toBe(Number.POSITIVE_INFINITY)
  })
})

test('a way to send that there is not is refused by its name, and nothing is sent', () => {
  expect(() => mail.send({ kind: 0, body: null }, { as: 'latests' as never })).toThrow(
    new RangeError('as cannot be latests'),
  )
  expect([written, mail.sent]).toEqual([[], 0])
})

test('of new streams both begin at 1, and what was asked in the old ones has an end', () => {
  let ended = 0
  mail.questions = { end: () => ended++ } as never
  mail.admit(1)
  send()
  mail.restart()
  expect([mail.received, mail.sent, mail.isWaiting, ended]).toEqual([0, 0, false, 1])
  expect(mail.admit(1)).toBe(true)
})

test('messages from the server are admitted once each, in order', () => {
  expect([mail.admit(1), mail.admit(2), mail.admit(1), mail.admit(2)]).toEqual([true, true, false, false])
  expect(mail.received).toBe(2)
  expect(() => mail.admit(4)).toThrow(ProtocolError)
})
