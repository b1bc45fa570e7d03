import { expect, test } from 'vitest'
import { angle, defineGame, f32, fixed, u8 } from '../../protocol/index.ts'
import { ruleFor } from '../../sdk/predicted.ts'

const game = defineGame({
  entities: {
    ship: { x: fixed(0, 1600, 1 / 4), speed: f32(), heading: angle(4), hp: u8(), y: fixed(0, 8, 1).interpolate(false) },
  },
})

test('the smooth numbers of a kind are its pose, each with its step and its leap', () => {
  const { pose } = ruleFor(2, game.kinds[2] as (typeof game.kinds)[0], () => {}, false)
  expect(pose).toEqual([
    { name: 'x', isAngle: false, quantum: 0.25, leap: 400 },
    { name: 'speed', isAngle: false, quantum: 1e-6, leap: Number.POSITIVE_INFINITY },
    { name: 'heading', isAngle: true, quantum: Math.PI / 8, leap: Number.POSITIVE_INFINITY },
  ])
})
