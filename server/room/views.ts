// What a game says of who sees what: entities near the focus of a session, and those that a rule lets it see. What comes of
// it is found by sync/lookout.ts.

import { type Game, type KindOf, type Of, PLAYER_KIND } from '../../protocol/game.ts'
import type { Layout } from '../../protocol/layout.ts'
import { checkNumber, checkObject } from '../base/checks.ts'
import type { Near } from '../sync/lookout.ts'
import type { Session } from './session.ts'

/** Who sees an entity of one kind. An entity's owner always does. `V`: the kind of the avatars; `A`: as of Session. */
export interface KindView<
  G extends Game = Game,
  K extends KindOf<G> = KindOf<G>,
  V extends KindOf<G> = KindOf<G>,
  A = unknown,
> {
  /** Only who is near sees it: around the avatar, or whatever `focus` is. Without it, all do whom `visibleTo` lets. */
  readonly near?: Near<NumericField<Of<G, K>>>
  /**
   * Asked for each entity (in reach) and session whenever a state is sent: make it short. It must not change the state,
   * and returns true or false: anything else closes the room while you build, and in production a promise or another
   * object.
   */
  visibleTo?(entity: Of<G, K>, session: Session<G, V, A>): boolean
}

/** By kind; of a kind that is not named, everyone sees all entities. */
export type Views<G extends Game = Game, V extends KindOf<G> = KindOf<G>, A = unknown> = {
  readonly [K in KindOf<G>]?: KindView<G, K, V, A>
}

// By `Exclude`, so that the compiler tells which there are. The id is no field.
type NumericField<E> = Exclude<{ [F in keyof E]: E[F] extends number ? F : never }[keyof E], 'id' | number | symbol>

/** Throws TypeError or RangeError, naming the place, for views that cannot be of this game. */
export function checkViews(where: string, views: Views, game: Game): void {
  checkObject(where, views)
  for (const [kind, view] of Object.entries(views) as [string, KindView][]) {
    const layout = game.kinds.slice(PLAYER_KIND + 1).find((one) => one.kind === kind)
    if (layout === undefined) throw new TypeError(`${where}.${kind} names no kind of entity of the game`)
    checkView(`${where}.${kind}`, view, layout)
  }
}

function checkView(where: string, view: KindView, layout: Layout): void {
  checkObject(where, view)
  // Without what it was meant to be, everyone would see all.
  for (const key of Object.keys(view)) {
    if (key !== 'near' && key !== 'visibleTo') throw new TypeError(`${where} has near and visibleTo, got ${key}`)
  }
  const { near, visibleTo } = view
  if (near !== undefined) checkNear(`${where}.near`, near, layout)
  if (visibleTo !== undefined && typeof visibleTo !== 'function') {
    throw new TypeError(`${where}.visibleTo must be a function, got ${String(visibleTo)}`)
  }
}

function checkNear(where: string, near: Near, layout: Layout): void {
  checkObject(where, near)
  for (const name of [near.x, near.y]) {
    const wrong = wrongPlace(layout, name)
    if (wrong)
      throw new TypeError(`${where} must name fields of numbers, neither f64 nor hidden, got ${name}: ${wrong}`)
  }
  for (const [name, size] of Object.entries({ width: near.width, height: near.height, margin: near.margin ?? 0 })) {
    const least = name === 'margin' ? 0 : Number.MIN_VALUE
    checkNumber(`${where}.${name}`, size)
    if (!(size >= least && size < Infinity)) throw new RangeError(`${where}.${name} must be a size, got ${size}`)
  }
}

function wrongPlace({ ints, boxes }: Layout, name: string): string | false {
  const column = ints.find((one) => one.name === name)
  if (column) return !column.isExact && (column.audience === 'hidden' ? 'it is hidden' : 'it is no number')
  const box = boxes.find((one) => one.name === name)
  return box ? `it is ${box.type.name}` : 'there is none'
}
