// A small world that is predicted as a whole, 200 ms away from the server, in virtual time: a ball, and a paddle that meets
// it before the server knows.

import { expect, test } from 'vitest'
import { defineGame, f32, fixed, type InputOf, i8, type Of } from '../../protocol/index.ts'
import { defineRoom } from '../../server/room/room.ts'
import { settle } from '../support/clock.ts'
import { pageIn } from '../support/page-in.ts'
import { percentile } from '../support/percentile.ts'

const FRAME_MS = 1000 / 60
const WIDTH = 1000
const REACH = 60

const pong = defineGame({
  entities: {
    paddle: { y: fixed(0, 600, 1 / 8) },
    ball: { x: fixed(0, WIDTH, 1 / 8), y: fixed(0, 600, 1 / 8), vx: f32(), vy: f32() },
  },
  input: { dy: i8() },
})
type Ball = Of<typeof pong, 'ball'>
type Paddle = Of<typeof pong, 'paddle'>

function movePaddle(paddle: Paddle, { dy }: InputOf<typeof pong>, dt: number): void {
  paddle.y = Math.min(600, Math.max(0, paddle.y + dy * 4 * dt))
}

/** The right side is a wall, on the left one has to be there: what passes starts again from the middle. */
function moveBall(ball: Ball, paddles: Iterable<Paddle>, dt: number): void {
  ball.x = Math.min(WIDTH, ball.x + ball.vx * dt)
  ball.y += ball.vy * dt
  if (ball.x >= WIDTH && ball.vx > 0) ball.vx = -ball.vx
  if (ball.y < 20 || ball.y > 580) ball.vy = ball.y < 20 ? Math.abs(ball.vy) : -Math.abs(ball.vy)
  if (ball.x > 20) return
  const isMet = [...paddles].some(({ y }) => Math.abs(y - ball.y) < REACH)
  ball.vx = Math.abs(ball.vx)
  ball.x = isMet ? 20 : WIDTH / 2
}

/** Plays for so many seconds, with or without the whole world ahead. */
async function play(seconds: number, all: boolean) {
  const truth = new Map<number, number>()
  const room = defineRoom(pong, (room) => {
    const ball = room.state.ball.add({ x: 500, y: 300, vx: 417, vy: 131 })
    return {
      onJoin(session) {
        session.avatar = room.state.paddle.add({ y: 300, owner: session })
      },
      onTick(dt) {
        for (const session of room.sessions) {
          for (const input of session.inputs()) movePaddle(session.avatar as Paddle, input, dt)
        }
        moveBall(ball, room.state.paddle, dt)
        truth.set(room.tick, ball.x)
      },
    }
  })
  const { server, page: player } = await pageIn(pong, room, 100)
  player.predict('paddle', movePaddle, { all })
  if (all) player.predict('ball', (ball, _input, dt) => moveBall(ball, player.predicted('paddle'), dt), { all })
  const seen: { tick: number; x: number; drawn: number }[] = []
  for (let frame = 0; frame < seconds * 60; frame++) {
    server.clock.advance(FRAME_MS)
    await settle()
    const { ball, paddle, serverTick } = player.view()
    const [aim, own] = [ball[0]!, paddle.find(({ mine }) => mine)!]
    player.input({ dy: Math.max(-100, Math.min(100, Math.round((aim.y - own.y) * 3))) })
    const x = player.predicted('ball')[0]?.x ?? aim.x
    if (frame > 120) seen.push({ tick: serverTick + player.stats.inputsWaiting, x, drawn: aim.x })
  }
  await server.pass(1000)
  const off = seen.map(({ tick, x }) => Math.abs(x - (truth.get(tick) as number)))
  const steps = seen.slice(1).map(({ drawn }, index) => Math.abs(drawn - seen[index]!.drawn))
  return { off, steps, corrections: player.stats.corrections, player }
}

test('a world that is ahead as a whole has the ball where the server will have it, and meets it at once', async () => {
  const { off, steps, corrections, player } = await play(60, true)
  const [p50, p99] = [percentile(off, 0.5), percentile(off, 0.99)]
  console.log(`the ball is off by ${p50.toFixed(2)} units, ${p99.toFixed(2)} at p99`)
  expect(p50).toBeLessThan(1 / 8)
  // 7 units a step. What states are rounded by may make it turn a step sooner, or later.
  expect(p99).toBeLessThan(8)
  // It never jumps, also where it meets the paddle.
  expect(Math.max(...steps)).toBeLessThan(12)
  expect(corrections).toBe(0)
  expect(player.predicted('ball')).toHaveLength(1)
})

test('a world of which only the own paddle is ahead shows the ball where it was', async () => {
  const { off, player } = await play(10, false)
  expect(percentile(off, 0.5)).toBeGreaterThan(50)
  expect(player.predicted('ball')).toEqual([])
  expect(player.predicted('paddle')).toHaveLength(1)
})
