import { EventEmitter } from 'node:events'
import { expect, test } from 'vitest'
import { standInFront } from '../../../server/edge/in-front.ts'

/** An emitter whose first listener writes down what reaches it. */
function heard() {
  const emitter = new EventEmitter()
  const told: string[] = []
  const listener = (what: string) => void told.push(what)
  emitter.on('request', listener)
  return { emitter, told, listener }
}

test('what it takes reaches nobody else, and all else does', () => {
  const { emitter, told } = heard()
  standInFront(emitter, (what: string) => what === 'mine')
  emitter.emit('request', 'mine')
  emitter.emit('request', 'yours')
  expect(told).toEqual(['yours'])
})

for (const order of [
  [0, 1, 2],
  [2, 1, 0],
  [1, 0, 2],
]) {
  test(`three that step aside in the order ${order} leave the listeners as they were, later ones too`, () => {
    const { emitter, told, listener } = heard()
    const names = ['a', 'b', 'c']
    const aside = names.map((name) => standInFront(emitter, (what: string) => what === name))
    const late = () => {}
    emitter.on('request', late)
    const gone = new Set<string | undefined>()
    for (const index of order) {
      aside[index]?.()
      gone.add(names[index])
      told.length = 0
      for (const name of names) emitter.emit('request', name)
      expect(told).toEqual(names.filter((name) => gone.has(name)))
    }
    expect(emitter.listeners('request')).toEqual([listener, late])
  })
}
