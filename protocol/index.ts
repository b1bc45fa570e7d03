// The door `tickwire/game`: the vocabulary of a game, and what rules that run on both ends are made with.

export { atan2, cos, sin } from './exact.ts'
export { type Quat, quat } from './quat.ts'
export { seeded } from './random.ts'
export { RequestError, type RequestFailure, request } from './requests.ts'
export * from './words.ts'
