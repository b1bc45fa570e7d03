// The door `tickwire/spawns`: entities that one's own bring into being, shots above all, are there in the picture of the
// key. Each is moved by its own rule until the state that contains its input tells what became of it: the server's entity
// takes its place, where it is by then, or it was never fired and goes.

import { type Game, type InputOf, type KindOf, type Of, PLAYER_KIND, type Seen } from '../protocol/game.ts'
import { zeroValues } from '../protocol/rows.ts'
import type { Values } from './input.ts'
import { Predicted, ruleFor, type Step } from './predicted.ts'
import type { Room } from './room.ts'
import type { View } from './view.ts'

/** Entities of one kind that this player spawns. */
export interface Spawns<G extends Game, K extends KindOf<G>> {
  /**
   * Brings one into being, from within the rule of what fires it, when that runs for the `first` time. It moves from the
   * next tick on; fields left out are zero, empty or absent, and an `id` is not taken over. The server must add one, owned
   * by this player, when it takes the same input, or it goes again.
   */
  spawn(values: Partial<Omit<Of<G, K>, 'id'>>): void
  /** The view's entities of the kind, and behind them those of which the server has not told yet; their ids are below 0. */
  among(view: View<G>): readonly Seen<G, K>[]
  /** Ends it, and the prediction of the kind. */
  stop(): void
}

interface Spawned {
  /** The number of the input with which it was spawned, and of the last one that moved it. */
  readonly seq: number
  movedBy: number
  readonly entity: Predicted
}

/**
 * Predicts the kind by `step`, as `room.predict` does, and what this player spawns of it. Call it once per kind: it takes
 * the place of `room.predict` for that.
 */
export function predictSpawns<G extends Game, K extends KindOf<G>>(
  room: Room<G>,
  kind: K,
  step: (entity: Of<G, K>, input: Readonly<InputOf<G>>, dt: number, first: boolean) => void,
): Spawns<G, K> {
  const stop = room.predict(kind, step)
  const { game, session, prediction } = room.inside
  const { inputs } = session
  const index = game.kinds.findIndex((layout, place) => place > PLAYER_KIND && layout.kind === kind)
  const layout = game.kinds[index] as Game['kinds'][number]
  const rule = ruleFor(index, layout, step as unknown as Step, false)
  let spawned: Spawned[] = []
  let count = 0

  /** Of what a state contains the server has told, in the same state; what was given up is never fired. */
  function settle(): void {
    const { pending } = inputs
    spawned = spawned.filter((one) => pending.some(({ seq }) => seq === one.seq))
  }

  function move(one: Spawned): void {
    for (const { seq, values } of inputs.pending) {
      if (seq <= one.movedBy) continue
      one.entity.step(values, prediction.dt, true)
      one.movedBy = seq
    }
  }

  return {
    spawn(values) {
      // A page that draws no pictures would otherwise keep all that it ever fired.
      settle()
      const id = -++count
      const entity = new Predicted(rule, id)
      Object.assign(entity.present, zeroValues(layout), values, { id })
      spawned.push({ seq: inputs.newest, movedBy: inputs.newest, entity })
    },
    among(view) {
      settle()
      spawned.forEach(move)
      const shown = spawned.map((one) => drawn(one, prediction.alpha, room.me) as Seen<G, K>)
      return [...(view[kind] as readonly Seen<G, K>[]), ...shown]
    },
    stop() {
      stop()
      spawned = []
    },
  }
}

function drawn({ seq, movedBy, entity }: Spawned, alpha: number, owner: number): Values {
  const seen: Values = { ...entity.present, owner, mine: true }
  const { pose } = entity.rule
  if (movedBy > seq)
    for (let column = 0; column < pose.length; column++) seen[pose[column]!.name] = entity.pose(column, alpha)
  return seen
}
