// What the listeners of a room are told, held against what it shows, picture after picture: over a line that jitters,
// stalls and breaks, while entities come, go, hide, change and are given away, and rules are laid on and taken off.

import { expect, test } from 'vitest'
import { defineGame, fixed, flag, i8, list, text, u8 } from '../../protocol/index.ts'
import { join, type KindOf, type Of, type Room } from '../../sdk/index.ts'
import { defineRoom, type Room as Stage } from '../../server/room/room.ts'
import { settle } from '../support/clock.ts'
import { Net, worldOver } from '../support/link.ts'
import { between, pick, seeded } from '../support/random.ts'
import { TestServer } from '../support/server.ts'

const PICTURE_MS = 1000 / 60
const PICTURES = 1_500
const FIELDS = ['hp', 'tag', 'bag', 'own', 'hidden', 'mine'] as const

const game = defineGame({
  room: { phase: u8() },
  entities: {
    ship: {
      x: fixed(0, 4096, 1 / 8),
      hp: u8(),
      own: u8().owner(),
      hidden: u8().hidden(),
      tag: text(8),
      bag: list(u8(), 4),
    },
  },
  input: { dx: i8(), fire: flag() },
})
type Ship = Of<typeof game, KindOf<typeof game>>

const move = (ship: Ship, { dx }: { dx: number }, dt: number) => {
  ship.x = Math.min(4096, Math.max(0, ship.x + dx * dt))
}

/** A room where much happens; with `isPart`, weak ships are out of sight. Returns since which tick ships are no more. */
function lively(random: () => number, isPart: boolean) {
  const removed = new Map<number, number>()
  const chance = (share: number) => random() < share
  function alter(ship: Ship): void {
    if (chance(0.1)) ship.hp = between(random, 0, 200)
    if (chance(0.02)) ship.tag = String(between(random, 0, 99))
    if (chance(0.05)) ship.bag = [between(random, 0, 3)]
  }
  function stir({ state, ...stage }: Pick<Stage<typeof game, 'ship'>, 'state' | 'sessions' | 'give' | 'tick'>): void {
    if (chance(0.2)) state.ship.add({ x: between(random, 0, 4096), hp: between(random, 0, 200) })
    const sessions = [...stage.sessions]
    const ships = [...state.ship].filter((ship) => sessions.every(({ avatar }) => avatar !== ship))
    ships.forEach(alter)
    const [first] = ships
    if (first && chance(0.05)) stage.give(first, chance(0.5) ? null : (sessions[0] ?? null))
    if (ships.length > 6 && chance(0.2)) {
      const ship = pick(random, ships)
      removed.set(ship.id, stage.tick)
      state.ship.remove(ship)
    }
    if (chance(0.05)) state.room.phase = between(random, 0, 200)
  }
  const Lively = defineRoom(
    game,
    (stage) => ({
      onJoin(session) {
        session.avatar = stage.state.ship.add({ owner: session, x: 100 + 1 / 3, hp: 90, bag: [7] })
      },
      // What is its own goes with it.
      onLeave(session) {
        for (const ship of stage.state.ship) if (stage.ownerOf(ship) === session) removed.set(ship.id, stage.tick)
      },
      onTick(dt) {
        for (const session of stage.sessions) for (const input of session.inputs()) move(session.avatar, input, dt)
        const { state, sessions, tick } = stage
        stir({ state, sessions, tick, give: (ship, to) => stage.give(ship, to) })
      },
    }),
    {
      avatar: 'ship',
      resumeWindow: 2,
      ...(isPart ? { views: { ship: { visibleTo: ({ hp }: Ship) => hp > 60 } } } : {}),
    },
  )
  return { Lively, removed }
}

/** A picture that was not drawn for so many ticks does not know of all why they went. */
const LONG_TICKS = 180

