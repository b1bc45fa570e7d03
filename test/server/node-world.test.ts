import { expect, test } from 'vitest'
import { nodeWorld } from '../../server/node-world.ts'

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
