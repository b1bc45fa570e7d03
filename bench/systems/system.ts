// What is asked of each system that is measured: a server that moves a scene and tells all of it, 20 times a second, and
// clients that hold the newest state. The scenes, and the steps that all servers take alike.

import { HZ, Motion, quantised, SCENES, type Scene } from '../scenes.ts'

export interface Stage {
  readonly scene: StageScene
  /** A state is about to be made: its number is one more than the last one's, from 1. */
  readonly onTick: () => void
  /** How many bytes the floor sends at a time. */
  readonly bytes: number
}

export interface StageScene extends Scene {
  readonly clients: number
  /** How many of them share a room, which moves a scene of its own; undefined: all. */
  readonly seats?: number
  /** Width and height of what a client sees around its own ship; undefined: everything. */
  readonly view?: number
}

export const STAGES = {
  arena: { ...SCENES.arena, clients: 50 },
  crowd: { ...SCENES.crowd, clients: 200 },
  rooms: { entities: 20, idle: 0.3, turning: 0.4, seed: 16, clients: 400, seats: 4 },
  world: { entities: 2000, idle: 0.7, turning: 0.4, seed: 14, clients: 200, view: 1024 },
  // Some sixty ships in each view.
  thousand: { entities: 1000, idle: 0.7, turning: 0.4, seed: 15, clients: 1000, view: 1024 },
  fleet: { ...SCENES.arena, entities: 500, clients: 2 },
} as const satisfies Readonly<Record<string, StageScene>>

export type StageName = keyof typeof STAGES

/** The scene of a stage, for as many clients as it says or as are given. */
export function sceneOf({
  stage,
  clients,
}: {
  readonly stage: StageName
  readonly clients?: number | undefined
}): StageScene {
  const scene: StageScene = STAGES[stage]
  return { ...scene, clients: clients ?? scene.clients }
}

/** Where a server listens. */
export interface Address {
  readonly host: string
  readonly port: number
}

/** What one client was sent; it adds up. */
export interface Tally {
  states: number
  bytes: number
}

export type Cells = readonly [x: number, y: number, heading: number, hp: number, flags: number]

/** A whole client: it decodes what it is sent. */
export interface Seat {
  /** The number of the newest state; 0 before the first. */
  newest(): number
  /** The ships of that state, by their place in the scene. */
  ships(): ReadonlyMap<number, Cells>
  readonly tally: Tally
  /** How often its connection was lost. */
  drops(): number
}

export interface System {
  /** Resolves to its port. It ends with its process. */
  serve(stage: Stage): Promise<number>
  enter(address: Address): Promise<Seat>
  /** A client that reads, decodes nothing, and answers each state with a few bytes. */
  listen(address: Address, tally: Tally): Promise<void>
}

/** The stage for the next room of a server: the first one tells of its ticks for all. */
export function perRoom(stage: Stage): () => Stage {
  let rooms = 0
  return () => (rooms++ === 0 ? stage : { ...stage, onTick() {} })
}

/** Moves the scene and has it told at even times, whatever the ones before cost. */
export function play({ scene, onTick }: Stage, tell: (tick: number, motion: Motion) => void): void {
  const motion = new Motion(scene)
  const start = performance.now()
  let ticks = 0
  const wait = () => setTimeout(next, Math.max(0, start + ((ticks + 1) * 1000) / HZ - performance.now()))
  const next = () => {
    ticks++
    wait()
    onTick()
    motion.step()
    tell(ticks, motion)
  }
  wait()
}

/** The ship that the client who came as number `joined` sees the world from. */
export function focusOf({ entities, clients }: StageScene, joined: number): number {
  return Math.floor((joined * entities) / clients) % entities
}

/** All ships as whole numbers. */
export function cellsOf({ ships }: Motion): readonly Cells[] {
  return ships.map(quantised)
}

/** The same for as many systems as have arrays of arrays. */
export function byPlace(ships: readonly Cells[]): ReadonlyMap<number, Cells> {
  return new Map(ships.entries())
}
