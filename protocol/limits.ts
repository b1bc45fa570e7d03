// The numbers that one end holds the other to; docs/PROTOCOL.md lists them all.

export const PROTOCOL_VERSION = 1

/** Offered and chosen in the WebSocket handshake. The version that counts is the one in the hello. */
export const SUBPROTOCOL = `tickwire.${PROTOCOL_VERSION}`

/** What one frame may weigh and hold. Counts matter as much as bytes: a small frame can describe a huge tree. */
export interface ScanLimits {
  readonly bytes: number
  readonly nodes: number
}

/** Of a frame to the server: all that a page needs of TO_SERVER. */
export const FRAME_BYTES = 16 * 1024
/** Of a hello that claims no seat: the claim of later ones must find room in a frame, too. */
export const HELLO_BYTES = 16_000
export const TO_SERVER: ScanLimits = { bytes: FRAME_BYTES, nodes: 2_048 }
export const TO_CLIENT: ScanLimits = { bytes: 256 * 1024, nodes: 32_768 }

export const MAX_DEPTH = 16
export const MAX_KEY_BYTES = 64

/** Reliable messages that may wait for the peer's acknowledgement, in one direction. */
export const REPLAY_MESSAGES = 512
export const REPLAY_BYTES = 128 * 1024

/** State frames that may be under way to a client that has not acknowledged them, at most. */
export const WINDOW_FRAMES = 16
/** A state is acknowledged within this time [I1]. Frames of inputs, which acknowledge too, are closer together. */
export const ACK_MS = 50

/** The most inputs in one frame, and the most that wait on the server for one session. */
export const INPUTS_PER_FRAME = 64
export const INPUTS_WAITING = 64

/** Snapshots that each end keeps, and so how far back a delta may reach. */
export const SNAPSHOT_RING = 64

/** At least one frame leaves either end in this time, so that silence means a dead path. Page script sees no pings. */
export const HEARTBEAT_MS = 2_000
export const SILENCE_MS = 5_000

/** Entity ids are `generation * 65536 + slot`; slot 0 is never used, so an id is never 0. */
export const MAX_SLOT = 65_535
