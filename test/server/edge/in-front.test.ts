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
  standInFront(emitter, 'request', (what: string) => what === 'mine')
  emitter.emit('request', 'mine')
  emitter.emit('request', 'yours')
  expect(told).toEqual(['yours'])
})

test('each stands in front of the event that it names', () => {
  const { emitter, told } = heard()
  const asides = ['request', 'upgrade'].map((name) => standInFront(emitter, name, (what: string) => what === name))
  emitter.on('upgrade', (what) => told.push(`upgrade ${what}`))
  for (const event of ['request', 'upgrade']) for (const what of ['request', 'upgrade']) emitter.emit(event, what)
  expect(told.splice(0)).toEqual(['upgrade', 'upgrade request'])
  asides[1]?.()
  for (const event of ['request', 'upgrade']) emitter.emit(event, event)
  expect(told).toEqual(['upgrade upgrade'])
})

test('who listens later is behind it too, and who was there can still be taken off', () => {
  const { emitter, told, listener } = heard()
  const aside = standInFront(emitter, 'request', (what: string) => what === 'mine')
  const late = (what: string) => void told.push(`late ${what}`)
  emitter.on('request', late)
  for (const what of ['mine', 'yours']) emitter.emit('request', what)
  expect(told.splice(0)).toEqual(['yours', 'late yours'])
  emitter.off('request', listener)
  for (const what of ['mine', 'yours']) emitter.emit('request', what)
  expect(told.splice(0)).toEqual(['late yours'])
  aside()
  emitter.emit('request', 'mine')
  expect(told).toEqual(['late mine'])
})

test('one who takes all listeners off and calls them itself, as engine.io does, finds those that it took', () => {
  const { emitter, told } = heard()
  const aside = standInFront(emitter, 'request', (what: string) => what === 'mine')
  const taken = emitter.listeners('request')
  emitter.removeAllListeners('request')
  emitter.on('request', (what) => {
    if (what === 'theirs') told.push('taken')
    else for (const listener of taken) listener(what)
  })
  for (const what of ['mine', 'theirs', 'yours']) emitter.emit('request', what)
  expect(told.splice(0)).toEqual(['taken', 'yours'])
  aside()
  for (const what of ['mine', 'theirs', 'yours']) emitter.emit('request', what)
  expect(told).toEqual(['mine', 'taken', 'yours'])
})

test('an emitter has its own way to tell again once all stepped aside, and may be stood in front of anew', () => {
  const { emitter, told } = heard()
  for (const _ of [1, 2]) {
    const asides = ['a', 'b'].map((name) => standInFront(emitter, 'request', (what: string) => what === name))
    for (const aside of asides) {
      expect(Object.hasOwn(emitter, 'emit')).toBe(true)
      aside()
      aside()
    }
    expect(Object.hasOwn(emitter, 'emit')).toBe(false)
    emitter.emit('request', 'a')
  }
  expect(told).toEqual(['a', 'a'])
})

test('an emitter whose way to tell is its own has that again', () => {
  const { emitter, told } = heard()
  const own = (name: string, ...event: unknown[]) => {
    told.push('own')
    return EventEmitter.prototype.emit.call(emitter, name, ...event)
  }
  emitter.emit = own
  const aside = standInFront(emitter, 'request', (what: string) => what === 'mine')
  for (const what of ['mine', 'yours']) emitter.emit('request', what)
  expect(told.splice(0)).toEqual(['own', 'yours'])
  aside()
  expect(emitter.emit).toBe(own)
})

test('who has wrapped it meanwhile stays, and hears everything', () => {
  const { emitter, told } = heard()
  const aside = standInFront(emitter, 'request', (what: string) => what === 'mine')
  const { emit } = emitter
  emitter.emit = (name, ...event) => {
    told.push('theirs')
    return emit.call(emitter, name, ...event)
  }
  emitter.emit('request', 'mine')
  aside()
  emitter.emit('request', 'mine')
  expect(told.splice(0)).toEqual(['theirs', 'theirs', 'mine'])
  standInFront(emitter, 'request', (what: string) => what === 'mine')
  for (const what of ['mine', 'yours']) emitter.emit('request', what)
  expect(told).toEqual(['theirs', 'yours'])
})

test('other events, and whether anybody listens, are as they were', () => {
  const emitter = new EventEmitter()
  standInFront(emitter, 'request', () => true)
  const closed: unknown[] = []
  expect(emitter.emit('close')).toBe(false)
  emitter.once('close', (...event) => closed.push(...event))
  expect([emitter.emit('close', 1, 2), closed]).toEqual([true, [1, 2]])
  expect(emitter.listenerCount('request')).toBe(0)
})

for (const order of [
  [0, 1, 2],
  [2, 1, 0],
  [1, 0, 2],
]) {
  test(`three that step aside in the order ${order} leave the listeners as they were, later ones too`, () => {
    const { emitter, told, listener } = heard()
    const names = ['a', 'b', 'c']
    const aside = names.map((name) => standInFront(emitter, 'request', (what: string) => what === name))
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
