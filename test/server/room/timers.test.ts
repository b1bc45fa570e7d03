import { describe, expect, test } from 'vitest'
import { defineRoom, type Room } from '../../../server/room/room.ts'
import { Arena, arena } from '../../support/arena.ts'
import { deferred, settle } from '../../support/clock.ts'
import { TestServer } from '../../support/server.ts'

/** A room in which `begin` sets the timers, and what happened in it and when, in milliseconds of its life. */
async function timed(begin: (room: Room<typeof arena>, note: (what: string) => void) => void, tickRate = 60) {
  const told: string[] = []
  const Timed = defineRoom(
    arena,
    (room) => ({ onCreate: () => begin(room, (what) => void told.push(`${what} ${Math.round(room.time)}`)) }),
    { tickRate },
  )
  const server = new TestServer(arena, { room: Timed, other: Arena })
  return { told, server, ada: await server.join(), other: await server.join({ room: 'other' }) }
}

describe('a timer of a room', () => {
  test('runs once, at its time, unless it is called off', async () => {
    const { told, server } = await timed((room, note) => {
      room.after(300, () => note('a'))
      const off = room.after(200, () => note('b'))
      room.after(100, off)
      room.after(0, () => note('at once'))
    })
    await server.pass(1_000)
    expect(told).toEqual(['at once 0', 'a 300'])
  })

  test('that comes again does so at even times until it is called off, also by itself', async () => {
    const { told, server } = await timed((room, note) => {
      const off = room.every(250, () => {
        note('again')
        if (room.time >= 750) off()
      })
    })
    await server.pass(2_000)
    expect(told).toEqual(['again 250', 'again 500', 'again 750'])
  })

  test('that missed its time again and again runs once for all of them', async () => {
    const { told, server } = await timed((room, note) => void room.every(100, () => note('again')))
    await server.pass(100)
    const { world } = server.shared
    const { now } = world
    // As after a standstill: the clock is on, and nothing ran.
    world.now = () => now() + 5_000
    await server.pass(300)
    expect(told.length).toBeLessThanOrEqual(4)
  })

  for (const [what, fails] of [
    [
      'throws',
      () => {
        throw new Error('oops')
      },
    ],
    ['rejects', () => Promise.reject(new Error('oops'))],
  ] as const) {
    test(`that ${what} closes its room with 4500, and no other`, async () => {
      const { server, ada, other } = await timed((room) => void room.after(500, fails))
      await server.pass(1_000)
      expect([ada.reason, other.closed]).toEqual(['ROOM_FAILED', null])
      expect(server.shared.logged).toEqual([expect.stringMatching(/failed in a timer: oops$/)])
    })
  }

  test('ends with its room, and none begins after that', async () => {
    const rooms: Room<typeof arena>[] = []
    const { told, server } = await timed((room, note) => {
      rooms.push(room)
      room.after(800, () => note('too late'))
      room.every(300, () => note('again'))
      room.after(500, () => room.close())
    })
    await server.pass(600)
    rooms[0]?.after(100, () => void told.push('never'))()
    rooms[0]?.every(100, () => void told.push('never'))
    await server.pass(1_000)
    expect(told).toEqual(['again 300'])
  })

  test('is followed by a turn in a room of turns, and so is what it promised', async () => {
    const saving = deferred()
    const { server, ada } = await timed((room) => {
      room.after(500, () => {
        room.state.room.phase = 1
      })
      room.after(900, async () => {
        await saving.promise
        room.state.room.phase = 2
      })
    }, 0)
    await server.pass(520)
    expect(ada.column('room', 'phase')).toEqual([1])
    await server.pass(500)
    saving.resolve()
    await settle()
    await server.pass(60)
    expect(ada.column('room', 'phase')).toEqual([2])
  })

  test('takes a time and a function that are some, and names what it got instead', async () => {
    const { server } = await timed((room) => {
      for (const ms of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
        expect(() => room.after(ms, () => {})).toThrow(`after takes a number of milliseconds, at least 0, got ${ms}`)
      }
      for (const [ms, got] of [
        ['1000', 'string 1000'],
        ['', 'string '],
        [null, 'object null'],
        [undefined, 'undefined undefined'],
      ] as const) {
        const complaint = (who: string) => new TypeError(`what ${who} waits must be a number, got the ${got}`)
        expect(() => room.after(ms as never, () => {})).toThrow(complaint('after'))
        expect(() => room.every(ms as never, () => {})).toThrow(complaint('every'))
      }
      expect(() => room.after(new Date(0) as never, () => {})).toThrow(
        'what after waits must be a number, got the object',
      )
      expect(() => room.every(0, () => {})).toThrow('every takes a number of milliseconds, at least 1, got 0')
      expect(() => room.every(1, 'run' as never)).toThrow('every takes a function, got run')
      room.every(1, () => {})()
    })
    expect(server.shared.logged).toEqual([])
  })

  test('ends where the making of its room failed', async () => {
    let ran = 0
    const Failing = defineRoom(arena, (room) => {
      room.every(100, () => void ran++)
      throw new Error('no map')
    })
    const server: TestServer<typeof arena> = new TestServer(arena, { room: Failing })
    for (let n = 0; n < 5; n++) expect((await server.join()).reason).toBe('ROOM_FAILED')
    await server.pass(60_000)
    expect(ran).toBe(0)
  })

  test('that has run, or was called off, is not kept until its room ends', async () => {
    let room!: Room<typeof arena>
    const { server } = await timed((made) => {
      room = made
    })
    const { world } = server.shared
    const { after } = world
    const calledOff: number[] = []
    world.after = (ms, run) => {
      const cancel = after(ms, run)
      return () => {
        calledOff.push(ms)
        cancel()
      }
    }
    room.after(11, () => {})
    room.after(12, () => {})()
    room.after(13_000, () => {})
    await server.pass(100)
    room.close()
    expect(calledOff.filter((ms) => [11, 12, 13_000].includes(ms))).toEqual([12, 13_000])
  })

  test('is waited for before onDispose, with what it promised', async () => {
    const told: string[] = []
    let room!: Room<typeof arena>
    const Saving = defineRoom(arena, (made) => ({
      onCreate() {
        room = made as never
        made.every(1_000, async () => {
          const was = 'old'
          await server.wait(300)
          told.push(`saved ${was}`)
        })
      },
      onDispose: () => void told.push('saved last'),
    }))
    const server: TestServer<typeof arena> = new TestServer(arena, { room: Saving })
    await server.join()
    await server.pass(1_100)
    room.close()
    await server.pass(5_000)
    expect(told).toEqual(['saved old', 'saved last'])
  })
})
