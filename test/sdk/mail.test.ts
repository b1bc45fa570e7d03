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

  test('wait while the browser has 64 KiB to write, and not before', () => {
    outlet.bufferedAmount = 64 * 1024
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

test('messages from the server are admitted once each, in order', () => {
  expect([mail.admit(1), mail.admit(2), mail.admit(1), mail.admit(2)]).toEqual([true, true, false, false])
  expect(mail.received).toBe(2)
  expect(() => mail.admit(4)).toThrow(ProtocolError)
})
