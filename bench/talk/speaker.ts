// One end of all conversations: it tells each of the others a number ten times a second, and counts what it hears.

import { machineTime } from '../process.ts'
import { type Outcome, Sequence } from '../sequence.ts'
import type { Word } from './talk.ts'

const WORD_MS = 100

export class Speaker {
  readonly #tell: (who: number, word: Word) => boolean
  /** By whom it is told, how many numbers were. */
  readonly #told: number[]
  readonly #heard: readonly Sequence[]
  #isSilent = true

  /** `tell` says whether the message was accepted: if not, the same number is told the next time. */
  constructor(others: number, tell: (who: number, word: Word) => boolean) {
    this.#tell = tell
    this.#told = new Array(others).fill(0)
    this.#heard = Array.from({ length: others }, () => new Sequence())
    // Spread over the interval, as they would be.
    for (let who = 0; who < others; who++) {
      setTimeout(() => setInterval(() => this.#speak(who), WORD_MS), (who * WORD_MS) / others)
    }
  }

  hear(who: number, number: number): void {
    this.#heard[who]?.hear(number)
  }

  speak(): void {
    this.#isSilent = false
  }

  hush(): void {
    this.#isSilent = true
  }

  outcome(): Outcome {
    const sum = (what: 'received' | 'duplicated' | 'reordered') =>
      this.#heard.reduce((total, sequence) => total + sequence[what], 0)
    return {
      sent: this.#told.reduce((total, told) => total + told, 0),
      received: sum('received'),
      duplicated: sum('duplicated'),
      reordered: sum('reordered'),
    }
  }

  #speak(who: number): void {
    const told = this.#told[who]!
    if (!this.#isSilent && this.#tell(who, [told + 1, machineTime()])) this.#told[who] = told + 1
  }
}
