import { afterEach, describe, expect, test, vi } from 'vitest'
import { nodeWorld } from '../../../server/edge/node-world.ts'

test('time only goes on, and a timer runs once, not before its time', async () => {
  const began = nodeWorld.now()
  let runs = 0
  await new Promise<void>((resolve) =>
    nodeWorld.after(20, () => {
      runs++
      resolve()
    }),
  )
  // Timers count whole milliseconds.
  expect(nodeWorld.now() - began).toBeGreaterThan(18)
  expect(runs).toBe(1)
})

test('a timer is not asked of Node for less than it is to take, for Node cuts fractions off', () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const timers = vi.spyOn(globalThis, 'setTimeout')
  for (const ms of [0, 20, 20.4]) nodeWorld.after(ms, () => {})
  expect(timers.mock.calls.map(([, asked]) => asked)).toEqual([0, 20, 21])
  timers.mockRestore()
  vi.useRealTimers()
})

test('a process that works is told in milliseconds how long it did', () => {
  const [began, before] = [process.cpuUsage(), nodeWorld.cpuMs()]
  for (const end = nodeWorld.cpuMs() + 50; nodeWorld.cpuMs() < end; );
  const { user, system } = process.cpuUsage(began)
  expect(Math.abs(nodeWorld.cpuMs() - before - (user + system) / 1_000)).toBeLessThan(20)
})

test('a process that waits works little, and one that counts works as long as it counts', async () => {
  const worked = async (work: () => unknown) => {
    const [began, before] = [nodeWorld.now(), nodeWorld.cpuMs()]
    await work()
    return (nodeWorld.cpuMs() - before) / (nodeWorld.now() - began)
  }
  const waited = await worked(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50))
  const counted = await worked(() => {
    for (const end = nodeWorld.cpuMs() + 50; nodeWorld.cpuMs() < end; );
  })
  expect(waited).toBeLessThan(counted)
})

test('a timer that was called off never runs', async () => {
  let runs = 0
  const count = () => {
    runs++
  }
  nodeWorld.after(0, count)()
  nodeWorld.after(0, count)
  await new Promise<void>((resolve) => nodeWorld.after(5, resolve))
  expect(runs).toBe(1)
})

describe('a wait that is longer than 32 bits of milliseconds', () => {
  const MOST_MS = 2 ** 31 - 1
  afterEach(() => void vi.useRealTimers())

  /** Waits so long in virtual time; the times at which it was over, and what calls it off. */
  function wait(ms: number) {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    const timers = vi.spyOn(globalThis, 'setTimeout')
    const began = performance.now()
    const over: number[] = []
    const cancel = nodeWorld.after(ms, () => over.push(performance.now() - began))
    return { over, cancel, asked: () => timers.mock.calls.map(([, asked]) => asked) }
  }

  for (const ms of [MOST_MS, MOST_MS + 1, 3 * MOST_MS]) {
    test(`of ${ms} is over when that has passed, and Node is asked for no more than it can`, () => {
      const { over, asked } = wait(ms)
      vi.advanceTimersByTime(ms - 1)
      expect(over).toEqual([])
      vi.advanceTimersByTime(MOST_MS)
      expect(over).toEqual([ms])
      for (const step of asked()) expect(step).toBeLessThanOrEqual(MOST_MS)
    })
  }

  test('for ever is never over', () => {
    const { over, asked } = wait(Number.POSITIVE_INFINITY)
    vi.advanceTimersByTime(3 * MOST_MS)
    expect([over, asked()]).toEqual([[], Array.from({ length: 4 }, () => MOST_MS)])
  })

  for (const passed of [0, MOST_MS, 2 * MOST_MS + 1]) {
    test(`is called off after ${passed} of it, and nothing waits any more`, () => {
      const { over, cancel } = wait(3 * MOST_MS)
      vi.advanceTimersByTime(passed)
      expect(vi.getTimerCount()).toBe(1)
      cancel()
      expect(vi.getTimerCount()).toBe(0)
      vi.advanceTimersByTime(3 * MOST_MS)
      expect(over).toEqual([])
    })
  }
})

test('chance gives as many bytes as asked, others each time', () => {
  const [one, two] = [nodeWorld.randomBytes(32), nodeWorld.randomBytes(32)]
  expect(one).toHaveLength(32)
  expect(one).not.toEqual(two)
})

test('a digest tells texts apart, always in the same way', () => {
  expect(nodeWorld.digest('a')).toBe('ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs=')
  expect(nodeWorld.digest('b')).toHaveLength(nodeWorld.digest('a').length)
  expect(nodeWorld.digest('b')).not.toBe(nodeWorld.digest('a'))
})
