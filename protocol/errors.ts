// How a conversation ends: the one table of close codes, and the error that a peer's fault raises.

/**
 * Every way in which Tickwire closes a socket. `retry` says whether the client may dial again by itself; the client
 * reads nothing else to decide it.
 */
export const CLOSE = {
  LEFT: { code: 1000, retry: false },
  NOT_BINARY: { code: 1003, retry: false },
  TOO_BIG: { code: 1009, retry: false },
  SERVER_STOPPING: { code: 1012, retry: true },
  FULL: { code: 1013, retry: true },
  BAD_MESSAGE: { code: 4400, retry: false },
  HELLO_TIMEOUT: { code: 4401, retry: true },
  REFUSED: { code: 4403, retry: false },
  NO_SUCH_ROOM: { code: 4404, retry: false },
  TOO_SLOW: { code: 4408, retry: true },
  SUPERSEDED: { code: 4409, retry: false },
  ROOM_CLOSED: { code: 4410, retry: false },
  OTHER_VERSION: { code: 4426, retry: false },
  TOO_FAST: { code: 4429, retry: true },
  ROOM_FAILED: { code: 4500, retry: true },
} as const

export type CloseReason = keyof typeof CLOSE

/** The reason behind a close code, or undefined for a code that is not ours: the path broke, so dial again. */
export function closeReason(code: number): CloseReason | undefined {
  return (Object.keys(CLOSE) as CloseReason[]).find((reason) => CLOSE[reason].code === code)
}

/** The peer broke the protocol. Whoever holds its socket catches this in one place and closes with `CLOSE[reason]`. */
export class ProtocolError extends Error {
  readonly reason: CloseReason

  constructor(reason: CloseReason, message: string) {
    super(message)
    this.name = 'ProtocolError'
    this.reason = reason
  }
}

export function badMessage(message: string): ProtocolError {
  return new ProtocolError('BAD_MESSAGE', message)
}
