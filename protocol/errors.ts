// How a conversation ends: the one table of close codes, and the error that a peer's fault raises.

/** For good: after these the client does not dial again by itself. */
const FINAL = {
  LEFT: 1000,
  NOT_BINARY: 1003,
  TOO_BIG: 1009,
  BAD_MESSAGE: 4400,
  REFUSED: 4403,
  NO_SUCH_ROOM: 4404,
  SUPERSEDED: 4409,
  ROOM_CLOSED: 4410,
  OTHER_VERSION: 4426,
} as const

/** Every way in which Tickwire closes a socket, by its code. */
export const CLOSE = {
  ...FINAL,
  // After these it does dial again, as after any code that is not ours.
  SERVER_STOPPING: 1012,
  FULL: 1013,
  HELLO_TIMEOUT: 4401,
  TOO_SLOW: 4408,
  TOO_FAST: 4429,
  ROOM_FAILED: 4500,
} as const

export type CloseReason = keyof typeof CLOSE

/** The reason behind a close code, or undefined for a code that is not ours: the path broke, so dial again. */
export function closeReason(code: number): CloseReason | undefined {
  return (Object.keys(CLOSE) as CloseReason[]).find((reason) => CLOSE[reason] === code)
}

/** Whether the client must not dial again after it. Nothing else decides that. */
export function isFinal(reason: CloseReason): boolean {
  return reason in FINAL
}

/** The peer broke the protocol. Whoever holds its socket catches this in one place and closes with `CLOSE[reason]`. */
export class ProtocolError extends Error {
  declare readonly reason: CloseReason

  constructor(reason: CloseReason, message: string) {
    super(message)
    this.name = 'ProtocolError'
    this.reason = reason
  }
}

export function badMessage(message: string): ProtocolError {
  return new ProtocolError('BAD_MESSAGE', message)
}
