// The door for a game's own tests: a simulated line and virtual time, on which `join` runs unchanged; and the same line
// in front of real sockets.

export { seeded } from '../protocol/random.ts'
export { type Accept, type Far, type FarSocket, type Link, Net } from './netsim.ts'
export { PROFILES, type Profile, type ProfileName, type Spell } from './profiles.ts'
export { realNet } from './real-net.ts'
export { settle, VirtualClock } from './virtual-clock.ts'
export { type Chance, CLEAR, type Line, type Path } from './way.ts'
export type { SocketMaker } from './world.ts'
