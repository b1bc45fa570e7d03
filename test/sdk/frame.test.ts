import { expect, test } from 'vitest'
import { onFrame } from '../../sdk/frame.ts'

function frames() {
  let next: ((now: number) => void) | null = null
  return {
    requestAnimationFrame(run: (now: number) => void) {
      next = run
      return 1
    },
    cancelAnimationFrame() {
      next = null
    },
    draw(now: number) {
      const run = next
      next = null
      run?.(now)
    },
  }
}

test('each picture is told the time, and the seconds since the last', () => {
  const screen = frames()
  const drawn: number[][] = []
  onFrame((now, dt) => drawn.push([now, dt]), screen)
  screen.draw(1000)
  screen.draw(1016)
  screen.draw(1516)
  expect(drawn).toEqual([
    [1000, 0],
    [1016, 0.016],
    [1516, 0.5],
  ])
})

test('a picture after a long time is told that a second has passed', () => {
  const screen = frames()
  const told: number[] = []
  onFrame((_, dt) => told.push(dt), screen)
  for (const now of [1000, 2000, 77_000, 77_016]) screen.draw(now)
  expect(told).toEqual([0, 1, 1, 0.016])
})

test('no picture is drawn of a hidden page, whatever its browser asks for, and the next one when it is seen again', () => {
  const document = { hidden: false }
  const screen = { ...frames(), document }
  const drawn: number[] = []
  onFrame((now) => drawn.push(now), screen)
  screen.draw(1000)
  document.hidden = true
  for (const now of [2000, 4000, 8000]) screen.draw(now)
  document.hidden = false
  screen.draw(8016)
  expect(drawn).toEqual([1000, 8016])
})

test('off ends it, also from within a picture', () => {
  const screen = frames()
  let count = 0
  const off = onFrame(() => {
    if (++count === 2) off()
  }, screen)
  for (let now = 0; now < 5; now++) screen.draw(now)
  expect(count).toBe(2)
})

test('a picture that throws does not end the loop', () => {
  const screen = frames()
  let count = 0
  onFrame(() => {
    count++
    throw new Error('the game')
  }, screen)
  expect(() => screen.draw(1)).toThrow('the game')
  expect(() => screen.draw(2)).toThrow('the game')
  expect(count).toBe(2)
})
