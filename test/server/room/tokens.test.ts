import { expect, test } from 'vitest'
import { DEFAULT_LIMITS } from '../../../server/base/limits.ts'
import { base64url, seatOf, Tokens } from '../../../server/room/tokens.ts'
import { seeded } from '../../support/random.ts'
import { virtualWorld } from '../../support/server.ts'

const fresh = (world = virtualWorld()) => new Tokens(world, DEFAULT_LIMITS.tokenMs)

test('a token names its seat and holds 32 bytes nobody can guess', () => {
  const tokens = fresh()
  const token = tokens.issue()
  expect(seatOf(token)).toBe(tokens.seat)
  expect(Buffer.from(token.split('.')[1] ?? '', 'base64url').length).toBe(32)
})

test('the token that was issued last is accepted, and no other text is', () => {
  const tokens = fresh()
  const token = tokens.issue()
  expect(tokens.knows(token)).toBe(true)
  for (const other of ['', '.', tokens.seat, `${tokens.seat}.`, `${token}A`, token.slice(0, -1)]) {
    expect(tokens.knows(other), JSON.stringify(other)).toBe(false)
  }
})

test('a welcome that got lost locks nobody out: the token before counts until the new one is confirmed', () => {
  const tokens = fresh()
  const first = tokens.issue()
  const lost = tokens.issue(first)
  expect(tokens.knows(first)).toBe(true)
  const second = tokens.issue(first)
  expect(tokens.knows(lost)).toBe(false)
  expect(tokens.knows(first)).toBe(true)
  tokens.confirm()
  expect(tokens.knows(first)).toBe(false)
  expect(tokens.knows(second)).toBe(true)
})

test('a secret is known by its hash alone', () => {
  const hashed: string[] = []
  const digest = (text: string) => {
    hashed.push(text)
    return 'the hash of any text'
  }
  const tokens = fresh({ ...virtualWorld(), digest })
  const [, secret] = tokens.issue().split('.')
  expect(tokens.knows(`${tokens.seat}.another`)).toBe(true)
  expect(hashed).toEqual([secret, 'another'])
})

test('a token is good for twelve hours after its client was lost, and for ever while it is there', () => {
  const world = virtualWorld()
  const tokens = fresh(world)
  const token = tokens.issue()
  const hours = (count: number) => world.clock.advance(count * 3_600_000)
  hours(100)
  expect(tokens.isOld).toBe(false)
  tokens.release()
  hours(11)
  tokens.hold()
  hours(100)
  tokens.release()
  hours(11.99)
  expect([tokens.isOld, tokens.knows(token)]).toEqual([false, true])
  hours(0.01)
  expect([tokens.isOld, tokens.knows(token)]).toEqual([true, true])
})

test('of 10,000 tokens that were rotated out, voided, guessed or cut short none is accepted', () => {
  const random = seeded(5)
  const world = {
    ...virtualWorld(),
    randomBytes: (count: number) => Uint8Array.from({ length: count }, () => random() * 256),
  }
  const tokens = fresh(world)
  const stale: string[] = []
  let held = tokens.issue()
  tokens.confirm()
  for (let welcome = 0; welcome < 5_000; welcome++) {
    const lost = random() < 0.3 ? tokens.issue(held) : ''
    const next = tokens.issue(held)
    if (lost !== '') stale.push(lost)
    tokens.confirm()
    stale.push(held)
    held = next
  }
  const guesses = Array.from(
    { length: 2_000 },
    (_, count) => `${tokens.seat}.${base64url(world.randomBytes(count % 64))}`,
  )
  const cut = Array.from({ length: held.length }, (_, length) => held.slice(0, length))
  const others = Array.from({ length: 2_000 }, () => fresh(world).issue())
  const tries = [...stale, ...guesses, ...cut, ...others.map((token) => `${tokens.seat}.${token.split('.')[1]}`)]
  expect(tries.length).toBeGreaterThan(10_000)
  expect(tries.filter((token) => tokens.knows(token))).toEqual([])
  expect(tokens.knows(held)).toBe(true)
})

for (const length of [0, 1, 2, 3, 9, 31, 32]) {
  test(`${length} bytes in base64url are what Node makes of them`, () => {
    const bytes = Uint8Array.from({ length }, (_, index) => (index * 77 + 250) & 255)
    expect(base64url(bytes)).toBe(Buffer.from(bytes).toString('base64url'))
  })
}
