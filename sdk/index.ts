// The browser's end: joining a room, and the vocabulary that its game is defined in.

export type { CloseReason } from '../protocol/errors.ts'
export * from '../protocol/words.ts'
export type { ConnectionState } from './connection.ts'
export { type Cause, JoinError } from './failure.ts'
export { onFrame } from './frame.ts'
export { type JoinOptions, join, type With } from './join.ts'
export type { SendOptions } from './mail.ts'
export type { Room } from './room.ts'
export type { Reset } from './session.ts'
export type { SocketClose } from './socket.ts'
export type { Stats } from './stats.ts'
export type { View } from './view.ts'
