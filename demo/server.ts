// The hosted game: page, health and sockets from one process on one port. PORT, HOST, PUBLIC_URL and TRUST_PROXY are
// read by `serve`.

import type { IncomingMessage, ServerResponse } from 'node:http'
import { fileURLToPath } from 'node:url'
import { serve } from 'tickwire/server'
import { sparks } from './game.ts'
import { Arena } from './server/arena.ts'
import { filesOf } from './server/files.ts'

const POLICY = {
  'content-security-policy':
    "default-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
}

const files = filesOf(fileURLToPath(new URL('page', import.meta.url)), (response) => end(response, 404))

function page(request: IncomingMessage, response: ServerResponse): void {
  for (const [name, value] of Object.entries(POLICY)) response.setHeader(name, value)
  if (request.method === 'GET' || request.method === 'HEAD') files(request, response)
  else end(response, 405)
}

function end(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' })
  response.end(status === 404 ? 'There is nothing here.\n' : 'Only GET and HEAD.\n')
}

const server = await serve({ game: sparks, rooms: { sparks: Arena }, page })
console.log(`Sparks: http://localhost:${server.port}/`)
