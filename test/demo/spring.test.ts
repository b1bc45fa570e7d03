import { expect, test } from 'vitest'
import { Spring } from '../../demo/client/spring.ts'

for (const dt of [1 / 144, 1 / 60, 1 / 20, 1 / 10]) {
  test(`a ship that is bumped swells a little and comes to rest, at frames of ${Math.round(dt * 1000)} ms`, () => {
    const spring = new Spring()
    spring.kick(6)
    let widest = 0
    for (let time = 0; time < 3; time += dt) {
      spring.pass(dt)
      widest = Math.max(widest, Math.abs(spring.value))
    }
    expect(widest).toBeGreaterThan(0.02)
    expect(widest).toBeLessThan(0.5)
    expect(Math.abs(spring.value)).toBeLessThan(0.001)
  })
}
