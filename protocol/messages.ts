// The control messages: what the ends say besides state and input. Each is a msgpack array, its first item the type,
// the others described in the same vocabulary as a game's own messages; reads throw ProtocolError for anything else.

import { badMessage, ProtocolError } from './errors.ts'
import { Field, type Fields, type FieldType, type Values } from './fields.ts'
import { PROTOCOL_VERSION, TO_CLIENT, TO_SERVER } from './limits.ts'
import { unpack, type Wire } from './msgpack.ts'
import { pack } from './plain.ts'
import { choice, f64, flag, group, groupType, list, optional, text, u8, u32 } from './vocabulary.ts'

/** What a message holds until a game's definition says more of it: any plain value. */
export const anything = (): Field<Wire, 'all'> =>
  new Field({ name: 'any', zero: () => null as Wire, pack: (wire) => wire, unpack: (wire) => wire })

const word = () => text(128)

/** The kind of all answers to requests: no message of a definition has it. */
export const ANSWER = 255

/** The epoch of no streams: a claim with it asks for the seat alone. */
export const NO_EPOCH = 0

// In the order of their numbers, from 1, which are first in the array.
const BODIES = {
  hello: {
    hash: u32(), // of the game definition
    room: word(), // which room, by its name on the server
    id: word(), // which instance of it; '' for any with a free place
    join: anything(), // the join object, by position
    options: anything(), // for the room's `onCreate`, should this client be its first; nobody has checked them
    resume: optional(
      group({
        token: word(),
        epoch: u32(),
        received: u32(), // the last reliable message that was handed to the game
        lastTick: u32(), // of the newest state that was applied; 0 for none
      }),
    ),
    auth: optional(text(4096)), // for the game to know who it is
  },
  message: {
    seq: u32(),
    kind: u8(), // the message's index in the definition, in this direction
    tick: u32(), // the server's: at which it was said; a client's: of the newest state that it had then
    body: anything(), // its fields, by position
  },
  // The kinds whose entities this client moves by itself: of its own ones it needs the exact values. A kind that is
  // named twice it moves for everyone: all that a definition may have, twice.
  predict: { kinds: list(u8(), 500) },
  leave: {},
  welcome: {
    outcome: choice('new', 'resumed', 'reset'), // a fresh seat; the same one, nothing lost; the same one, streams anew
    reason: word(), // why it is not `resumed`, for a client that hoped so
    room: word(), // the instance's id
    player: u32(),
    token: word(),
    epoch: u32(),
    received: u32(), // the last reliable message that the server handed to the game
    tick: u32(),
    tickRate: f64(),
    sendRate: f64(),
    resumeWindowMs: u32(),
  },
  // The server is about to stop: come back at a random moment within this time.
  stopping: { reconnectWithinMs: u32() },
  // Nobody looks at the page now, or someone does again.
  watch: { isHidden: flag() },
  // What this client holds of that tick is not what the server said it was: the next state is to be a whole one.
  keyframe: {
    tick: u32(),
    digests: list(u32(), 255), // of what it holds, column by column
  },
}

export type Hello = Message<'hello'>
export type ResumeClaim = NonNullable<Hello['resume']>
export type GameMessage = Message<'message'>
/** A message of the game without its number and its tick. */
export type Said = Pick<GameMessage, 'kind' | 'body'>
export type Welcome = Message<'welcome'>
export type Outcome = Welcome['outcome']

export type ClientMessage =
  | Hello
  | GameMessage
  | Message<'predict'>
  | Message<'leave'>
  | Message<'watch'>
  | Message<'keyframe'>
export type ServerMessage = GameMessage | Welcome | Message<'stopping'>

type Message<T extends keyof typeof BODIES> = { readonly type: T } & Readonly<Values<(typeof BODIES)[T]>>

const TYPES = Object.entries<Fields>(BODIES).map(
  ([type, fields]) => [type, groupType(fields) as FieldType<object>] as const,
)
// Their numbers, as the two types above have them.
const FROM_CLIENT = [1, 2, 3, 4, 7, 8]
const FROM_SERVER = [2, 5, 6]

export const encodeClientMessage: (message: ClientMessage) => Uint8Array = encode
export const encodeServerMessage: (message: ServerMessage) => Uint8Array = encode

export function decodeClientMessage(bytes: Uint8Array): ClientMessage {
  const items = unpack(bytes, TO_SERVER)
  checkVersion(items)
  return decode(items, FROM_CLIENT) as ClientMessage
}

export function decodeServerMessage(bytes: Uint8Array): ServerMessage {
  return decode(unpack(bytes, TO_CLIENT), FROM_SERVER) as ServerMessage
}

function encode(message: ClientMessage | ServerMessage): Uint8Array {
  const place = TYPES.findIndex(([type]) => type === message.type)
  const items = TYPES[place]![1].pack(message) as readonly Wire[]
  return pack(message.type === 'hello' ? [place + 1, PROTOCOL_VERSION, ...items] : [place + 1, ...items])
}

function decode(items: Wire, allowed: readonly number[]): object {
  const entry = Array.isArray(items) && allowed.includes(items[0]) ? TYPES[items[0] - 1] : undefined
  if (!entry) throw badMessage('no such message')
  const [type, body] = entry
  return { type, ...body.unpack((items as readonly Wire[]).slice(type === 'hello' ? 2 : 1)) }
}

// The version of a hello comes first: what follows it may look different in another one.
function checkVersion(items: Wire): void {
  if (!Array.isArray(items) || items[0] !== 1 || items[1] === PROTOCOL_VERSION) return
  const version = items[1]
  if (!Number.isInteger(version)) throw badMessage('bad version')
  const versions = `server speaks protocol ${PROTOCOL_VERSION}, client ${String(version)}`
  throw new ProtocolError('OTHER_VERSION', `${versions}: use the same tickwire on both ends`)
}
