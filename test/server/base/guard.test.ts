import { expect, test } from 'vitest'
import { disown, guard } from '../../../server/base/guard.ts'

test('what is thrown, and what is rejected, goes to one place', async () => {
  const failures: unknown[] = []
  const fail = (error: unknown) => void failures.push(error)
  const thrown = guard(() => {
    throw 'thrown'
  }, fail)
  expect(thrown).toBeUndefined()
  await guard(() => Promise.reject('rejected'), fail)
  await guard(() => Promise.resolve(7), fail)
  for (const value of [undefined, null, 7, {}]) expect(guard(() => value, fail)).toBeUndefined()
  expect(failures).toEqual(['thrown', 'rejected'])
})

test('what becomes of a promise that is disowned ends nothing, and anything else is let be', async () => {
  const unhandled: unknown[] = []
  const note = (error: unknown) => void unhandled.push(error)
  process.on('unhandledRejection', note)
  for (const value of [Promise.reject('disowned'), {}, undefined, 7]) disown(value)
  await new Promise(setImmediate)
  process.off('unhandledRejection', note)
  expect(unhandled).toEqual([])
})
