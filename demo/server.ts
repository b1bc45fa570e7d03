// The hosted game: page, health and sockets from one process on one port. PORT, HOST, PUBLIC_URL and TRUST_PROXY are
// read by `serve`.

import type { IncomingMessage, ServerResponse } from 'node:http'
import { fileURLToPath } from 'node:url'
import sirv from 'sirv'
import { serve } from 'tickwire/server'
import { sparks } from './game.ts'
import { Arena } from './server/arena.ts'

const POLICY = {
  'content-security-policy':
    "default-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
}

const files = sirv(fileURLToPath(new URL('page', import.meta.url)), {
  gzip: true,
  brotli: true,
  setHeaders: (response, path) => {
    // Names in there carry a hash of what is inside.
    const isForever = path.startsWith('/assets/')
    response.setHeader('cache-control', isForever ? 'public, max-age=31536000, immutable' : 'no-cache')
  },
})

function page(request: IncomingMessage, response: ServerResponse): void {
  for (const [name, value] of Object.entries(POLICY)) response.setHeader(name, value)
  if (request.method === 'GET' || request.method === 'HEAD') files(request, response, () => end(response, 404))
  else end(response, 405)
}

function end(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' })
  response.end(status === 404 ? 'There is nothing here.\n' : 'Only GET and HEAD.\n')
}

const server = await serve({ game: sparks, rooms: { sparks: Arena }, page })
console.log(`Sparks: http://localhost:${server.port}/`)
