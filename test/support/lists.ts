// Row lists as plain arrays, and back.

import { RowList } from '../../protocol/row-list.ts'

export function fillList(list: RowList, numbers: readonly number[]): RowList {
  list.clear(numbers.length)
  for (const number of numbers) list.push(number)
  return list
}

export function listOf(numbers: readonly number[]): RowList {
  return fillList(new RowList(), numbers)
}

export function numbersIn({ rows, length }: RowList): number[] {
  return [...rows.subarray(0, length)]
}
