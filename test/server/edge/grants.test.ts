import type { IncomingMessage } from 'node:http'
import { expect, test } from 'vitest'
import { grantOnly } from '../../../server/edge/grants.ts'

/** The part of a server that is asked, which itself grants all but one wish. */
function asked() {
  const http = { shouldUpgradeCallback: ({ url }: Pick<IncomingMessage, 'url'>) => url !== 'never' }
  const isGranted = (url: string) => http.shouldUpgradeCallback({ url })
  const only = (...urls: string[]) => grantOnly(http, ({ url = '' }) => urls.includes(url))
  return { http, isGranted, only }
}

test('a wish is granted that passes, and that the server would have granted', () => {
  const { isGranted, only } = asked()
  only('mine', 'never')
  expect(['mine', 'yours', 'never'].map(isGranted)).toEqual([true, false, false])
})

test('once it is undone the server is asked what it was asked before', () => {
  const { http, only } = asked()
  const before = http.shouldUpgradeCallback
  only('mine')()
  expect(http.shouldUpgradeCallback).toBe(before)
})

test('of two that are undone in any order neither is left', () => {
  for (const order of [
    [0, 1],
    [1, 0],
  ] as const) {
    const { isGranted, only } = asked()
    const undo = [only('mine', 'ours'), only('yours', 'ours')]
    expect(['mine', 'yours', 'ours'].map(isGranted)).toEqual([false, false, true])
    undo[order[0]]?.()
    expect(isGranted(order[0] === 0 ? 'yours' : 'mine')).toBe(true)
    undo[order[1]]?.()
    expect(['mine', 'yours', 'never'].map(isGranted)).toEqual([true, true, false])
  }
})

test('a server of a Node that does not ask stays as it is', () => {
  const http = {}
  grantOnly(http, () => false)()
  expect(http).toEqual({})
})
