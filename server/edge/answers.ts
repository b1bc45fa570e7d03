// What the server says over plain HTTP: health, refused handshakes, and why a socket would not open.

import type { Refusal } from '../base/stats.ts'
import type { OriginVerdict } from '../origin.ts'

export interface Answer {
  readonly status: number
  readonly headers: { readonly [name: string]: string }
  readonly body: string
}

/** For paths at which there is nothing. */
export const NOT_FOUND = textAnswer(404, 'not found')

/** To a request without a Host header, which HTTP/1.1 demands. */
export const NO_HOST = textAnswer(400, 'a request must name its host')

/** For pages that failed. */
export const FAILED = textAnswer(500, 'the page failed')

/** To a handshake that is refused. */
export const REFUSALS: { readonly [Reason in Refusal | 'path']: Answer } = {
  path: textAnswer(404, 'there is no WebSocket at this path'),
  origin: textAnswer(403, 'pages of this origin may not connect; see allowedOrigins and publicUrl'),
  addressSockets: textAnswer(429, 'too many sockets from this address'),
  addressDials: textAnswer(429, 'too many new sockets from this address; try again later'),
  greetings: textAnswer(503, 'too many sockets that have not said hello'),
  sockets: textAnswer(503, 'the server is full'),
  stopping: textAnswer(503, 'the server is restarting'),
}

/** To `/healthz` (the process lives) and `/readyz` (it takes players); undefined for any other path. */
export function healthAnswer(path: string, isStopping: boolean): Answer | undefined {
  if (path === '/healthz') return textAnswer(200, 'ok')
  if (path === '/readyz') return isStopping ? textAnswer(503, 'stopping') : textAnswer(200, 'ready')
  return undefined
}

/**
 * To a plain request at the socket's path. A client tells from it whether it reached us, whether it may connect, and
 * whether there was a place for it: of a handshake that is refused a page is told nothing.
 */
export function upgradeAnswer(origin: OriginVerdict, isFull: boolean): Answer {
  const headers = {
    'Access-Control-Allow-Origin': '*',
    'Access-Control-Expose-Headers': 'x-tickwire',
    'Cache-Control': 'no-store',
    'Content-Type': 'application/json',
    Connection: 'Upgrade, close',
    Upgrade: 'websocket',
    'X-Tickwire': '1',
  }
  return { status: 426, headers, body: JSON.stringify({ tickwire: 1, origin, isFull }) }
}

/** The path of what a request asks for, without its query. As RFC 9112, 3.2.2 has it, a whole URL is taken as well. */
export function pathOf(target = ''): string {
  return target.replace(/^https?:\/\/[^/?]*(?=\/)/i, '').replace(/\?.*$/s, '')
}

function textAnswer(status: number, body: string): Answer {
  const headers = { 'Cache-Control': 'no-store', 'Content-Type': 'text/plain; charset=utf-8', 'X-Tickwire': '1' }
  return { status, headers, body }
}
