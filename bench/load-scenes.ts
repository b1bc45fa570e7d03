// How many clients look at which scene, and what a server that is measured says to who measures it.

import { SCENES, type Scene } from './scenes.ts'

export interface LoadScene extends Scene {
  readonly clients: number
  /** Width and height of what a client sees around its own ship; undefined: everything. */
  readonly view?: number
}

export const LOAD_SCENES: Readonly<Record<string, LoadScene>> = {
  arena: { ...SCENES.arena, clients: 50 },
  crowd: { ...SCENES.crowd, clients: 200 },
  world: { entities: 2000, idle: 0.7, turning: 0.4, seed: 14, clients: 200, view: 1024 },
}

export const SYSTEMS = ['floor', 'tickwire', 'colyseus', 'msgpackr', 'json'] as const
export type System = (typeof SYSTEMS)[number]

/** What one run is to be. `bytes`: how many the floor sends at a time. */
export interface LoadRun {
  readonly system: System
  readonly scene: string
  readonly bytes: number
}

/** Of the time between `begin` and `end`. */
export interface Load {
  readonly cpuMs: number
  /** State frames that were sent, to all clients together, and their bytes. */
  readonly updates: number
  readonly bytes: number
  /** How late ticks ran, at the 99th percentile. */
  readonly latenessMs: number
}

export type ToServer = 'begin' | 'end'
export type FromServer = { readonly port: number } | Load
