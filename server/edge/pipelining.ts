// One request of a connection at a time. Node reads as many as arrive, and has all of them answered: a few kilobytes can
// hold thousands, and an answer that waits for another one is never told that its connection is gone.

import type { Server as HttpServer, IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { standInFront } from './in-front.ts'
import type { PlainSockets } from './plain-sockets.ts'

/** By connection, its newest answer. */
const answers = new WeakMap<object, ServerResponse>()

/** The answer that is under way on a connection. */
export function answerOn(socket: object): ServerResponse | undefined {
  const answer = answers.get(socket)
  return answer?.closed === false ? answer : undefined
}

/** Takes note of an answer that begins. HTTP/2 answers several at a time. */
export function answerBegins({ socket, httpVersionMajor }: IncomingMessage, response: ServerResponse): void {
  if (httpVersionMajor === 1) answers.set(socket, response)
}

/**
 * Has each request wait for the answer before it. One may: a browser sends it as soon as it has all bytes of an answer,
 * whose end may not have been told here yet. No browser sends one more, and `plain` ends the connection of who does.
 */
export function takeTurns(http: HttpServer, plain: PlainSockets<Socket>): void {
  const waiting = new WeakMap<object, IncomingMessage>()
  standInFront(http, 'request', (request: IncomingMessage, response: ServerResponse): boolean => {
    const { socket } = request
    if (waiting.get(socket) === request) {
      waiting.delete(socket)
      return socket.destroyed
    }
    if (!plain.asks(socket, waiting.has(socket), performance.now())) return true
    const before = answerOn(socket)
    if (before === undefined) return false
    waiting.set(socket, request)
    // A server that closes begins nothing.
    before.once('close', () => http.listening && http.emit('request', request, response))
    return true
  })
}
