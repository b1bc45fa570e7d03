import { beforeEach, describe, expect, test } from 'vitest'
import { ProtocolError } from '../../protocol/errors.ts'
import { REPLAY_MESSAGES, TO_SERVER } from '../../protocol/limits.ts'
import { decodeClientMessage, type GameMessage } from '../../protocol/messages.ts'
import { Mail } from '../../sdk/mail.ts'

let written: number[]
let outlet: { isOpen: boolean; bufferedAmount: number; tick: number; send(bytes: Uint8Array): void }
let mail: Mail
const send = () => mail.send({ kind: 0, body: null })

function seqOf(bytes: Uint8Array): number {
  const message = decodeClientMessage(bytes)
  return message.type === 'message' ? message.seq : Number.NaN
}

beforeEach(() => {
  written = []
  outlet = { isOpen: true, bufferedAmount: 0, tick: 0, send: (bytes) => void written.push(seqOf(bytes)) }
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
    expect(drained).toBe(0)
    mail.acknowledge(REPLAY_MESSAGES)
    mail.acknowledge(REPLAY_MESSAGES)
    expect(drained).toBe(1)
    expect(send()).toBe('sent')
  })

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
    expect(written).toEqual([1, 2])
  })

  test('of as many bytes as a server takes are accepted, and of one more are not', () => {
    const body = 'x'.repeat(TO_SERVER.bytes - 8)
    expect(mail.send({ kind: 0, body })).toBe('sent')
    expect(() => mail.send({ kind: 0, body: `${body}x` })).toThrow(RangeError)
  })

  test('an acknowledgement of what was never sent is refused', () => {
    send()
    expect(() => mail.acknowledge(2)).toThrow(ProtocolError)
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

test('messages from the server are admitted once each, in order', () => {
  expect([mail.admit(1), mail.admit(2), mail.admit(1), mail.admit(2)]).toEqual([true, true, false, false])
  expect(mail.received).toBe(2)
  expect(() => mail.admit(4)).toThrow(ProtocolError)
})
