// A strict room, in which a tick waits for nobody. Both ends whole, on virtual time.

import { describe, expect, test } from 'vitest'
import { defineGame, fixed } from '../../protocol/index.ts'
import { defineRoom } from '../../server/room/room.ts'
import { settle } from '../support/clock.ts'
import { pageIn } from '../support/page-in.ts'

const sea = defineGame({
  entities: { boat: { x: fixed(0, 10_000, 1 / 8) } },
  input: { x: fixed(0, 10_000, 1 / 8) },
})

/** A boat that goes where its player points, on a page of so many pictures a second. */
async function sailing(tickRate: number, pictures: number) {
  const rule = (boat: { x: number }, { x }: { readonly x: number }, dt: number) => {
    boat.x += Math.min(200 * dt, Math.max(-200 * dt, x - boat.x))
  }
  const Sea = defineRoom(
    sea,
    (room) => ({
      onJoin(session) {
        session.avatar = room.state.boat.add({ x: 5_000, owner: session })
      },
      onTick(dt) {
        for (const session of room.sessions) for (const input of session.inputs()) rule(session.avatar, input, dt)
      },
    }),
    { avatar: 'boat', tickRate, lateInputs: 'strict' },
  )
  const { server, page } = await pageIn(sea, Sea, 20)
  page.predict('boat', rule)
  let picture = 0
  async function sail(seconds: number, where: (picture: number) => number) {
    for (const end = picture + seconds * pictures; picture < end; picture++) {
      server.clock.advance(1_000 / pictures)
      await settle()
      page.input({ x: where(picture) })
      page.view()
    }
  }
  return { server, page, sail }
}

describe('a strict room', () => {
  for (const { tickRate, pictures } of [
    { tickRate: 60, pictures: 8 },
    { tickRate: 128, pictures: 10 },
    { tickRate: 128, pictures: 20 },
    { tickRate: 128, pictures: 60 },
  ]) {
    test(`of ${tickRate} ticks drops no input of a page of ${pictures} pictures a second, once it knows the line`, async () => {
      const { server, page, sail } = await sailing(tickRate, pictures)
      const where = (picture: number) => ((picture * 60) / pictures) % 9_000
      await sail(30, where)
      const dropped = server.stats.droppedInputs
      const { corrections } = page.stats
      await sail(30, where)
      expect([server.stats.droppedInputs - dropped, page.stats.corrections - corrections]).toEqual([0, 0])
    })
  }

  test('leaves a player who is not heard of where it pointed to, and does not take it to where zeros would', async () => {
    const { server, page, sail } = await sailing(60, 60)
    await sail(5, () => 5_000)
    await server.pass(20_000)
    await sail(1, () => 5_000)
    expect(page.view().boat[0]?.x).toBe(5_000)
  })
})
