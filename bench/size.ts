// What a page loads before it can play: each door of the package bundled with its dependencies, beside its peers.

import { fileURLToPath } from 'node:url'
import { bundle, gzipBytes, type Platform } from './bundle.ts'
import type { Row } from './result.ts'

/** Gzip bytes by door and by peer. */
export interface SizeResult {
  readonly doors: Readonly<Record<string, number>>
  readonly peers: Readonly<Record<string, number>>
}

// Both from dist/bench/, where this runs.
const DIST = fileURLToPath(new URL('..', import.meta.url))
const PEERS = fileURLToPath(new URL('../../bench', import.meta.url))

const DOORS = {
  '.': `export * from './sdk/index.js'`,
  './game': `export * from './protocol/index.js'`,
  './connect': `export * from './sdk/connect.js'`,
  './spawns': `export * from './sdk/spawns.js'`,
  './testing': `export * from './sdk/testing.js'`,
  './devtools': `export * from './devtools/index.js'`,
}
const SERVER_DOORS = {
  './server': `export * from './server/index.js'`,
}

/** What a client of each peer names at least: joining and state, or a socket. */
const PEER_CODE = {
  colyseus: `export { Client, Callbacks } from '@colyseus/sdk'`,
  'colyseus+prediction': `export { Client, Callbacks, Predict, Reconciler } from '@colyseus/sdk'`,
  'socket.io-client': `export { io } from 'socket.io-client'`,
  partysocket: `export { PartySocket } from 'partysocket'`,
}

export async function run(): Promise<SizeResult> {
  const doors = { ...(await sizes(DOORS, DIST)), ...(await sizes(SERVER_DOORS, DIST, 'node')) }
  return { doors, peers: await sizes(PEER_CODE, PEERS) }
}

export function table({ doors, peers }: SizeResult): readonly Row[] {
  const own = doors['.'] ?? Number.NaN
  const row = ([what, bytes]: [string, number]) => ({ what, gzip: bytes, 'times our client': (bytes / own).toFixed(2) })
  const ours = Object.entries(doors).map(([door, bytes]): [string, number] => [`tickwire ${door}`, bytes])
  return [...ours, ...Object.entries(peers)].map(row)
}

async function sizes(codes: Record<string, string>, from: string, platform: Platform = 'browser') {
  const found: Record<string, number> = {}
  for (const [what, code] of Object.entries(codes)) found[what] = gzipBytes(await bundle(code, from, platform))
  return found
}
