// The control messages: what the ends say besides state and input. Each is a msgpack array, its first item the type.
// Writes and reads stand side by side; reads throw ProtocolError for anything that is not to the letter.

import { badMessage, ProtocolError } from './errors.ts'
import { PROTOCOL_VERSION, TO_CLIENT, TO_SERVER } from './limits.ts'
import { pack, unpack, type Wire } from './msgpack.ts'

/** A session's own state, as a client that comes back tells it. */
export interface ResumeClaim {
  readonly token: string
  /** 16 hex digits. */
  readonly epoch: string
  /** The last reliable message that was handed to the game. */
  readonly received: number
  /** The tick of the newest state that was applied; 0 for none. */
  readonly lastTick: number
}

export interface Hello {
  readonly type: 'hello'
  /** 16 hex digits: the game definition's. */
  readonly hash: string
  /** Which room, by its name on the server. */
  readonly room: string
  /** Which instance of it; '' for any with a free place. */
  readonly id: string
  /** The join object, by position. */
  readonly join: Wire
  /** For the room's `onCreate`, should this client be its first. Plain values; nobody has checked them. */
  readonly options: Wire
  readonly resume: ResumeClaim | null
}

/** A reliable message of the game: `kind` indexes the definition's messages in this direction. */
export interface GameMessage {
  readonly type: 'message'
  readonly seq: number
  readonly kind: number
  /** The message's fields, by position. */
  readonly body: Wire
}

/** The kinds whose entities this client moves by itself: it needs its own ones exactly. */
export interface Predict {
  readonly type: 'predict'
  readonly kinds: readonly number[]
}

export interface Leave {
  readonly type: 'leave'
}

export type ClientMessage = Hello | GameMessage | Predict | Leave

/** `new`: a fresh seat. `resumed`: the same seat, nothing lost. `reset`: the same seat, the streams start again. */
export type Outcome = 'new' | 'resumed' | 'reset'

export interface Welcome {
  readonly type: 'welcome'
  readonly outcome: Outcome
  /** Why it is not `resumed`, for a client that hoped so; '' otherwise. */
  readonly reason: string
  readonly room: string
  readonly player: number
  readonly token: string
  readonly epoch: string
  /** The last reliable message that the server handed to the game. */
  readonly received: number
  readonly tick: number
  readonly tickRate: number
  readonly sendRate: number
  readonly resumeWindowMs: number
}

/** The server is about to stop: come back at a random moment within this time. */
export interface Stopping {
  readonly type: 'stopping'
  readonly reconnectWithinMs: number
}

export type ServerMessage = Welcome | GameMessage | Stopping

const HELLO = 1
const MESSAGE = 2
const PREDICT = 3
const LEAVE = 4
const WELCOME = 5
const STOPPING = 6
const OUTCOMES = ['new', 'resumed', 'reset'] as const

export function encodeClientMessage(message: ClientMessage): Uint8Array {
  switch (message.type) {
    case 'hello': {
      const { hash, room, id, join, options, resume } = message
      return pack([HELLO, PROTOCOL_VERSION, fromHex(hash), room, id, join, options, resume && writeClaim(resume)])
    }
    case 'message':
      return encodeGameMessage(message)
    case 'predict':
      return pack([PREDICT, message.kinds])
    case 'leave':
      return pack([LEAVE])
  }
}

export function decodeClientMessage(bytes: Uint8Array): ClientMessage {
  const items = parts(unpack(bytes, TO_SERVER))
  switch (items[0]) {
    case HELLO:
      return readHello(items)
    case MESSAGE:
      return readGameMessage(items)
    case PREDICT:
      return { type: 'predict', kinds: parts(sized(items, 2)[1]).map((kind) => natural(kind, 'a kind')) }
    case LEAVE:
      sized(items, 1)
      return { type: 'leave' }
    default:
      throw badMessage(`a client message must be of type ${HELLO} to ${LEAVE}, got ${String(items[0])}`)
  }
}

export function encodeServerMessage(message: ServerMessage): Uint8Array {
  switch (message.type) {
    case 'welcome': {
      const { outcome, reason, room, player, token, epoch, received, tick, tickRate, sendRate } = message
      const rates = [tick, tickRate, sendRate, message.resumeWindowMs]
      const seat = [OUTCOMES.indexOf(outcome), reason, room, player, token, fromHex(epoch), received]
      return pack([WELCOME, ...seat, ...rates])
    }
    case 'message':
      return encodeGameMessage(message)
    case 'stopping':
      return pack([STOPPING, message.reconnectWithinMs])
  }
}

