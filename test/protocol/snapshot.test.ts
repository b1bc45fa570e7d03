import { expect, test, vi } from 'vitest'
import { defineGame } from '../../protocol/game.ts'
import type { Layout } from '../../protocol/layout.ts'
import { makeId, slotOf, Table } from '../../protocol/snapshot.ts'
import { u8 } from '../../protocol/vocabulary.ts'
import { between, seeded } from '../support/random.ts'

const layout = defineGame({ entities: { thing: { hp: u8() } } }).kinds[2] as Layout

/** A table of every third slot, each in its second generation. */
function tableOf(count: number): Table {
  const table = new Table(layout)
  table.resize(count)
  for (let row = 0; row < count; row++) table.ids[row] = makeId(row * 3, 1)
  return table
}

test('a row is found whatever was looked for before, and what is not there never is', () => {
  const random = seeded(1)
  const table = tableOf(50)
  for (let look = 0; look < 2_000; look++) {
    const row = between(random, 0, 49)
    expect(table.indexOf(makeId(row * 3, 1))).toBe(row)
    if (look % 3 === 0) expect(table.indexOf(makeId(row * 3 + 1, 1))).toBe(-1)
    if (look % 4 === 0) expect(table.indexOf(makeId(row * 3, 2))).toBe(-1)
  }
})

test('a row that a smaller table left behind is not found', () => {
  const table = tableOf(5)
  const [third, fourth] = [table.ids[2] as number, table.ids[3] as number]
  expect(table.indexOf(third)).toBe(2)
  table.resize(3)
  expect(table.indexOf(fourth)).toBe(-1)
  table.ids[0] = table.ids[1] as number
  table.ids[1] = third
  table.ids[2] = fourth
  expect([third, fourth].map((id) => table.indexOf(id))).toEqual([1, 2])
})

for (const times of [1, 2]) {
  test(`rows that are looked for in their order, each ${times} times, are not searched for`, () => {
    const table = tableOf(100)
    const ids = [...table.ids.subarray(0, table.count)].flatMap((id) => Array<number>(times).fill(id))
    table.indexOf(ids[0] as number)
    const search = vi.spyOn(table, 'firstFrom')
    expect(ids.map((id) => table.indexOf(id))).toEqual(ids.map((id) => Math.floor(slotOf(id) / 3)))
    expect(search).not.toHaveBeenCalled()
  })
}
