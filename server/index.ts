// The door of the server: rooms, sessions, and what runs them; with the vocabulary of the game definition.

export { type Quat, quat } from '../protocol/quat.ts'
export { RequestError, type RequestFailure, type RequestOptions, request } from '../protocol/requests.ts'
export * from '../protocol/words.ts'
export { DEFAULT_LIMITS, type Limits } from './base/limits.ts'
export type { ServerStats } from './base/stats.ts'
export type { Headers } from './base/world.ts'
export type { Server } from './edge/edge.ts'
export { attach, type ServeOptions, serve } from './edge/serve.ts'
export type { AttachOptions } from './options.ts'
export type { BroadcastOptions } from './room/audience.ts'
export type { RoomHooks } from './room/hooks.ts'
export { defineRoom, Room, type RoomClass, type RoomSettings } from './room/room.ts'
export type {
  Admitted,
  Authenticate,
  Departure,
  Knock,
  Return,
  SendOptions,
  SendResult,
  Session,
  SessionStats,
} from './room/session.ts'
export type { AddOptions, EntityList, PlayerList, State } from './room/state.ts'
export type { Schema, Validators } from './room/validate.ts'
export type { KindView, Views } from './room/views.ts'
export type { RoomInfo } from './rooms.ts'
export { type SimulatedServer, type SimulateOptions, simulate } from './simulate.ts'
export type { Near } from './sync/lookout.ts'
