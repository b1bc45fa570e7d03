// Lines to try a game on, by name: from a cable to what a train does to a phone.

import { CLEAR, type Line } from './way.ts'

/** Trouble that comes again and again. */
export interface Spell {
  /** Milliseconds without it, before the first time and between its end and the next; above 0. */
  readonly everyMs: number
  /** Milliseconds with it. */
  readonly forMs: number
}

/** A line and its troubles. */
export interface Profile {
  /** Both directions; `down` is what differs on the way to the client. */
  readonly line: Line
  readonly down?: Partial<Line>
  /** Nothing gets through, as when a phone changes its cell. */
  readonly outage?: Spell
  /** The client's program does not take in what arrives. */
  readonly deaf?: Spell
  /** The page is not in sight: it draws no pictures, and its timers run once a second. */
  readonly hidden?: Spell
  /** How much too fast the client's clock runs, in millionths. */
  readonly ppm?: number
}

const line = (change: Partial<Line>): Line => ({ ...CLEAR, ...change })
const HOME = line({ latencyMs: 20, jitterMs: 3 })

/** Lines by name, for `Net.follow`. */
export const PROFILES = {
  lan: { line: line({ latencyMs: 0.3, jitterMs: 0.1 }) },
  home: { line: HOME },
  wifi: { line: line({ latencyMs: 10, jitterMs: 5, loss: 0.001 }) },
  '4g': { line: line({ latencyMs: 35, jitterMs: 8, loss: 0.003, bytesPerSecond: 250_000 }) },
  far: { line: line({ latencyMs: 100, jitterMs: 3 }) },
  bad200: { line: line({ latencyMs: 100, jitterMs: 20, loss: 0.02 }) },
  stall1s: { line: HOME, outage: { everyMs: 8_000, forMs: 1_000 } },
  stall6s: { line: HOME, outage: { everyMs: 12_000, forMs: 6_000 } },
  train: {
    line: line({ latencyMs: 40, jitterMs: 15, loss: 0.01, bytesPerSecond: 250_000 }),
    outage: { everyMs: 20_000, forMs: 2_000 },
  },
  slowReader: {
    line: HOME,
    down: { bytesPerSecond: 30_000, queueBytes: 32 * 1024 },
    deaf: { everyMs: 8_000, forMs: 2_000 },
  },
  hiddenTab: { line: HOME, hidden: { everyMs: 8_000, forMs: 10_000 } },
  'clock+500ppm': { line: HOME, ppm: 500 },
  'clock-500ppm': { line: HOME, ppm: -500 },
} as const satisfies Readonly<Record<string, Profile>>

export type ProfileName = keyof typeof PROFILES
