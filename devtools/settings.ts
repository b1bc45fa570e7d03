// What the lab can set, as plain values: their bounds, the presets, and how a link tells them. A link names only what is
// not as usual, so it stays short.

import type { Profile } from '../sdk/profiles.ts'
import { CLEAR } from '../sdk/way.ts'

/** What `MountedLab.set` takes, and the page's address tells. */
export interface Settings {
  /** Milliseconds that the line takes there and back, beside what the real one takes. */
  readonly lag: number
  /** Standard deviation of what is added to each way, in milliseconds. */
  readonly jitter: number
  /** Percent of what is sent that has to be sent again. */
  readonly loss: number
  /** Milliseconds for which nothing gets through, after every five seconds. */
  readonly stall: number
  /** Kilobytes a second, each way; 0: as many as there are. */
  readonly rate: number
  /** Own entities are drawn where they are predicted, not where they were. */
  readonly predict: boolean
  /** What was predicted wrongly glides to where it should be. */
  readonly smooth: boolean
  /** What others do is drawn between two states, not at the newest one. */
  readonly interpolate: boolean
  /** Where the server has one's own entities is drawn too. */
  readonly ghost: boolean
  /** What one hits is judged by what one saw. */
  readonly compensate: boolean
  /** Each state comes whole, not as what changed. */
  readonly whole: boolean
}

type Named<T> = { readonly [K in keyof Settings]: Settings[K] extends T ? K : never }[keyof Settings]
export type Amount = Named<number>
export type Choice = Named<boolean>

export const USUAL: Settings = {
  lag: 0,
  jitter: 0,
  loss: 0,
  stall: 0,
  rate: 0,
  predict: true,
  smooth: true,
  interpolate: true,
  ghost: false,
  compensate: true,
  whole: false,
}

interface AmountRule {
  readonly label: string
  readonly unit: string
  readonly most: number
  readonly step: number
  /** What 0 is called. */
  readonly none: string
  readonly hint: string
}

export const AMOUNTS: Readonly<Record<Amount, AmountRule>> = {
  lag: {
    label: 'Latency',
    unit: 'ms',
    most: 600,
    step: 10,
    none: 'none',
    hint: 'there and back, added to the real one',
  },
  jitter: { label: 'Jitter', unit: 'ms', most: 100, step: 5, none: 'none', hint: 'how much later a frame may come' },
  loss: {
    label: 'Loss',
    unit: '%',
    most: 10,
    step: 0.5,
    none: 'none',
    hint: 'lost and sent again: TCP shows it as a wait',
  },
  stall: { label: 'Stalls', unit: 'ms', most: 3000, step: 100, none: 'none', hint: 'nothing gets through, every 5 s' },
  rate: { label: 'Bandwidth', unit: 'kB/s', most: 64, step: 1, none: 'no limit', hint: 'each way' },
}

export const CHOICES: Readonly<Record<Choice, string>> = {
  predict: 'Prediction',
  smooth: 'Smoothing',
  interpolate: 'Interpolation',
  ghost: 'Ghost',
  compensate: 'Lag comp.',
  whole: 'Whole states',
}

/** What each line does; the rest of it is as usual. */
export const PRESETS = {
  lan: {},
  wifi: { lag: 20, jitter: 5 },
  '4g': { lag: 70, jitter: 10, loss: 0.5 },
  far: { lag: 250, jitter: 10 },
  bad200: { lag: 200, jitter: 40, loss: 2 },
  train: { lag: 120, jitter: 30, loss: 2, stall: 1500, rate: 32 },
} as const satisfies Readonly<Record<string, Partial<Record<Amount, number>>>>

export type PresetName = keyof typeof PRESETS

const amounts = Object.keys(AMOUNTS) as Amount[]
const choices = Object.keys(CHOICES) as Choice[]

/** The settings with what a preset says of the line. */
export function withPreset(settings: Settings, name: PresetName): Settings {
  const line = Object.fromEntries(amounts.map((amount) => [amount, USUAL[amount]]))
  return { ...settings, ...line, ...PRESETS[name] }
}

/** The preset whose line these settings have. */
export function presetOf(settings: Settings): PresetName | undefined {
  const isSame = (name: PresetName) =>
    amounts.every((amount) => withPreset(settings, name)[amount] === settings[amount])
  return (Object.keys(PRESETS) as PresetName[]).find(isSame)
}

/** The settings with a change: an amount above its slider's is brought down to that, and what is none changes nothing. */
export function changed(settings: Settings, change: Partial<Settings>): Settings {
  const made: Record<string, number | boolean> = { ...settings, ...change }
  for (const name of amounts) {
    const asked = made[name] as number
    made[name] = asked >= 0 ? Math.min(AMOUNTS[name].most, asked) : settings[name]
  }
  return made as unknown as Settings
}

/** What a link says. What does not fit is brought within its bounds, or is as usual. */
export function readLink(search: string): Settings {
  const link = new URLSearchParams(search)
  const said: Record<string, number | boolean> = {}
  for (const name of amounts) said[name] = Number.parseFloat(link.get(name) ?? '')
  for (const name of choices) if (link.has(name)) said[name] = link.get(name) !== '0'
  return changed(USUAL, said)
}

/** How a link says that the lab is shown; `shut`: what it sets holds, and nothing of it is seen. */
export type Shown = 'open' | 'shut' | 'split'

/** The link `href` with these settings; what else it says stays. A lab that is shut and sets nothing leaves no trace. */
export function writeLink(href: string, settings: Settings, shown: Shown): string {
  const link = new URL(href)
  const isUsual = [...amounts, ...choices].every((name) => settings[name] === USUAL[name])
  if (isUsual && shown === 'shut') link.searchParams.delete('lab')
  else link.searchParams.set('lab', shown)
  for (const name of [...amounts, ...choices]) {
    if (settings[name] === USUAL[name]) link.searchParams.delete(name)
    else link.searchParams.set(name, String(Number(settings[name])))
  }
  return link.href
}

/** How a line behaves that is set so. */
export function profileOf({ lag, jitter, loss, stall, rate }: Settings): Profile {
  const line = {
    ...CLEAR,
    latencyMs: lag / 2,
    jitterMs: jitter,
    loss: loss / 100,
    // What waits in front of a narrow line is what makes it feel bad: a few seconds of it.
    ...(rate > 0 ? { bytesPerSecond: rate * 1000, queueBytes: rate * 2000 } : {}),
  }
  return stall > 0 ? { line, outage: { everyMs: 5_000, forMs: stall } } : { line }
}
