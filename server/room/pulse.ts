// When a room steps and when it sends: by the clock, or in turns that something brings about.

import type { Shared } from '../base/shared.ts'
import { type Rates, ticksPerState } from '../sync/rates.ts'
import { startLoop } from './loop.ts'

interface PulseWork {
  /** One step, of so many seconds; 0 in a room of turns. */
  step(dt: number): void
  /** The state is to be sent. */
  send(): void
  /** Ticks went by without a step: nothing moved in them. */
  leapt(): void
}

export class Pulse {
  /** The step that runs now or ran last; 0 before the first. */
  tick = 0
  /** Milliseconds that the last step took, and the sending behind it. */
  tickMs = 0
  readonly #shared: Shared
  readonly #tickRate: number
  readonly #sendEvery: number
  readonly #work: PulseWork
  /** In a room of turns: states are at least so many milliseconds apart, whatever stirs it. */
  readonly #apartMs: number
  #isRunning = false
  #isTurnDue = false
  #isStirred = false
  #isSendDue = false
  #isFlushDue = false
  #quietUntil = 0
  #stopLoop = (): void => {}

  constructor(shared: Shared, settings: Rates, work: PulseWork) {
    this.#shared = shared
    this.#tickRate = settings.tickRate
    this.#sendEvery = ticksPerState(settings)
    this.#work = work
    this.#apartMs = settings.tickRate > 0 ? 0 : 1000 / settings.sendRate
  }

  start(): void {
    this.#isRunning = true
    if (this.#tickRate === 0) {
      if (this.#isStirred) this.refresh()
      return
    }
    const { world, stats } = this.#shared
    this.#stopLoop = startLoop(world, this.#tickRate, {
      tick: () => this.#step(1 / this.#tickRate),
      flush: () => this.#flush(),
      dropped: (ticks) => {
        stats.droppedTicks += ticks
        // Clients tell time by ticks: if these fell behind, all that is drawn between states would stay late.
        this.#passTicks(ticks)
        this.#work.leapt()
      },
    })
  }

  stop(): void {
    this.#isRunning = false
    this.#stopLoop()
  }

  /** Something came that a room of turns answers with a turn, once it has begun. */
  stir(): void {
    this.#isStirred = true
    this.refresh()
  }

  /** Somebody needs a state of a room of turns: what was sent to them last is not enough. */
  refresh(): void {
    if (this.#tickRate > 0 || this.#isTurnDue || !this.#isRunning) return
    this.#isTurnDue = true
    this.#shared.world.after(0, () => this.#turn())
  }

  /** As refresh, however little ago others were sent a state. */
  beat(): void {
    this.#quietUntil = 0
    this.refresh()
  }

  #turn(): void {
    const isStirred = this.#isStirred
    // What the step itself brings about has a turn of its own.
    this.#isTurnDue = this.#isStirred = false
    if (isStirred) this.#step(0)
    else {
      this.#passTicks(1)
      this.tickMs = 0
    }
    const waits = this.#quietUntil - this.#shared.world.now()
    if (waits <= 0) this.#flush()
    else this.#flushLater(waits)
  }

  #flushLater(ms: number): void {
    if (this.#isFlushDue) return
    this.#isFlushDue = true
    this.#shared.world.after(ms, () => {
      this.#isFlushDue = false
      this.#flush()
    })
  }

  #step(dt: number): void {
    const began = this.#shared.world.now()
    this.#passTicks(1)
    this.#work.step(dt)
    this.tickMs = this.#shared.world.now() - began
  }

  /** No two states are of one tick. */
  #passTicks(ticks: number): void {
    this.tick += ticks
    // A tick that was due to be sent may be among them, and need not be the last.
    if (this.tick % this.#sendEvery < ticks) this.#isSendDue = true
  }

  #flush(): void {
    if (!this.#isSendDue || !this.#isRunning) return
    this.#isSendDue = false
    const began = this.#shared.world.now()
    this.#quietUntil = began + this.#apartMs
    this.#work.send()
    this.tickMs += this.#shared.world.now() - began
  }
}
