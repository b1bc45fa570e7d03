import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Series } from '../../devtools/gauges.ts'
import { Graph, INSET } from '../../devtools/graph.ts'
import { Overlay } from '../../devtools/overlay.ts'

const [WIDTH, HEIGHT] = [199, 44]
let drawn: unknown[][]

beforeEach(() => {
  drawn = []
  // happy-dom has no pens.
  vi.spyOn(HTMLCanvasElement.prototype, 'getContext').mockImplementation(function (this: HTMLCanvasElement) {
    const note = (_: object, name: string) => {
      if (name === 'canvas') return this
      return (...how: unknown[]) => drawn.push([name, ...how])
    }
    return new Proxy({}, { get: note as never, set: () => true }) as never
  })
  for (const [name, size] of [
    ['clientWidth', WIDTH],
    ['clientHeight', HEIGHT],
  ] as const) {
    Object.defineProperty(HTMLCanvasElement.prototype, name, { configurable: true, value: size })
  }
})

afterEach(() => void vi.restoreAllMocks())

const calls = (name: string) => drawn.filter(([called]) => called === name).map(([, ...how]) => how)

describe('a graph', () => {
  const graphOf = (...traces: Series[]) => {
    const plan = { title: 'Round trip', hint: 'there and back', unit: 'ms', least: 100 }
    return new Graph({ ...plan, traces: traces.map((series) => ({ series, colour: 'red' })) })
  }
  const said = ({ element }: Graph) => element.querySelector('b')?.textContent

  test('has the newest at the right, what is most at the top, and nothing where nothing was measured', () => {
    const series = new Series('last')
    for (const [value, now] of [
      [50, 1_000],
      [25, 2_000],
    ] as const)
      series.add(value, now)
    const graph = graphOf(series)
    graph.draw()
    const span = HEIGHT - 2 * INSET
    const x = (back: number) => WIDTH * (1 - back / (Series.STEPS - 1))
    expect(calls('lineTo')).toEqual([
      [x(20), HEIGHT - INSET - span / 2],
      [WIDTH, HEIGHT - INSET - span / 4],
    ])
    series.add(400, 3_000)
    drawn = []
    graph.draw()
    expect(calls('lineTo').at(-1)).toEqual([WIDTH, INSET])
    expect(calls('lineTo').at(-2)).toEqual([x(20), HEIGHT - INSET - span / 16])
  })

  for (const [value, words] of [
    [0, '0 ms'],
    [0.04, '0.0 ms'],
    [3.26, '3.3 ms'],
    [9.96, '10.0 ms'],
    [10.4, '10 ms'],
    [Number.NaN, '– ms'],
  ] as const) {
    test(`says ${words} where it was ${value} lately`, () => {
      const series = new Series('last')
      series.add(value, 1_000)
      const graph = graphOf(series)
      graph.say()
      expect(said(graph)).toBe(words)
    })
  }

  test('of two says both, and goes by the larger one', () => {
    const [down, up] = [new Series('last'), new Series('last')]
    down.add(200, 0)
    up.add(100, 0)
    const graph = graphOf(down, up)
    graph.draw()
    graph.say()
    expect(said(graph)).toBe('200 · 100 ms')
    expect(calls('lineTo').map(([, y]) => y)).toEqual([INSET, HEIGHT / 2])
  })
})

describe('the overlay', () => {
  const ghost = (x: number) => ({ told: { x }, due: { x: x + 10 } })
  const place = ({ x }: Readonly<Record<string, unknown>>) => {
    return (x as number) < 0 ? undefined : { x: x as number, y: 0, radius: 6 }
  }

  test('has a dot where each was told to be and a ring where it is due', () => {
    new Overlay(place).draw([ghost(100), ghost(200)])
    expect(calls('arc').map(([x, , radius]) => [x, radius])).toEqual([
      [100, 4],
      [110, 15],
      [200, 4],
      [210, 15],
    ])
  })

  test('leaves out what is nowhere on the screen', () => {
    new Overlay(place).draw([ghost(-100), ghost(-5)])
    expect([calls('clearRect').length, calls('arc')]).toEqual([1, []])
  })

  test('is cleared once when the last one is gone, and costs nothing while there is none', () => {
    const overlay = new Overlay(place)
    overlay.draw([])
    expect(drawn).toEqual([])
    overlay.draw([ghost(100)])
    for (const _ of [1, 2, 3]) overlay.draw([])
    expect(calls('clearRect')).toHaveLength(2)
  })
})
