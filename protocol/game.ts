// One definition that both ends share: what there is in a room, what players send, what messages there are.
// It gives the TypeScript types, the layouts of the snapshots, and the hash by which both ends know they agree.

import { digest } from './digest.ts'
import { type AnyField, Field, type Fields, type FieldType, type SeenValues, type Values } from './fields.ts'
import { type Layout, layOut } from './layout.ts'
import { utf8 } from './plain.ts'
import type { Ask } from './requests.ts'
import { groupType, naming } from './vocabulary.ts'

export interface GameSpec {
  /** One object per room: timers, scores, phase. */
  readonly room?: Fields
  /** One object per session; comes and goes with it. */
  readonly player?: Fields
  /** The kinds of entity there are. */
  readonly entities?: { readonly [kind: string]: Fields }
  /** One player's intent for one tick. */
  readonly input?: Fields
  /** What a client brings when it joins. */
  readonly join?: Fields
  /** Messages, by name; those made with `request` are answered. */
  readonly toServer?: { readonly [name: string]: Fields }
  readonly toClient?: { readonly [name: string]: Fields }
}

/** A message, the join object, or an input: fields by position. */
export interface MessageType {
  readonly name: string
  readonly body: FieldType<unknown>
  /** Its field `ask`, if it has one: in a request that field does the asking and answering. */
  readonly ask: Partial<Ask<unknown, unknown>> | undefined
}

export interface Game<S extends GameSpec = GameSpec> {
  readonly spec: S
  /** Layouts by kind index: 0 is the room, 1 the players, then the entities in the order of the definition. */
  readonly kinds: readonly Layout[]
  readonly input: Layout
  readonly join: FieldType<unknown>
  readonly toServer: readonly MessageType[]
  readonly toClient: readonly MessageType[]
  /** Both ends must have the same. */
  readonly hash: number
}

export const ROOM_KIND = 0
export const PLAYER_KIND = 1

/** The fields that a definition gives, or none. */
type Given<F> = F extends Fields ? F : Record<never, never>

/** The names of a game's entity kinds. */
export type KindOf<G extends Game> = Exclude<keyof G['spec']['entities'], number | symbol>

/** An entity as the rules see it, on either end: its id and its fields. */
export type Of<G extends Game, K extends KindOf<G>> = { readonly id: number } & Values<Given<KindFields<G, K>>>

/** An entity as a client draws it. `owner` is a player's id, 0 for none; `mine` is true for one's own. */
export type Seen<G extends Game, K extends KindOf<G>> = {
  readonly id: number
  readonly owner: number
  readonly mine: boolean
} & SeenValues<Given<KindFields<G, K>>>

export type RoomOf<G extends Game> = Values<Given<G['spec']['room']>>
export type SeenRoom<G extends Game> = SeenValues<Given<G['spec']['room']>>
export type PlayerOf<G extends Game> = { readonly id: number } & Values<Given<G['spec']['player']>>
export type SeenPlayer<G extends Game> = { readonly id: number; readonly mine: boolean } & SeenValues<
  Given<G['spec']['player']>
>
export type InputOf<G extends Game> = Values<Given<G['spec']['input']>>
export type JoinOf<G extends Game> = Values<Given<G['spec']['join']>>

export type Direction = 'toServer' | 'toClient'
type Messages<G extends Game, D extends Direction> = NonNullable<G['spec'][D]>
// biome-ignore lint/suspicious/noExplicitAny: a request of any values.
type AnyRequest = { readonly ask: Ask<any, any> }

/** The names of a direction's messages that are answered, of those that are not, and of both. */
// By `Exclude`, as the others are: the compiler then tells who misspells one which names there are.
export type RequestName<G extends Game, D extends Direction> = Exclude<
  { [N in keyof Messages<G, D>]: Messages<G, D>[N] extends AnyRequest ? N : never }[keyof Messages<G, D>],
  number | symbol
>
export type MessageName<G extends Game, D extends Direction> = Exclude<HeardName<G, D>, RequestName<G, D>>
export type HeardName<G extends Game, D extends Direction> = Exclude<keyof Messages<G, D>, number | symbol>

export type MessageOf<G extends Game, D extends Direction, N extends MessageName<G, D>> = Values<
  Given<Messages<G, D>[N]>
>
export type AskOf<G extends Game, D extends Direction, N extends RequestName<G, D>> = AskIn<Messages<G, D>[N]>
export type ReplyOf<G extends Game, D extends Direction, N extends RequestName<G, D>> = ReplyIn<Messages<G, D>[N]>

/** What a listener is given, and what it returns. */
export type HeardOf<G extends Game, D extends Direction, N extends HeardName<G, D>> = Messages<
  G,
  D
>[N] extends AnyRequest
  ? AskIn<Messages<G, D>[N]>
  : Values<Given<Messages<G, D>[N]>>
export type ResultOf<G extends Game, D extends Direction, N extends HeardName<G, D>> = Messages<
  G,
  D
>[N] extends AnyRequest
  ? MaybeLater<ReplyIn<Messages<G, D>[N]>>
  : unknown

// biome-ignore lint/suspicious/noExplicitAny: as above.
type AskIn<M> = M extends { readonly ask: Ask<infer A, any> } ? A : never
// biome-ignore lint/suspicious/noExplicitAny: as above.
type ReplyIn<M> = M extends { readonly ask: Ask<any, infer R> } ? R : never
type MaybeLater<T> = T | PromiseLike<T>

type KindFields<G extends Game, K extends string> = G['spec']['entities'] extends infer E
  ? E extends { readonly [kind: string]: Fields }
    ? E[K]
    : never
  : never

/**
 * Prepares a definition for both ends. Throws TypeError for what is no field, and for a modifier in `join` or in a
 * message; everything else that can be wrong with a definition is refused by the server that is to play it, when it
 * starts.
 */
export function defineGame<const S extends GameSpec>(spec: S): Game<S> {
  const { room = {}, player = {}, entities = {}, input = {}, join = {}, toServer = {}, toClient = {} }: GameSpec = spec
  // In the order that the hash takes them in.
  const parts = { room, player, entities, input, join, toServer, toClient }
  return {
    spec,
    kinds: [
      layOut('room', room),
      layOut('player', player),
      ...Object.entries(entities).map(([kind, fields]) => layOut(kind, fields, true)),
    ],
    input: layOut('input', input),
    join: groupType(join),
    toServer: messageTypes(toServer),
    toClient: messageTypes(toClient),
    hash: digest(utf8.encode(spelled(parts))),
  }
}

function messageTypes(messages: { readonly [name: string]: Fields }): MessageType[] {
  return Object.entries(messages).map(([name, fields]) => ({
    name,
    ask: fields.ask,
    body: naming(name, () => groupType(fields)),
  }))
}

type Tree = { readonly [name: string]: AnyField | Tree }

/** Definitions as one line of text: what the schema hash is taken of. */
function spelled(tree: Tree): string {
  const words = Object.entries(tree).map(([name, inner]) =>
    inner instanceof Field ? `${name}: ${inner.name};` : `${name} { ${spelled(inner)} }`,
  )
  return words.join(' ').replace(/;$/, '')
}
