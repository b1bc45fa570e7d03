// The vocabulary of a game, for code that both ends import.

export type { Audience, Field, Fields, SeenValues, Values } from './fields.ts'
export {
  type AskOf,
  defineGame,
  type Game,
  type GameSpec,
  type HeardName,
  type HeardOf,
  type InputOf,
  type JoinOf,
  type KindOf,
  type MessageName,
  type MessageOf,
  type Of,
  type PlayerOf,
  type ReplyOf,
  type RequestName,
  type ResultOf,
  type RoomOf,
  type Seen,
  type SeenPlayer,
  type SeenRoom,
} from './game.ts'
export type { Wire } from './msgpack.ts'
export type { Ask, RequestFields, RequestOptions } from './requests.ts'
export {
  angle,
  bytes,
  choice,
  f32,
  f64,
  fixed,
  flag,
  group,
  i8,
  i16,
  i32,
  json,
  list,
  optional,
  type Plain,
  ref,
  text,
  u8,
  u16,
  u32,
} from './vocabulary.ts'
