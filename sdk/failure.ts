// Why there is no connection, in words that name the likely cause and what to do.

import type { CloseReason } from '../protocol/errors.ts'
import type { SocketClose } from './socket.ts'

/** What keeps a socket from opening, as far as a page can find out. */
export type Cause = 'blocked-upgrade' | 'wrong-path' | 'mixed-content' | 'origin-refused' | 'server-gone'

const WORDS: Record<CloseReason | Cause, string> = {
  LEFT: 'the room was left',
  NOT_BINARY: 'text came, not binary: is this another server?',
  TOO_BIG: 'a frame was too big',
  SERVER_STOPPING: 'the server is restarting',
  FULL: 'the room is full',
  BAD_MESSAGE: 'page and server do not understand each other',
  HELLO_TIMEOUT: 'to join took too long',
  REFUSED: 'the server refused',
  NO_SUCH_ROOM: 'the server has no such room',
  TOO_SLOW: 'the connection is too slow',
  SUPERSEDED: 'the seat is played from another window',
  ROOM_CLOSED: 'the server closed the room',
  OTHER_VERSION: 'page and server are of different versions: reload the page',
  TOO_FAST: 'too much was sent',
  ROOM_FAILED: 'the room failed: the log of the server says why',
  'blocked-upgrade': 'the server answers, but a proxy blocks WebSocket: have it pass Upgrade and Connection on',
  'wrong-path': 'no Tickwire server answers at this address: check the path',
  'mixed-content': 'a page loaded by https: may use only wss: addresses',
  'origin-refused': "the server refuses this page: add the page's origin to its allowedOrigins",
  'server-gone': 'no server answers at this address: is it running, and the network up?',
}

/** What to tell a person: our words, then the server's own when it gave some. */
export function inWords(reason: CloseReason | Cause, close?: SocketClose): string {
  const said = close?.reason ?? ''
  return said === '' ? WORDS[reason] : `${WORDS[reason]} (${said})`
}

/** Why `join` could not get in. `cause` says what keeps sockets from opening; the reason is then the same word. */
export class JoinError extends Error {
  readonly reason: CloseReason | Cause
  override readonly cause: Cause | undefined
  /** The close code of the last attempt; 1006 when there was none. */
  readonly code: number

  constructor(reason: CloseReason | Cause, code: number, message: string) {
    super(message)
    this.name = 'JoinError'
    this.reason = reason
    this.cause = isCause(reason) ? reason : undefined
    this.code = code
  }
}

function isCause(reason: CloseReason | Cause): reason is Cause {
  return reason.includes('-')
}
