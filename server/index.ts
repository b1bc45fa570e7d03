// The door of the server: rooms, sessions, and what runs them; with the vocabulary of the game definition.

export * from '../protocol/words.ts'
export type { Server } from './edge.ts'
export type { RoomInfo } from './host.ts'
export { type AttachOptions, DEFAULT_LIMITS, type Limits } from './options.ts'
export { defineRoom, Room, type RoomClass, type RoomHooks, type RoomSettings } from './room.ts'
export { attach, type ServeOptions, serve } from './serve.ts'
export type { Admitted, Authenticate, Departure, Knock, Return, SendResult, Session, SessionStats } from './session.ts'
export { type SimulatedServer, type SimulateOptions, simulate } from './simulate.ts'
export type { AddOptions, EntityList, PlayerList, State } from './state.ts'
export type { ServerStats } from './stats.ts'
export type { Schema, Validators } from './validate.ts'
export type { KindView, Near, Views } from './views.ts'
