// How a game feels on lines from a cable to a train: what the player does, and what the others do, as it is on the screen.
// In virtual time, so that ten minutes on every line take one.

import { PROFILES } from '../sdk/profiles.ts'
import { type Feel, feel } from './feel-play.ts'
import { round } from './figures.ts'
import type { Row } from './result.ts'

const NAMES = ['lan', 'home', '4g', 'far', 'bad200', 'train'] as const
const SECONDS = 600
const SEED = 7

interface Result {
  readonly profiles: { readonly [Name in (typeof NAMES)[number]]?: Feel }
}

export async function run(): Promise<Result> {
  const profiles: { [name: string]: Feel } = {}
  for (const name of NAMES) {
    const measured = await feel({ profile: PROFILES[name], seconds: SECONDS, seed: SEED })
    profiles[name] = Object.fromEntries(
      Object.entries(measured).map(([what, value]) => [what, round(value, 2)]),
    ) as unknown as Feel
  }
  return { profiles }
}

export function table({ profiles }: Result): Row[] {
  return Object.entries(profiles).map(([line, measured]) => ({ line, ...measured }))
}