export function decodeServerMessage(bytes: Uint8Array): ServerMessage {
  const items = parts(unpack(bytes, TO_CLIENT))
  switch (items[0]) {
    case WELCOME:
      return readWelcome(items)
    case MESSAGE:
      return readGameMessage(items)
    case STOPPING:
      return { type: 'stopping', reconnectWithinMs: natural(sized(items, 2)[1], 'a time') }
    default:
      throw badMessage(
        `a server message must be of type ${MESSAGE}, ${WELCOME} or ${STOPPING}, got ${String(items[0])}`,
      )
  }
}

/** The bytes of a game's message, apart from its sequence number made once and for all. */
function encodeGameMessage({ seq, kind, body }: GameMessage): Uint8Array {
  return pack([MESSAGE, seq, kind, body])
}

function readGameMessage(items: readonly Wire[]): GameMessage {
  const [, seq, kind, body] = sized(items, 4)
  return { type: 'message', seq: natural(seq, 'a sequence number'), kind: natural(kind, 'a message kind'), body }
}

function readHello(items: readonly Wire[]): Hello {
  // The version comes first: what follows it may look different in another one.
  const version = natural(items[1], 'a version')
  if (version !== PROTOCOL_VERSION) {
    throw new ProtocolError(
      'OTHER_VERSION',
      `server speaks protocol ${PROTOCOL_VERSION}, client ${version}: use the same tickwire on both ends`,
    )
  }
  const [, , hash, room, id, join, options, resume] = sized(items, 8)
  return {
    type: 'hello',
    hash: toHex(hash, 'a schema hash'),
    room: shortText(room, 'a room name'),
    id: shortText(id, 'a room id'),
    join,
    options,
    resume: resume === null ? null : readClaim(parts(resume)),
  }
}

const writeClaim = ({ token, epoch, received, lastTick }: ResumeClaim): Wire => [
  token,
  fromHex(epoch),
  received,
  lastTick,
]

function readClaim(items: readonly Wire[]): ResumeClaim {
  const [token, epoch, received, lastTick] = sized(items, 4)
  return {
    token: shortText(token, 'a token'),
    epoch: toHex(epoch, 'an epoch'),
    received: natural(received, 'a sequence number'),
    lastTick: natural(lastTick, 'a tick'),
  }
}

function readWelcome(items: readonly Wire[]): Welcome {
  const [, outcome, reason, room, player, token, epoch, received, tick, tickRate, sendRate, window] = sized(items, 12)
  const found = OUTCOMES[natural(outcome, 'an outcome')]
  if (found === undefined) throw badMessage(`an outcome must be 0 to ${OUTCOMES.length - 1}, got ${String(outcome)}`)
  return {
    type: 'welcome',
    outcome: found,
    reason: shortText(reason, 'a reason'),
    room: shortText(room, 'a room id'),
    player: natural(player, 'a player id'),
    token: shortText(token, 'a token'),
    epoch: toHex(epoch, 'an epoch'),
    received: natural(received, 'a sequence number'),
    tick: natural(tick, 'a tick'),
    tickRate: positiveOrZero(tickRate, 'a tick rate'),
    sendRate: positiveOrZero(sendRate, 'a send rate'),
    resumeWindowMs: natural(window, 'a time'),
  }
}

function parts(wire: Wire): readonly Wire[] {
  if (!Array.isArray(wire)) throw badMessage('a message must be an array')
  return wire
}

function sized(items: readonly Wire[], length: number): readonly Wire[] {
  if (items.length !== length) {
    throw badMessage(`a message of type ${String(items[0])} must have ${length} parts, got ${items.length}`)
  }
  return items
}

function natural(wire: Wire, what: string): number {
  if (!Number.isSafeInteger(wire) || (wire as number) < 0) {
    throw badMessage(`${what} must be a whole number from 0, got ${String(wire)}`)
  }
  return wire as number
}

function positiveOrZero(wire: Wire, what: string): number {
  if (typeof wire !== 'number' || !(wire >= 0 && wire <= 1000)) {
    throw badMessage(`${what} must be 0 to 1000, got ${String(wire)}`)
  }
  return wire
}

function shortText(wire: Wire, what: string): string {
  if (typeof wire !== 'string' || wire.length > 128) throw badMessage(`${what} must be a text of at most 128 units`)
  return wire
}

function toHex(wire: Wire, what: string): string {
  if (!(wire instanceof Uint8Array) || wire.length !== 8) throw badMessage(`${what} must be 8 bytes`)
  return Array.from(wire, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

function fromHex(hex: string): Uint8Array {
  const bytes = new Uint8Array(8)
  for (let index = 0; index < 8; index++) bytes[index] = Number.parseInt(hex.slice(index * 2, index * 2 + 2), 16)
  return bytes
}
