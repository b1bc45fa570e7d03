import { expect, test } from 'vitest'
import { WINDOW_FRAMES } from '../../protocol/limits.ts'
import { Flow } from '../../server/flow.ts'

test('the window is open until eight frames are under way, and again when one is acknowledged', () => {
  const flow = new Flow()
  for (let tick = 1; tick <= WINDOW_FRAMES; tick++) {
    expect(flow.isOpen).toBe(true)
    flow.sent(tick, tick)
  }
  expect(flow.isOpen).toBe(false)
  expect(flow.acknowledge(1, 100)).toBe(true)
  expect(flow.isOpen).toBe(true)
})

test('the base is the frame sent last', () => {
  const flow = new Flow()
  expect(flow.base).toBe(0)
  flow.sent(3, 0)
  flow.sent(9, 0)
  expect(flow.base).toBe(9)
})

test('an acknowledgement stands for all before it, and measures the round trip', () => {
  const flow = new Flow()
  flow.sent(3, 1_000)
  flow.sent(6, 1_050)
  flow.acknowledge(6, 1_130)
  expect(flow.inFlight).toBe(0)
  expect(flow.rttMs).toBe(80)
})

test('an acknowledgement of a tick that was not sent yet is refused; an old one says nothing', () => {
  const flow = new Flow()
  expect(flow.acknowledge(0, 0)).toBe(true)
  expect(flow.acknowledge(1, 0)).toBe(false)
  flow.sent(3, 0)
  expect(flow.acknowledge(4, 0)).toBe(false)
  expect(flow.acknowledge(3, 0)).toBe(true)
  expect(flow.acknowledge(2, 0)).toBe(true)
  expect(flow.inFlight).toBe(0)
})

test('a new connection goes on from a tick that was really sent, and else from nothing', () => {
  const flow = new Flow()
  for (const tick of [3, 6, 9]) flow.sent(tick, 0)
  flow.restart(6)
  expect(flow.base).toBe(6)
  expect(flow.inFlight).toBe(0)
  flow.restart(7)
  expect(flow.base).toBe(0)
  flow.restart(0)
  expect(flow.base).toBe(0)
})

test('waiting counts from the oldest frame that is not acknowledged', () => {
  const flow = new Flow()
  expect(flow.waitingSince(77)).toBe(77)
  flow.sent(1, 10)
  flow.sent(2, 20)
  expect(flow.waitingSince(77)).toBe(10)
  flow.acknowledge(1, 30)
  expect(flow.waitingSince(77)).toBe(20)
})
