// What is asked of each system that carries messages which must not be lost: 200 clients and their server tell each other
// numbers, and lines break meanwhile.

import type { Address } from '../systems/system.ts'

/** When it was sent, on the clock of the machine. */
export type Word = readonly [number: number, sentAt: number]

/** The server's side of the benchmark. */
export interface Hall {
  hear(who: number, number: number): void
  /** Gives the way to tell a client something; it says whether the message was accepted. */
  open(tell: (who: number, word: Word) => boolean): void
}

/** One client's side. */
export interface Guest {
  readonly who: number
  hear(word: Word): void
  /** The system says that the line is lost. */
  lose(): void
}

export interface Talk {
  /** Resolves to its port. It ends with its process. */
  serve(hall: Hall): Promise<number>
  /** Resolves to the way to tell the server something, which says whether the message was accepted. */
  enter(address: Address, guest: Guest): Promise<(number: number) => boolean>
}

/** Seconds for which a seat is held. */
export const HELD_S = 30