/** What one who only listens believes; `wrong`: where that is not what is shown, or cannot be. */
function listening(room: Room<typeof game>, removed: ReadonlyMap<number, number>, isPart: boolean) {
  const shown = new Map<number, { ship: object; values: Record<string, unknown> }>()
  const wrong: string[] = []
  const valuesOf = (ship: Readonly<Record<(typeof FIELDS)[number], unknown>>) =>
    Object.fromEntries(FIELDS.map((name) => [name, ship[name]]))
  let phase: number | undefined
  let isNew = false
  let newest = 0
  room.onReset(() => {
    isNew = true
  })
  room.onAdd('ship', (ship) => {
    if (shown.has(ship.id)) wrong.push(`${ship.id} came twice`)
    shown.set(ship.id, { ship, values: valuesOf(ship) })
  })
  room.onRemove('ship', (ship, why) => {
    if (shown.get(ship.id)?.ship !== ship) wrong.push(`${ship.id} went, and was not there`)
    shown.delete(ship.id)
    // Looks while it listens, and sees the picture that it is told of.
    const { serverTick } = room.view()
    const isGone = (removed.get(ship.id) ?? Number.POSITIVE_INFINITY) <= serverTick
    if (why === 'destroyed' && !isGone) wrong.push(`${ship.id} is destroyed, and there`)
    const isExcused = isPart || isNew || serverTick - newest > LONG_TICKS
    if (why === 'left' && isGone && !isExcused) wrong.push(`${ship.id} left, and is destroyed`)
  })
  for (const name of FIELDS) {
    room.onChange('ship', name, (ship, now: unknown, before: unknown) => {
      const values = shown.get(ship.id)?.values ?? {}
      const was = JSON.stringify(values[name])
      if (was !== JSON.stringify(before)) wrong.push(`${name} of ${ship.id} was ${was}, not ${before}`)
      if (was === JSON.stringify(now)) wrong.push(`${name} of ${ship.id} is ${was} as before`)
      values[name] = now
    })
  }
  room.onChange('room', 'phase', (_, now, before) => {
    if (phase !== undefined && phase !== before) wrong.push(`phase was ${phase}, not ${before}`)
    phase = now
  })
  function look(): void {
    const view = room.view()
    // What the room is like has no end: before the first state of another seat it is only not known.
    const isKnown = view.serverTick > 0
    isNew &&= !isKnown
    newest = view.serverTick
    if (isKnown) phase ??= view.room.phase
    if (isKnown && view.room.phase !== phase) wrong.push(`phase ${view.room.phase} is shown, ${phase} told`)
    if (view.ship.length !== shown.size) wrong.push(`${view.ship.length} are shown, ${shown.size} told`)
    for (const ship of view.ship) {
      const told = shown.get(ship.id)
      const [are, were] = [JSON.stringify(valuesOf(ship)), JSON.stringify(told?.values)]
      if (told?.ship !== ship || are !== were) wrong.push(`${ship.id} shows ${are}, told ${were}`)
      if (ship.mine !== (ship.owner === room.me) || !Number.isFinite(ship.x)) wrong.push(`${ship.id} at ${ship.x}`)
    }
  }
  return { look, wrong }
}

for (let seed = 1; seed <= 12; seed++) {
  test(`listeners know just what is shown, and nothing is told for nothing, seed ${seed}`, async () => {
    const random = seeded(seed)
    const isPart = seed % 3 > 0
    const { Lively, removed } = lively(random, isPart)
    const server = new TestServer(game, { room: Lively })
    const { now, after } = server.clock
    const net = new Net({ now, after, random }, (socket) => server.host.accept(socket, '10.0.0.1'))
    net.latencyMs = 40
    net.down.line.jitterMs = 15
    const joining = join('ws://told.test/ws', game, {
      room: 'room',
      ...worldOver(net, server.clock, seeded(seed + 100)),
    })
    await server.pass(600)
    const room = await joining
    const { look, wrong } = listening(room, removed, isPart)
    const all = seed % 2 === 0
    let off = room.predict('ship', move, { all })
    let awayFor = 0
    for (let picture = 0; picture < PICTURES && wrong.length === 0; picture++) {
      server.clock.advance(PICTURE_MS)
      await settle()
      if (random() < 0.004) net.cut()
      if (random() < 0.002) net.stall(between(random, 200, 2_700))
      if (random() < 0.0015) {
        net.isDown = true
        net.cut()
        after(between(random, 1_000, 4_000), () => {
          net.isDown = false
        })
      }
      if (random() < 0.003) awayFor = between(random, 0, 200)
      if (random() < 0.003) off()
      if (random() < 0.003) off = room.predict('ship', move, { all: random() < 0.5 })
      if (awayFor-- > 0) continue
      room.input({ dx: between(random, -100, 100), fire: false })
      look()
    }
    expect(wrong).toEqual([])
    // A room that fails is made anew, and of an empty one there is little to be told.
    expect([server.stats.failedRooms, server.shared.logged]).toEqual([0, []])
    await room.leave()
  })
}
