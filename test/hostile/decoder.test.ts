// Threats to the decoder itself, frame after frame in this process: nothing gets past the guard but plain values, quickly,
// and no frame changes how another is read.

import { expect, test } from 'vitest'
import { ProtocolError } from '../../protocol/errors.ts'
import { TO_SERVER } from '../../protocol/limits.ts'
import { decodeClientMessage } from '../../protocol/messages.ts'
import { unpack, type Wire } from '../../protocol/msgpack.ts'
import { pack } from '../../protocol/plain.ts'
import { scan } from '../../protocol/scan.ts'
import { percentile } from '../support/percentile.ts'
import { seeded } from '../support/random.ts'
import { noise, saying, shapes } from '../support/shapes.ts'
import { IS_LONG, leaveRow, volume } from '../support/siege.ts'

const FRAMES = Number(process.env.HOSTILE_FRAMES ?? volume(2_000_000, 50_000))
const isPlain = (value: unknown): boolean => {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true
  if (typeof value === 'number') return Number.isFinite(value)
  if (Array.isArray(value)) return value.every(isPlain)
  const proto = Object.getPrototypeOf(value)
  if (proto === Uint8Array.prototype) return true
  return proto === Object.prototype && Object.values(value as object).every(isPlain)
}

/** Microseconds that the guard takes for it: the least of three times, for this machine has other things to do. */
function costOf(bytes: Uint8Array): number {
  const times = [0, 0, 0].map(() => {
    const began = performance.now()
    try {
      scan(bytes, TO_SERVER)
    } catch {
      // Refusing is a part of the work.
    }
    return performance.now() - began
  })
  return Math.min(...times) * 1000
}

test(`T2, T5: of ${FRAMES} made-up frames none gets past it as anything but plain values, seed 11`, () => {
  const random = seeded(11)
  const originals = [saying(pack('hi') as Uint8Array), ...shapes().map(([, shape]) => saying(shape))]
  const took: number[] = []
  let accepted = 0
  for (let count = 0; count < FRAMES; count++) {
    const bytes = noise(random, originals)
    try {
      if (!isPlain(unpack(bytes, TO_SERVER))) throw new RangeError(`not plain: frame ${count}`)
      accepted++
    } catch (error) {
      if ((error as Error).name !== 'ProtocolError') throw error
    }
    if (count % 50 === 0) took.push(costOf(bytes))
  }
  const p999 = percentile(took, 0.999)
  expect(accepted).toBeGreaterThan(FRAMES / 100)
  const closed = `${accepted} plain, others refused; p99.9 ${p999.toFixed(1)} µs`
  leaveRow({ case: 'T2, T5 made-up frames', volume: `${FRAMES} frames`, closed })
  if (IS_LONG) expect(p999).toBeLessThan(50)
})

test('T3: what one peer sends changes nothing in how another is read', () => {
  const rounds = volume(100_000, 5_000)
  const all = shapes()
  const honest = decodeClientMessage(pack([2, 1, 0, 0, ['hello there', 0]]))
  for (let round = 0; round < rounds; round++) {
    const [, shape] = all[round % all.length] as [string, Uint8Array]
    expect(() => decodeClientMessage(saying(shape))).toThrow(ProtocolError)
    const wire: Wire = [2, round, 1, 0, [`name ${round}`]]
    expect(decodeClientMessage(pack(wire))).toMatchObject({ seq: round, body: [`name ${round}`] })
  }
  expect(decodeClientMessage(pack([2, 1, 0, 0, ['hello there', 0]]))).toEqual(honest)
  leaveRow({ case: 'T3 poisoning', volume: `${rounds} attacks and messages in turn`, closed: 'all honest ones equal' })
})
