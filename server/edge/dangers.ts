// What must not run where strangers come: settings that are fine at a desk, and limits that defeat each other. Each is
// named in words, so that whoever starts the server knows what to change.

import { HEARTBEAT_MS } from '../../protocol/limits.ts'
import type { Limits } from '../base/limits.ts'
import type { AttachOptions } from '../options.ts'
import { ANY_ORIGIN } from '../origin.ts'

type Chosen = Pick<AttachOptions, 'allowedOrigins' | 'dangerouslyAllowAnyOrigin'>

/** Why a server with these settings must not start in production; empty when it may. */
export function dangersOf(options: Chosen, limits: Limits): readonly string[] {
  const unbounded = Object.entries(limits).filter(([, value]) => !Number.isFinite(value))
  return [
    ...unbounded.map(([name]) => `limits.${name} is not finite: a stranger may take as much as there is`),
    ...DANGERS.filter(([is]) => is(options, limits)).map(([, words]) => words),
  ]
}

/** Throws Error, naming each danger. */
export function refuseDangers(options: Chosen, limits: Limits): void {
  const dangers = dangersOf(options, limits)
  if (dangers.length > 0) throw new Error(`not started, for NODE_ENV is 'production': ${dangers.join('; ')}`)
}

const DANGERS: readonly (readonly [is: (options: Chosen, limits: Limits) => boolean, words: string])[] = [
  [
    ({ allowedOrigins, dangerouslyAllowAnyOrigin }) =>
      allowedOrigins?.includes(ANY_ORIGIN) === true && dangerouslyAllowAnyOrigin !== true,
    "allowedOrigins has '*': any page may connect in its visitor's name; dangerouslyAllowAnyOrigin lets it",
  ],
  [
    (_, { silenceMs }) => silenceMs < 2 * HEARTBEAT_MS,
    `limits.silenceMs is below ${2 * HEARTBEAT_MS}: a client that says nothing new is taken for dead`,
  ],
  [
    (_, { frameBurst, framesPerSecond, silenceMs }) => frameBurst < (framesPerSecond * silenceMs) / 1000,
    'limits.frameBurst is below framesPerSecond for all of silenceMs: a stalled path gets an honest client cut off',
  ],
  [
    (_, { frameBytes, byteBurst }) => frameBytes > byteBurst,
    'limits.frameBytes is above byteBurst: a frame that may be sent gets its sender cut off',
  ],
  [
    (_, { skipBytes, queuedBytes }) => skipBytes >= queuedBytes,
    'limits.skipBytes is not below queuedBytes: a slow client is cut off where it could be skipped',
  ],
  [
    (_, { socketsPerAddress, sockets }) => socketsPerAddress >= sockets,
    'limits.socketsPerAddress is not below sockets: one address may take all places',
  ],
  [
    (_, { plainSocketsPerAddress, plainSockets }) => plainSocketsPerAddress >= plainSockets,
    'limits.plainSocketsPerAddress is not below plainSockets: one address may keep all pages and players out',
  ],
]
