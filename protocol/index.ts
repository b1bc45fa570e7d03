// The vocabulary of a game, for code that both ends import.

export type { Audience, Field, Fields, SeenValues, Values } from './fields.ts'
export {
  defineGame,
  type Game,
  type GameSpec,
  type InputOf,
  type JoinOf,
  type KindOf,
  type MessageName,
  type MessageOf,
  type Of,
  type PlayerOf,
  type RoomOf,
  type Seen,
  type SeenPlayer,
  type SeenRoom,
} from './game.ts'
export { seeded } from './random.ts'
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
  type Quat,
  quat,
  ref,
  text,
  u8,
  u16,
  u32,
} from './vocabulary.ts'
