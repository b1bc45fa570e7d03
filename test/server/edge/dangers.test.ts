import { expect, test } from 'vitest'
import { type Limits, limitsFrom } from '../../../server/base/limits.ts'
import { dangersOf, refuseDangers } from '../../../server/edge/dangers.ts'
import type { AttachOptions } from '../../../server/options.ts'

test('the defaults hold no danger', () => {
  expect(dangersOf({}, limitsFrom())).toEqual([])
  expect(() => refuseDangers({ allowedOrigins: ['https://portal.example'] }, limitsFrom())).not.toThrow()
})

for (const [what, dangerous, harmless, complaint] of [
  ['any origin', { allowedOrigins: ['*'] }, { allowedOrigins: ['*'], dangerouslyAllowAnyOrigin: true }, "has '*'"],
  ['a limit that is none', { helloMs: Number.POSITIVE_INFINITY }, { helloMs: 1e9 }, 'limits.helloMs is not finite'],
  ['little patience', { silenceMs: 3_999 }, { silenceMs: 4_000 }, 'limits.silenceMs is below 4000'],
  ['a small burst', { frameBurst: 499 }, { frameBurst: 500 }, 'limits.frameBurst is below'],
  ['large frames', { byteBurst: 16_383 }, { byteBurst: 16_384 }, 'limits.frameBytes is above byteBurst'],
  ['no room to skip', { skipBytes: 262_144 }, { skipBytes: 262_143 }, 'limits.skipBytes is not below queuedBytes'],
  ['one for all', { sockets: 64 }, { sockets: 65 }, 'limits.socketsPerAddress is not below sockets'],
  [
    'one that keeps all out',
    { plainSockets: 640 },
    { plainSockets: 641 },
    'limits.plainSocketsPerAddress is not below',
  ],
] as const) {
  test(`${what} is a danger that is named, and its neighbour is none`, () => {
    const settings = (given: Partial<Limits> | Partial<AttachOptions>): Parameters<typeof dangersOf> =>
      'allowedOrigins' in given ? [given, limitsFrom()] : [{}, limitsFrom(given as Partial<Limits>)]
    expect(dangersOf(...settings(dangerous))).toHaveLength(1)
    expect(() => refuseDangers(...settings(dangerous))).toThrow(complaint)
    expect(dangersOf(...settings(harmless))).toEqual([])
  })
}

test('several dangers are named at once', () => {
  const limits = limitsFrom({ silenceMs: 1, skipBytes: 1e9 })
  expect(() => refuseDangers({}, limits)).toThrow(/silenceMs.*; .*skipBytes/)
})
