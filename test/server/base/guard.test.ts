import { expect, test } from 'vitest'
import { guard } from '../../../server/base/guard.ts'

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
