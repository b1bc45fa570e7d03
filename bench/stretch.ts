// A stretch of motion that was recorded beforehand, so that nothing but what is measured runs while the clock does.

import { type Motion, quantised, type Ship } from './scenes.ts'

const FIELDS = 5

export class Stretch {
  readonly entities: number
  readonly ticks: number
  /** Entities whose whole numbers differ from those of the tick before, over all ticks. */
  updates = 0
  /** By tick, entity and field: the numbers as they are, and as whole numbers. */
  readonly #numbers: Float64Array
  readonly #wholes: Int32Array
  readonly #last: Int32Array

  constructor(entities: number, ticks: number) {
    this.entities = entities
    this.ticks = ticks
    this.#numbers = new Float64Array(entities * ticks * FIELDS)
    this.#wholes = new Int32Array(entities * ticks * FIELDS)
    this.#last = new Int32Array(entities * FIELDS)
  }

  /** Takes the next ticks of `motion`. What was recorded before is lost. */
  record(motion: Motion): void {
    this.updates = 0
    for (let tick = 0; tick < this.ticks; tick++) {
      motion.step()
      motion.ships.forEach((ship, entity) => {
        this.#keep(ship, tick, entity)
      })
    }
  }

  /** Gives the ships the numbers of a tick. */
  assign(tick: number, ships: readonly Ship[]): void {
    assign(this.#numbers, tick * this.entities * FIELDS, ships)
  }

  /** Likewise the whole numbers, for a system that does not make them itself. */
  assignWholes(tick: number, ships: readonly Ship[]): void {
    assignWholes(this.#wholes, tick * this.entities * FIELDS, ships)
  }

  /** Throws unless `seen` tells the whole numbers of the last tick: what is measured must also be right. */
  check(who: string, seen: (entity: number) => readonly (number | undefined)[]): void {
    for (let entity = 0; entity < this.entities; entity++) {
      const at = ((this.ticks - 1) * this.entities + entity) * FIELDS
      const wanted = this.#wholes.subarray(at, at + FIELDS)
      const got = seen(entity)
      if (wanted.some((whole, field) => whole !== got[field])) {
        throw new Error(`${who} decoded ship ${entity} as ${got.join(' ')} instead of ${wanted.join(' ')}`)
      }
    }
  }

  #keep(ship: Ship, tick: number, entity: number): void {
    const at = (tick * this.entities + entity) * FIELDS
    const wholes = quantised(ship)
    const last = this.#last.subarray(entity * FIELDS, (entity + 1) * FIELDS)
    if (wholes.some((whole, field) => whole !== last[field])) this.updates++
    last.set(wholes)
    this.#wholes.set(wholes, at)
    this.#numbers.set([ship.x, ship.y, ship.heading, ship.hp, ship.flags], at)
  }
}

// Twice the same: V8 learns the shape of the ships that it meets at each place, and the systems' ships differ.

function assign(from: Float64Array, start: number, ships: readonly Ship[]): void {
  let at = start
  for (const ship of ships) {
    ship.x = from[at++] as number
    ship.y = from[at++] as number
    ship.heading = from[at++] as number
    ship.hp = from[at++] as number
    ship.flags = from[at++] as number
  }
}

function assignWholes(from: Int32Array, start: number, ships: readonly Ship[]): void {
  let at = start
  for (const ship of ships) {
    ship.x = from[at++] as number
    ship.y = from[at++] as number
    ship.heading = from[at++] as number
    ship.hp = from[at++] as number
    ship.flags = from[at++] as number
  }
}
