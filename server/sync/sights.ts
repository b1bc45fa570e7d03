// Which entities one client saw in the states that it was sent lately. What they were like is not kept for each client: at
// that tick they were as the room was.

import type { Game } from '../../protocol/game.ts'
import { WINDOW_FRAMES } from '../../protocol/limits.ts'
import { idOf } from '../../protocol/part.ts'
import { RowList } from '../../protocol/row-list.ts'
import { slotOf } from '../../protocol/snapshot.ts'

/** All that may be under way, what the first of those was made from, and what is being made. */
export const SIGHTS = WINDOW_FRAMES + 2

export class Sight {
  tick = 0
  /** The tick of the sight that its ages go on from; 0 for none. */
  after = 0
  /** By kind, what was seen, in the order of the slots (see part.ts). Of a kind that everyone sees it says nothing. */
  readonly seen: readonly RowList[]

  constructor({ kinds }: Game) {
    this.seen = kinds.map(() => new RowList())
  }

  has(kind: number, id: number): boolean {
    const { rows, length } = this.seen[kind]!
    const slot = slotOf(id)
    let low = 0
    let high = length
    while (low < high) {
      const middle = (low + high) >> 1
      if (slotOf(rows[middle]!) < slot) low = middle + 1
      else high = middle
    }
    return low < length && idOf(rows[low]!) === id
  }
}

export class Sights {
  readonly #game: Game
  readonly #nothing: Sight
  readonly #places: Sight[] = []
  #claimed = 0

  constructor(game: Game) {
    this.#game = game
    this.#nothing = new Sight(game)
  }

  get newest(): Sight {
    return this.back(0) ?? this.#nothing
  }

  /** What was seen at just that tick; at tick 0 nothing was. Undefined when that is not known (any more). */
  at(tick: number): Sight | undefined {
    if (tick === 0) return this.#nothing
    for (let steps = 0; steps < SIGHTS; steps++) {
      const sight = this.back(steps)
      if (sight === undefined || sight.tick === tick) return sight
    }
    return undefined
  }

  /** What was seen before the newest by `steps`, or undefined when it is not there (any more). */
  back(steps: number): Sight | undefined {
    return steps < Math.min(this.#claimed, SIGHTS) ? this.#places[(this.#claimed - 1 - steps) % SIGHTS] : undefined
  }

  /** One to fill in, which becomes the newest. */
  claim(tick: number): Sight {
    const place = this.#claimed++ % SIGHTS
    this.#places[place] ??= new Sight(this.#game)
    const sight = this.#places[place]
    sight.tick = tick
    sight.after = 0
    return sight
  }

  /** Takes the newest back: it was never sent. What it took the place of stays lost. */
  retract(): void {
    this.newest.tick = 0
    this.#claimed--
  }
}
