// Every system that carries messages, by its name in the results.

import { colyseus } from './colyseus.ts'
import { socketIo } from './socket-io.ts'
import type { Talk } from './talk.ts'
import { tickwire } from './tickwire.ts'

export const TALKS = { tickwire, 'socket.io': socketIo, colyseus } as const satisfies Readonly<Record<string, Talk>>

export type TalkName = keyof typeof TALKS
