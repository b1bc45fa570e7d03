// A value that is kicked and swings back to nothing.

const STIFFNESS = 260
const DAMPING = 16
const STEP = 1 / 120 // seconds: a spring that is given long steps swings ever wider

export class Spring {
  value = 0
  #speed = 0

  kick(speed: number): void {
    this.#speed = Math.min(6, this.#speed + speed)
  }

  /** Lets `dt` seconds pass. */
  pass(dt: number): void {
    for (let left = dt; left > 0; left -= STEP) {
      const step = Math.min(left, STEP)
      this.#speed += (-STIFFNESS * this.value - DAMPING * this.#speed) * step
      this.value += this.#speed * step
    }
  }
}
