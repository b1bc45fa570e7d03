// A log of what strangers can bring about as often as they like: many such lines must not hide the others.

import { Bucket } from './bucket.ts'
import type { Log, World } from './world.ts'

/** Lines a second, and at once. */
const LINES = 1
const LINES_AT_ONCE = 20

/** A log for one matter, which drops the lines beyond what a person can read. */
export function rationed(log: Log, { now }: Pick<World, 'now'>): Log {
  const lines = new Bucket(LINES, LINES_AT_ONCE, now())
  return (message, error) => {
    if (lines.take(1, now())) log(message, error)
  }
}
