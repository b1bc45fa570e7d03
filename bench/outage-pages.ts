// What runs in the pages of the outage benchmark, by system and how it is set: `enter(line, who, hear)` comes in, and tells
// when each word that it hears was said.

import { fileURLToPath } from 'node:url'
import { bundle } from './bundle.ts'
import type { TalkName } from './talk/all.ts'

export interface Entry {
  readonly talk: TalkName
  /** The folder from which it imports. */
  readonly from: string
  readonly code: string
}

// Both from dist/bench/, where this runs.
const DIST = fileURLToPath(new URL('..', import.meta.url))
const PEERS = fileURLToPath(new URL('../../bench', import.meta.url))

const socketIo = (settings: object): Entry => ({
  talk: 'socket.io',
  from: PEERS,
  code: `
    import { io } from 'socket.io-client'
    import parser from 'socket.io-msgpack-parser'
    const settings = { transports: ['websocket'], parser, ...${JSON.stringify(settings)} }
    export function enter(line, who, hear) {
      const socket = io('http://' + line, { ...settings, auth: { who }, forceNew: true })
      socket.on('word', ([, sentAt]) => hear(sentAt))
    }`,
})

const colyseus = (settings: object): Entry => ({
  talk: 'colyseus',
  from: PEERS,
  code: `
    import { Client } from '@colyseus/sdk'
    export async function enter(line, who, hear) {
      const room = await new Client('ws://' + line).joinOrCreate('field', { who })
      Object.assign(room.reconnection, ${JSON.stringify(settings)})
      room.onMessage('word', ([, sentAt]) => hear(sentAt))
    }`,
})

export const ENTRIES: Readonly<Record<string, Entry>> = {
  tickwire: {
    talk: 'tickwire',
    from: DIST,
    code: `
      import { join } from './sdk/index.js'
      import { words } from './bench/talk/words.js'
      export async function enter(line, who, hear) {
        const room = await join('ws://' + line + '/ws', words, { room: 'field', with: { who } })
        room.on('word', ({ sentAt }) => hear(sentAt))
      }`,
  },
  'socket.io': socketIo({}),
  'socket.io, eager': socketIo({ reconnectionDelay: 100, reconnectionDelayMax: 225, randomizationFactor: 0.33 }),
  colyseus: colyseus({}),
  'colyseus, eager': colyseus({ maxRetries: 1_000, maxDelay: 225, minUptime: 0 }),
}

/** The page of an entry, which comes in by each of the lines that its address names. */
export async function pageOf({ code, from }: Entry): Promise<string> {
  const script = await bundle(
    `${code}
    const query = new URLSearchParams(location.search)
    const visits = query.get('lines').split(',').map((line, index) => {
      const visit = { since: Infinity, backAt: Infinity }
      enter(line, Number(query.get('who')) + index, (sentAt) => {
        visit.heard = true
        if (sentAt >= visit.since) visit.backAt = Math.min(visit.backAt, Date.now())
      })
      return visit
    })
    globalThis.visits = visits`,
    from,
  )
  return `<!doctype html><meta charset="utf-8"><title>outage</title><script type="module">${script.replaceAll('</script', '<\\/script')}</script>`
}
