import { expect, test } from 'vitest'
import { KNOWS_HIDDEN, KNOWS_OWNER } from '../../protocol/snapshot.ts'
import { isKnown } from '../../sdk/known.ts'

test('what is for all is known; the rest as far as it was told', () => {
  const told = [0, KNOWS_OWNER, KNOWS_HIDDEN, KNOWS_OWNER | KNOWS_HIDDEN]
  expect(told.map((known) => isKnown('all', known))).toEqual([true, true, true, true])
  expect(told.map((known) => isKnown('owner', known))).toEqual([false, true, false, true])
  expect(told.map((known) => isKnown('hidden', known))).toEqual([false, false, true, true])
})
