import { expect, test } from 'vitest'
import { limitsFrom } from '../../server/base/limits.ts'
import { Gate } from '../../server/gate.ts'

/** Opens a socket if it may be opened; returns why not. */
function open(gate: Gate, address: string, now = 0) {
  const refusal = gate.refuse(address, now)
  return refusal ?? gate.enter(address, now)
}

function opened(gate: Gate, address: string) {
  const place = open(gate, address)
  if (typeof place === 'string') throw new Error(place)
  return place
}

test('one address has at most 32 sockets that said nothing, and others are not concerned', () => {
  const gate = new Gate(limitsFrom())
  const places = Array.from({ length: 32 }, () => opened(gate, '10.0.0.1'))
  expect(open(gate, '10.0.0.1')).toBe('greetings')
  expect(open(gate, '10.0.0.2')).toBeTypeOf('object')
  places[0]?.greeted()
  expect(open(gate, '10.0.0.1')).toBeTypeOf('object')
})

test('the process has at most 256 sockets that said nothing', () => {
  const gate = new Gate(limitsFrom())
  for (let index = 0; index < 256; index++) opened(gate, `10.0.${index >> 5}.0`)
  expect(open(gate, '10.9.9.9')).toBe('greetings')
})

test('one address has at most 64 sockets, and a place that is left is free again', () => {
  const gate = new Gate(limitsFrom({ dialBurst: 1_000 }))
  const places = Array.from({ length: 64 }, () => {
    const place = opened(gate, '10.0.0.1')
    place.greeted()
    return place
  })
  expect(open(gate, '10.0.0.1')).toBe('addressSockets')
  places[5]?.left()
  expect(open(gate, '10.0.0.1')).toBeTypeOf('object')
})

test('one address may dial 128 times at once, and then four times a second', () => {
  const gate = new Gate(limitsFrom())
  for (let index = 0; index < 128; index++) opened(gate, '10.0.0.1').left()
  expect(open(gate, '10.0.0.1', 0)).toBe('addressDials')
  expect(open(gate, '10.0.0.1', 249)).toBe('addressDials')
  expect(open(gate, '10.0.0.1', 250)).toBeTypeOf('object')
})

test('all whom an address may have are back 16 seconds after a standstill that its dials were spent on', () => {
  for (const socketsPerAddress of [64, 300, 1_000]) {
    const limits = limitsFrom({ socketsPerAddress })
    const gate = new Gate(limits)
    for (let index = 0; index < limits.dialBurst; index++) opened(gate, '10.0.0.1').left()
    let back = 0
    // Each that is refused dials again.
    for (let now = 0; now <= 16_000; now += 10) {
      const place = open(gate, '10.0.0.1', now)
      if (typeof place === 'string') continue
      place.greeted()
      back++
    }
    expect(back).toBe(socketsPerAddress)
  }
})

test('for ten seconds after a refusal there was no place for that address, and there always was for others', () => {
  const gate = new Gate(limitsFrom({ dialBurst: 1 }))
  opened(gate, '10.0.0.1')
  expect(gate.isFull('10.0.0.1', 0)).toBe(false)
  expect(open(gate, '10.0.0.1', 100)).toBe('addressDials')
  expect([gate.isFull('10.0.0.1', 10_099), gate.isFull('10.0.0.1', 10_100)]).toEqual([true, false])
  expect(gate.isFull('10.0.0.2', 100)).toBe(false)
  gate.sweep(9_000)
  expect(gate.isFull('10.0.0.1', 9_000)).toBe(true)
  expect(gate.size).toBe(1)
})

test('five bad hellos in a minute bar an address for a minute; four do not, and no other address is barred', () => {
  const gate = new Gate(limitsFrom())
  const place = opened(gate, '10.0.0.1')
  for (const at of [0, 10_000, 20_000, 59_999]) place.greetedBadly(at)
  expect(place.isBarred(59_999)).toBe(false)
  // A minute later counting starts again.
  for (const at of [60_000, 60_001, 60_002, 60_003]) place.greetedBadly(at)
  expect(place.isBarred(60_003)).toBe(false)
  place.greetedBadly(60_004)
  expect(opened(gate, '10.0.0.1').isBarred(60_004)).toBe(true)
  expect(opened(gate, '10.0.0.2').isBarred(60_004)).toBe(false)
  gate.sweep(120_003)
  expect(opened(gate, '10.0.0.1').isBarred(120_003)).toBe(true)
  expect(opened(gate, '10.0.0.1').isBarred(120_004)).toBe(false)
})

test('bad hellos of an address that is barred already do not bar it for longer', () => {
  const gate = new Gate(limitsFrom())
  const place = opened(gate, '10.0.0.1')
  for (let at = 0; at < 10; at++) place.greetedBadly(at)
  expect([place.isBarred(60_003), place.isBarred(60_004)]).toEqual([true, false])
})

test('an address that was barred is remembered for as long as that lasts, with no socket open', () => {
  const gate = new Gate(limitsFrom())
  const place = opened(gate, '10.0.0.1')
  for (let count = 0; count < 5; count++) place.greetedBadly(0)
  place.left()
  gate.sweep(59_999)
  expect(opened(gate, '10.0.0.1').isBarred(59_999)).toBe(true)
})

test('the process has a cap', () => {
  const gate = new Gate(limitsFrom({ sockets: 2 }))
  opened(gate, '10.0.0.1')
  const second = opened(gate, '10.0.0.2')
  expect(open(gate, '10.0.0.3')).toBe('sockets')
  second.left()
  expect(open(gate, '10.0.0.3')).toBeTypeOf('object')
})

test('an address is forgotten only when a new one would be treated the same', () => {
  const gate = new Gate(limitsFrom())
  for (let index = 0; index < 128; index++) opened(gate, '10.0.0.1').left()
  gate.sweep(500)
  expect(gate.refuse('10.0.0.1', 500)).toBeNull()
  expect(gate.refuse('10.0.0.1', 500)).toBeNull()
  expect(gate.refuse('10.0.0.1', 500)).toBe('addressDials')
  gate.sweep(60_000)
  expect(gate.refuse('10.0.0.1', 60_000)).toBeNull()
})

test('an address that was refused is told for ten seconds that it was full, though nothing else is known of it', () => {
  const gate = new Gate(limitsFrom({ sockets: 1 }))
  opened(gate, '10.0.0.2')
  expect(open(gate, '10.0.0.1')).toBe('sockets')
  gate.sweep(9_999)
  expect([gate.isFull('10.0.0.1', 9_999), gate.isFull('10.0.0.2', 9_999), gate.size]).toEqual([true, false, 2])
  gate.sweep(10_000)
  expect([gate.isFull('10.0.0.1', 10_000), gate.size]).toEqual([false, 1])
})

test('a socket that said hello does not, as it leaves, make place for one more that says nothing', () => {
  const gate = new Gate(limitsFrom({ greetingsPerAddress: 2 }))
  const place = opened(gate, '10.0.0.1')
  place.greeted()
  place.left()
  for (let count = 0; count < 2; count++) opened(gate, '10.0.0.1')
  expect(open(gate, '10.0.0.1')).toBe('greetings')
})

test('an address that was barred late in the minute of its bad hellos is still remembered until the bar ends', () => {
  const gate = new Gate(limitsFrom())
  const place = opened(gate, '10.0.0.1')
  for (let count = 0; count < 4; count++) place.greetedBadly(0)
  place.greetedBadly(59_000)
  place.left()
  gate.sweep(118_999)
  expect(opened(gate, '10.0.0.1').isBarred(118_999)).toBe(true)
})
