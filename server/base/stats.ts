// What the server counts: what it refuses, drops, skips or clamps, and what fails. Not counted are requests of a game
// that nobody answers, of which their client and the log are told; messages that were dropped because they are
// volatile, or `latest` and past their deadline; and inputs that the game does not take.

import { CLOSE, type CloseReason } from '../../protocol/errors.ts'

/** Why a handshake was answered with an HTTP error. */
export type Refusal = 'origin' | 'addressSockets' | 'addressDials' | 'greetings' | 'sockets' | 'stopping'

export interface ServerStats {
  /** Sockets open now, and accepted since the start. */
  connections: number
  accepted: number
  /** Sessions now, dropped ones whose seat is held included. */
  sessions: number
  resumed: number
  reset: number
  /** Resume tokens that fitted no seat. */
  unknownTokens: number
  /** Sockets that the server closed, by reason. */
  readonly closed: { [Reason in CloseReason]: number }
  /** Sockets that ended because their frames broke RFC 6455 or its limits: codes 1002, 1007 and 1008. */
  brokenFrames: number
  /** Paths that fell silent and were given up. */
  silent: number
  /** Handshakes refused, by reason. */
  readonly refused: { [Reason in Refusal]: number }
  /** TCP connections that were ended because there were too many, or because they or their address asked for too much. */
  refusedPlain: number
  /** Rooms that were closed because their code threw, or held up the process. */
  failedRooms: number
  /** Calls of `onJoin`, `onLeave`, `onDrop` and `onResume` that threw, and closed no room. */
  failedHooks: number
  /** Rooms that ended early because nobody had a connection, and their maker's address made others. */
  desertedRooms: number
  /** Messages whose listener threw; each cost its sender the socket, requests excepted. */
  failedMessages: number
  /** Calls into the game's code that held up the process for longer than they may. */
  slowHooks: number
  /** Ticks that were passed over because the process could not keep up. */
  droppedTicks: number
  /** State frames that were not made because their client was behind. */
  skippedFrames: number
  /** Whole states that clients asked for because what they held was not what the server said it was. */
  keyframes: number
  /** Inputs that were dropped because they came too late or too fast, or too many waited. */
  droppedInputs: number
  /** Values that did not fit their field. */
  clampedValues: number
  framesIn: number
  framesOut: number
  bytesIn: number
  bytesOut: number
}

export function zeroStats(): ServerStats {
  const closed = Object.fromEntries(Object.keys(CLOSE).map((reason) => [reason, 0]))
  return {
    connections: 0,
    accepted: 0,
    sessions: 0,
    resumed: 0,
    reset: 0,
    unknownTokens: 0,
    closed: closed as ServerStats['closed'],
    brokenFrames: 0,
    silent: 0,
    refused: { origin: 0, addressSockets: 0, addressDials: 0, greetings: 0, sockets: 0, stopping: 0 },
    refusedPlain: 0,
    failedRooms: 0,
    failedHooks: 0,
    desertedRooms: 0,
    failedMessages: 0,
    slowHooks: 0,
    droppedTicks: 0,
    skippedFrames: 0,
    keyframes: 0,
    droppedInputs: 0,
    clampedValues: 0,
    framesIn: 0,
    framesOut: 0,
    bytesIn: 0,
    bytesOut: 0,
  }
}
