// A page that draws no pictures for a while and loses its line meanwhile: both ends whole, on virtual time.

import { expect, test } from 'vitest'
import { defineGame, fixed, i8 } from '../../protocol/index.ts'
import { defineRoom } from '../../server/room/room.ts'
import { settle } from '../support/clock.ts'
import { pageIn } from '../support/page-in.ts'

const sea = defineGame({ entities: { boat: { x: fixed(0, 10_000, 1 / 8) } }, input: { dx: i8() } })
function rule(boat: { x: number }, { dx }: { readonly dx: number }, dt: number): void {
  boat.x += dx * dt
}

async function sailing(hiddenMs: number) {
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
    { avatar: 'boat', tickRate: 20 },
  )
  const { server, net, page } = await pageIn(sea, Sea, 20)
  page.predict('boat', rule)
  for (let picture = 0; picture < 180; picture++) {
    server.clock.advance(1_000 / 60)
    await settle()
    page.input({ dx: 100 })
    page.view()
  }
  const before = page.view().boat[0]!.x
  await server.pass(hiddenMs)
  net.isDown = true
  net.cut()
  await server.pass(100)
  const name = page.state.name
  const truth = (page.predicted('boat')[0] as { x: number }).x
  const away = page.view().boat[0]!.x
  net.isDown = false
  const xs: number[] = []
  for (let picture = 0; picture < 180; picture++) {
    server.clock.advance(1_000 / 60)
    await settle()
    page.input({ dx: 0 })
    xs.push(page.view().boat[0]!.x)
  }
  return { before, name, truth, away, back: page.state.name, after: xs.at(-1), most: Math.max(...xs) }
}

for (const hiddenMs of [200, 5_000, 30_000]) {
  test(`a boat is drawn where it is, after ${hiddenMs} ms without pictures and a lost line`, async () => {
    const seen = await sailing(hiddenMs)
    expect(Math.abs(seen.away - seen.truth)).toBeLessThan(10)
  })
}
