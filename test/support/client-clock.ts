// Time as one client has it: its clock runs a little fast or slow, and a page out of sight is woken once a second.

import type { Profile } from '../../sdk/profiles.ts'
import type { VirtualClock } from './clock.ts'

const SLEEPY_MS = 1000

export class ClientClock {
  isHidden = false
  readonly #clock: VirtualClock
  readonly #rate: number

  constructor(clock: VirtualClock, { ppm = 0 }: Profile) {
    this.#clock = clock
    this.#rate = 1 + ppm / 1e6
  }

  readonly now = (): number => this.#clock.now() * this.#rate

  readonly after = (ms: number, run: () => void): (() => void) => {
    const due = ms / this.#rate
    return this.#clock.after(this.isHidden ? Math.ceil(due / SLEEPY_MS) * SLEEPY_MS : due, run)
  }
}
