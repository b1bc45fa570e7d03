// How often one client is sent a state. A line that cannot take all is given fewer, evenly spaced, and more again when it
// has taken them for a while.

/** How long a line is watched before it is judged. */
const PERIOD_MS = 2_000
/** Above this share of frames that found no room the line is too slow. */
const TOO_MANY = 0.1
/** A line that delivers this share of its best is full; one that stalls at times delivers less. */
const FULL = 0.8
/** Clean periods until more is tried: at first, and when that has just failed. */
const PATIENCE = 3
const MORE_PATIENCE = 6
/** States are never rarer than this on account of the line. */
const RAREST_MS = 200
/** How often the line is left to run empty, to find out how long it is. */
const PROBE_EACH_MS = 8_000
/** How often a page that nobody looks at is told. */
const HIDDEN_MS = 1_000
/** Timers are not exact. */
const MARGIN = 0.5

export class Pace {
  /** The client is sent one in this many of the room's frames. */
  each = 1
  /** Nobody looks at the client's page: a state now and then keeps it up to date. */
  isHidden = false
  /** The line is to run empty before the next frame leaves. */
  isProbing = false
  readonly #intervalMs: number
  #sentAt = Number.NEGATIVE_INFINITY
  #probedAt = Number.NEGATIVE_INFINITY
  #judgedAt = Number.NEGATIVE_INFINITY
  #sent = 0
  #held = 0
  #trimmed = 0
  #cleanPeriods = 0
  /** In the last period the line was full, and too slow. */
  #wasFull = false
  #patience = PATIENCE
  /** Periods since more was tried. */
  #triedFor = Number.POSITIVE_INFINITY
  #deliveredBefore = 0

  /** `intervalMs`: between two frames of the room; 0 in a room of turns, where every frame counts. */
  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs
  }

  /** Frames a second; 0 in a room of turns. */
  get rate(): number {
    return this.#intervalMs === 0 ? 0 : 1000 / this.#waitMs
  }

  /** Whether it is the client's turn. */
  isDue(now: number): boolean {
    return now - this.#sentAt >= this.#waitMs - MARGIN * this.#intervalMs
  }

  /** Milliseconds from one state to the next. In a room of turns each one counts, whoever looks. */
  get #waitMs(): number {
    const wait = this.each * this.#intervalMs
    return this.isHidden && this.#intervalMs > 0 ? Math.max(HIDDEN_MS, wait) : wait
  }

  sent(now: number): void {
    this.#sentAt = now
    this.#sent++
  }

  /** A frame was due and found no room in the line. */
  held(): void {
    this.#held++
  }

  /** A frame found room for a part of it: it came in time, but the line is full. */
  trimmed(): void {
    this.#trimmed++
  }

  /** `delivered`: bytes in all; `bytesPerSecond`: what the line delivers at its best. */
  measured(delivered: number, bytesPerSecond: number, now: number): void {
    const elapsed = now - this.#judgedAt
    if (elapsed < PERIOD_MS) return
    const isFull = (delivered - this.#deliveredBefore) * 1000 >= FULL * bytesPerSecond * elapsed
    if (elapsed < Number.POSITIVE_INFINITY) this.#judge(isFull, now)
    this.#judgedAt = now
    this.#deliveredBefore = delivered
    this.#sent = this.#held = this.#trimmed = 0
  }

  /** There is a queue in the line. Where more is being tried just now, that was too much. */
  queued(): void {
    if (this.#triedFor === 0) this.#slowDown()
  }

  /** The line was empty when the frame was sent that is acknowledged now. */
  probed(now: number): void {
    this.#probedAt = now
    this.isProbing = false
  }

  /** Another line. */
  restart(): void {
    this.each = 1
    this.isHidden = this.isProbing = false
    this.#sentAt = this.#probedAt = this.#judgedAt = Number.NEGATIVE_INFINITY
    this.#sent = this.#held = this.#trimmed = this.#cleanPeriods = 0
    this.#wasFull = false
    this.#patience = PATIENCE
    this.#triedFor = Number.POSITIVE_INFINITY
  }

  #judge(isFull: boolean, now: number): void {
    const isTooSlow = this.#held > TOO_MANY * (this.#sent + this.#held)
    this.#cleanPeriods = this.#held === 0 ? this.#cleanPeriods + 1 : 0
    // A line that stalls cuts frames short, too, and need not be kept waiting for that.
    const isShort = isFull && this.#trimmed > TOO_MANY * this.#sent
    if ((isTooSlow || isShort) && now - this.#probedAt > PROBE_EACH_MS) this.isProbing = true
    this.#triedFor++
    const wasFull = this.#wasFull
    this.#wasFull = isTooSlow && isFull
    // A line that stalls may deliver as much as a full one, in one period by chance. But one that took less than half of
    // the frames is not given too few when it is given half.
    if (this.#wasFull && (wasFull || this.#held > this.#sent)) this.#slowDown()
    else if (this.#cleanPeriods >= this.#patience) this.#speedUp()
  }

  #slowDown(): void {
    if (this.each * 2 * this.#intervalMs > RAREST_MS) return
    this.each *= 2
    if (this.#triedFor < PATIENCE) this.#patience = MORE_PATIENCE
    this.#triedFor = PATIENCE
    this.#cleanPeriods = 0
  }

  #speedUp(): void {
    if (this.#triedFor < Number.POSITIVE_INFINITY && this.#triedFor >= this.#patience) this.#patience = PATIENCE
    if (this.each === 1) return
    this.each /= 2
    this.#cleanPeriods = this.#triedFor = 0
  }
}
