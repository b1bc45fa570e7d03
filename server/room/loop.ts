// The fixed tick loop. It keeps to deadlines, so that timers that come late do not slow it down; it catches up after a
// delay, but not more than a few ticks at once; and what it gives up it counts.

import type { World } from '../base/world.ts'

/** Ticks run in one wake at most: beyond that, catching up would itself be the delay. */
const CATCH_UP = 5
/** How far behind, in seconds, the loop may be before it gives ticks up. */
const PATIENCE = 0.25
/** Timers keep to whole milliseconds: a tick that is due in less than this comes now, rather than after another wake. */
const EARLY_MS = 1

interface LoopWork {
  /** One step of the simulation. */
  tick(): void
  /** After the last step of a wake. */
  flush(): void
  /** So many steps will never be made. */
  dropped(ticks: number): void
}

/** Starts the loop; returns what stops it, also from within the work. */
export function startLoop(world: Pick<World, 'now' | 'after'>, tickRate: number, work: LoopWork): () => void {
  const interval = 1000 / tickRate
  let next = world.now() + interval
  let running = true
  let cancel = world.after(interval, wake)

  function wake(): void {
    const woken = world.now()
    for (let ticks = 0; running && ticks < CATCH_UP && woken > next - EARLY_MS; ticks++) {
      work.tick()
      next += interval
      // The steps themselves are too slow.
      if (world.now() - woken > interval * CATCH_UP) break
    }
    if (running) work.flush()
    if (!running) return
    giveUp()
    cancel = world.after(Math.max(0, next - world.now()), wake)
  }

  function giveUp(): void {
    const behind = Math.floor((world.now() - next) / interval)
    if (behind <= tickRate * PATIENCE) return
    next += behind * interval
    work.dropped(behind)
  }

  return () => {
    running = false
    cancel()
  }
}
