// What came of one sender's numbered messages. It counts them from 1 and sends each once.

export interface Outcome {
  readonly sent: number
  readonly received: number
  readonly duplicated: number
  readonly reordered: number
}

export class Sequence {
  readonly #seen = new Set<number>()
  #highest = 0
  duplicated = 0
  reordered = 0

  /** Different ones. */
  get received(): number {
    return this.#seen.size
  }

  hear(number: number): void {
    if (this.#seen.has(number)) this.duplicated++
    else if (number < this.#highest) this.reordered++
    this.#seen.add(number)
    this.#highest = Math.max(this.#highest, number)
  }
}
