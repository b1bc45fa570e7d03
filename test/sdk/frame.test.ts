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
