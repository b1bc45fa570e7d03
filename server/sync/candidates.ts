// The rows that a frame could tell of, from all kinds, and which of them it does when it has no room for all: those that
// matter most. Found in one pass over their weights, for there may be tens of thousands.

/** The weight of what must be told. */
export const MUST = Number.POSITIVE_INFINITY
/** Weights are told apart in steps, of which this one is for what must be told. */
const LAST = 255
/** Steps to a doubling. */
const STEPS = 8

/** What one frame may weigh. */
export interface Ration {
  /** What it should keep to, in bytes. */
  readonly bytes: number
  /** What it may be at most where one row alone, or what must be told, is more than that. */
  readonly most: number
  /** What it may be at most where it tells all; `most` if left out. */
  readonly whole?: number
  /** Where not all is told, a smaller frame is not worth sending. */
  readonly least?: number
}

export class Candidates {
  count = 0
  kinds = new Uint16Array(0)
  /** Its place in the table, and in that of the base or -1. */
  rows = new Int32Array(0)
  olds = new Int32Array(0)
  /** In bits. */
  costs = new Float64Array(0)
  /** How much it matters: at least 1, or MUST. */
  weights = new Float64Array(0)
  isTold = new Uint8Array(0)
  /** Bytes that the frame needed for what had to be told, as of the last choice. */
  needed = 0
  /** By weight in steps: all bits that rows of that weight cost. */
  readonly #sums = new Float64Array(LAST + 1)
  #turn = 0

  /** What all of them cost, in bits. */
  get bits(): number {
    let bits = 0
    for (let index = 0; index < this.count; index++) bits += this.costs[index]!
    return bits
  }

  /** Empties it; as many as `capacity` may be added now. */
  clear(capacity: number): void {
    this.count = 0
    if (capacity <= this.rows.length) return
    const room = capacity * 2
    this.kinds = new Uint16Array(room)
    this.rows = new Int32Array(room)
    this.olds = new Int32Array(room)
    this.costs = new Float64Array(room)
    this.weights = new Float64Array(room)
    this.isTold = new Uint8Array(room)
  }

  /**
   * Marks those that are told, `spent` bytes being spent already: at least the first. Returns how many; -1 when what must
   * be told does not fit.
   */
  choose(ration: Ration, spent: number): number {
    if (this.count === 0) return 0
    this.#promoteFirst()
    const least = this.#leastTold((ration.bytes - spent) * 8)
    let bits = spent * 8
    let told = 0
    for (let index = 0; index < this.count; index++) {
      const isTold = stepOf(this.weights[index]!) > least
      this.isTold[index] = isTold ? 1 : 0
      if (!isTold) continue
      bits += this.costs[index]!
      told++
    }
    this.needed = Math.ceil(bits / 8)
    return this.needed > ration.most ? -1 : told + this.#fill(least, ration.bytes * 8 - bits)
  }

  /** What matters most must be told: or something large would wait until nothing else did. */
  #promoteFirst(): void {
    let first = -1
    let most = 0
    for (let index = 0; index < this.count; index++) {
      const weight = this.weights[index]!
      if (weight === MUST || weight <= most) continue
      first = index
      most = weight
    }
    if (first >= 0) this.weights[first] = MUST
  }

  /** The step of weight of which not all find room; those above it do. */
  #leastTold(bits: number): number {
    const sums = this.#sums.fill(0)
    for (let index = 0; index < this.count; index++) sums[stepOf(this.weights[index]!)]! += this.costs[index]!
    let left = bits - sums[LAST]!
    let step = LAST - 1
    while (step >= 0 && sums[step]! <= left) left -= sums[step--]!
    return step
  }

  /** Marks rows of that one step as long as they find room, each time beginning at another row. Returns how many. */
  #fill(step: number, bits: number): number {
    let left = bits
    let told = 0
    const start = this.#turn++ % this.count
    for (let turn = 0; turn < this.count; turn++) {
      const index = (start + turn) % this.count
      if (this.isTold[index] || this.costs[index]! > left || stepOf(this.weights[index]!) !== step) continue
      left -= this.costs[index]!
      this.isTold[index] = 1
      told++
    }
    return told
  }
}

function stepOf(weight: number): number {
  return weight === MUST ? LAST : Math.min(LAST - 1, Math.floor(STEPS * Math.log2(weight)))
}
