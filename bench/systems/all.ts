// Every system that is measured, by its name in the results.

import { floor, json, msgpackr, patient } from './bare.ts'
import { colyseus } from './colyseus.ts'
import { socketIo } from './socket-io.ts'
import type { System } from './system.ts'
import { tickwire } from './tickwire.ts'

export const SYSTEMS = {
  tickwire,
  colyseus,
  'socket.io': socketIo,
  'ws + msgpackr': msgpackr,
  'ws + JSON': json,
  'ws + bufferedAmount': patient,
  'ws + ready bytes': floor,
} as const satisfies Readonly<Record<string, System>>

export type SystemName = keyof typeof SYSTEMS
