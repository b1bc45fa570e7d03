import { describe, expect, test } from 'vitest'
import type { ProtocolError } from '../../protocol/errors.ts'
import {
  type ClientMessage,
  decodeClientMessage,
  decodeServerMessage,
  encodeClientMessage,
  encodeServerMessage,
  type ServerMessage,
} from '../../protocol/messages.ts'
import { pack } from '../../protocol/plain.ts'

const HELLO = { type: 'hello', hash: 1, room: 'arena', id: '', join: null, options: null } as const
const FROM_CLIENT: readonly ClientMessage[] = [
  HELLO,
  { type: 'message', seq: 1, kind: 0, tick: 0, body: null },
  { type: 'predict', kinds: [2] },
  { type: 'leave' },
  { type: 'watch', isHidden: true },
  { type: 'keyframe', tick: 1, digests: [] },
]
const welcome = {
  ...({
    type: 'welcome',
    outcome: 'new',
    reason: '',
    room: 'r',
    player: 1,
    token: 't',
    epoch: 1,
    received: 0,
  } as const),
  ...{ tick: 1, tickRate: 60, sendRate: 20, resumeWindowMs: 1 },
}
const FROM_SERVER: readonly ServerMessage[] = [welcome, { type: 'stopping', reconnectWithinMs: 1 }]

/** What a server says of these bytes, if it refuses them. */
function refusal(bytes: Uint8Array): readonly string[] | undefined {
  try {
    decodeClientMessage(bytes)
    return undefined
  } catch (error) {
    const { reason, message } = error as ProtocolError
    return [reason, message]
  }
}

describe('a hello', () => {
  for (const version of [0, 2, -1, 2 ** 32]) {
    test(`[M2] of version ${version} is refused with both versions, whatever follows`, () => {
      const words = `server speaks protocol 1, client ${version}: use the same tickwire on both ends`
      expect(refusal(pack([1, version, 'whatever']))).toEqual(['OTHER_VERSION', words])
    })
  }

  for (const version of [1.5, '1', null, []]) {
    test(`of ${JSON.stringify(version)} for a version breaks the protocol`, () => {
      expect(refusal(pack([1, version]))).toEqual(['BAD_MESSAGE', 'bad version'])
    })
  }

  test('may have words of 128, and 4,096 of who it is from, and no more', () => {
    const [word, auth] = ['x'.repeat(128), 'y'.repeat(4_096)]
    const longest = { ...HELLO, room: word, id: word, auth }
    expect(decodeClientMessage(encodeClientMessage(longest))).toEqual({ ...longest, resume: undefined })
    for (const longer of [{ room: `${word}x` }, { id: `${word}x` }, { auth: `${auth}y` }]) {
      expect(() => encodeClientMessage({ ...longest, ...longer })).toThrow(RangeError)
    }
    expect(refusal(pack([1, 1, 1, `${word}x`, '', null, null, null, null]))?.[0]).toBe('BAD_MESSAGE')
    expect(refusal(pack([1, 1, 1, 'room', '', null, null, null, `${auth}y`]))?.[0]).toBe('BAD_MESSAGE')
  })
})

test('what breaks the protocol is an error of its own name', () => {
  expect(() => decodeClientMessage(pack([9]))).toThrow(
    expect.objectContaining({ name: 'ProtocolError', reason: 'BAD_MESSAGE', message: 'no such message' }),
  )
})

describe('a message of the other end', () => {
  for (const message of FROM_CLIENT) {
    const isOfBoth = message.type === 'message'
    test(`${message.type} is read by the server, and ${isOfBoth ? '' : 'not '}by a client`, () => {
      const bytes = encodeClientMessage(message)
      expect(decodeClientMessage(bytes)).toMatchObject(message)
      if (isOfBoth) expect(decodeServerMessage(bytes)).toEqual(message)
      else expect(() => decodeServerMessage(bytes)).toThrow('no such message')
    })
  }

  for (const message of FROM_SERVER) {
    test(`${message.type} is read by a client, and not by the server`, () => {
      const bytes = encodeServerMessage(message)
      expect(decodeServerMessage(bytes)).toEqual(message)
      expect(refusal(bytes)).toEqual(['BAD_MESSAGE', 'no such message'])
    })
  }
})
