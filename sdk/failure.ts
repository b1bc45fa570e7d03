// Why there is no connection, in words that name the likely cause and what to do.

import type { CloseReason } from '../protocol/errors.ts'
import type { SocketClose } from './socket.ts'

/** What keeps a socket from opening, as far as a page can find out. */
export type Cause = 'blocked-upgrade' | 'wrong-path' | 'mixed-content' | 'origin-refused' | 'server-gone'

const WORDS: Record<Cause, string> = {
  'blocked-upgrade': 'a proxy blocks upgrades',
  'wrong-path': 'no Tickwire server at this path',
  'mixed-content': 'https: needs wss:',
  'origin-refused': 'this page is not in allowedOrigins',
  'server-gone': 'no server answers',
}

/** What to tell a person: the likely cause, or what the end that closed the connection said of it. */
export function inWords(reason: CloseReason | Cause, close?: SocketClose): string {
  return WORDS[reason as Cause] ?? (close?.reason || reason)
}

/** Why `join` could not get in. */
export class JoinError extends Error {
  declare readonly reason: CloseReason | Cause
  /** The close code of the last attempt; 1006 when it ended without one. */
  declare readonly code: number

  constructor(reason: CloseReason | Cause, code: number, message: string) {
    super(message)
    this.name = 'JoinError'
    this.reason = reason
    this.code = code
  }
}
