// A player who aims perfectly at what is on the screen, a quarter of a second away from the server, in virtual time.

import { expect, test } from 'vitest'
import { defineGame, fixed, flag } from '../../protocol/index.ts'
import { defineRoom } from '../../server/room/room.ts'
import type { Session } from '../../server/room/session.ts'
import { settle } from '../support/clock.ts'
import { pageIn } from '../support/page-in.ts'

const FRAME_MS = 1000 / 60
const LATENCY_MS = 125
/** A tenth of what they fly in a picture: the one before, or the next, would show them elsewhere. */
const RADIUS = 1
/** Where things are going to be depends on how many inputs wait on the server, by a tick more or less. */
const RADIUS_AHEAD = 12
const SHOTS = 100

const range = defineGame({
  entities: { duck: { x: fixed(0, 2000, 1 / 8) } },
  input: { aim: fixed(0, 2000, 1 / 8), fire: flag() },
})

interface Result {
  shots: number
  hits: number
}

/** A duck that flies to and fro at 600 units a second, and who shoots at it. */
function gallery(isCompensated: boolean, result: Result) {
  return defineRoom(range, (room) => {
    const duck = room.state.duck.add({ x: 1000 })
    let speed = 600
    const judge = (session: Session<typeof range>, aim: number) => {
      const isHit = () => Math.abs(duck.x - aim) <= RADIUS
      result.shots++
      if (isCompensated ? room.rewind(session, isHit) : isHit()) result.hits++
    }
    return {
      onTick(dt) {
        duck.x += speed * dt
        if (duck.x > 1800 || duck.x < 200) speed = -speed
        for (const session of room.sessions) {
          for (const { aim, fire } of session.inputs()) if (fire) judge(session, aim)
        }
      },
    }
  })
}

/** What the player of a picture wants who sees it there. */
function aimAt(bird: { readonly x: number } | undefined, picture: number) {
  return { aim: bird?.x ?? 0, fire: picture > 120 && picture % 17 === 0 }
}

async function shoot(isCompensated: boolean): Promise<Result> {
  const result = { shots: 0, hits: 0 }
  const { server, page } = await pageIn(range, gallery(isCompensated, result), LATENCY_MS)
  for (let frame = 0; result.shots < SHOTS && frame < 10_000; frame++) {
    server.clock.advance(FRAME_MS)
    await settle()
    page.input(aimAt(page.view().duck[0], frame))
  }
  return result
}

test('[I4] hits each time with lag compensation at a round trip of 250 ms, and hardly ever without', async () => {
  const [with_, without] = [await shoot(true), await shoot(false)]
  console.log(`${with_.hits} of ${with_.shots} with lag compensation, ${without.hits} of ${without.shots} without`)
  expect(with_).toEqual({ shots: SHOTS, hits: SHOTS })
  expect(without.shots).toBe(SHOTS)
  expect(without.hits).toBeLessThan(10)
})

const SPEED = 600
const sky = defineGame({
  entities: { goose: { x: fixed(0, 60_000, 1 / 8) } },
  input: { aim: fixed(0, 60_000, 1 / 8), fire: flag() },
})
const fly = (goose: { x: number }, _input: unknown, dt: number) => {
  goose.x += SPEED * dt
}

/** Shoots at a goose that flies on and on, and that the page moves by the rule of the server: for all, or not. */
async function hunt(all: boolean): Promise<Result> {
  const result = { shots: 0, hits: 0 }
  const radius = all ? RADIUS_AHEAD : RADIUS
  const Sky = defineRoom(sky, (room) => {
    const goose = room.state.goose.add()
    return {
      onTick(dt) {
        for (const session of room.sessions) {
          for (const { aim, fire } of session.inputs()) {
            if (!fire) continue
            result.shots++
            if (room.rewind(session, () => Math.abs(goose.x - aim) <= radius)) result.hits++
          }
        }
        fly(goose, null, dt)
      },
    }
  })
  const { server, page } = await pageIn(sky, Sky, LATENCY_MS)
  page.predict('goose', fly, { all })
  for (let frame = 0; result.shots < SHOTS && frame < 10_000; frame++) {
    server.clock.advance(FRAME_MS)
    await settle()
    page.input(aimAt(page.view().goose[0], frame))
  }
  return result
}

for (const [all, where] of [
  [true, 'is going to be'],
  [false, 'was'],
] as const) {
  test(`[M6] hits each time what the page shows where it ${where}`, async () => {
    expect(await hunt(all)).toEqual({ shots: SHOTS, hits: SHOTS })
  })
}
