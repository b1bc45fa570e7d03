import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { CLOSE } from '../../../protocol/errors.ts'
import { checkOptions } from '../../../server/options.ts'
import { defineRoom, Room } from '../../../server/room/room.ts'
import type { Schema, Validators } from '../../../server/room/validate.ts'
import { Arena, arena } from '../../support/arena.ts'
import { settle } from '../../support/clock.ts'
import { TestServer } from '../../support/server.ts'

const Name = v.object({ name: v.pipe(v.string(), v.trim(), v.minLength(2, 'two letters at least')) })
const Talk = v.object({ message: v.pipe(v.string(), v.regex(/^[a-z ]*$/, 'small letters only'), v.toUpperCase()) })
const Step = v.object({ dx: v.pipe(v.number(), v.maxValue(1, 'one step at a time')), dash: v.boolean() })

/** A schema of one's own. */
function schema<T>(validate: Schema<T>['~standard']['validate']): Schema<T> {
  return { '~standard': { validate } }
}

/** A room that keeps what reaches its code. */
function keeping(validate: Validators<typeof arena>) {
  const got: unknown[] = []
  const Keeping = defineRoom(
    arena,
    (room) => ({
      onCreate: () => void room.on('talk', (_, { message }) => got.push(message)),
      onJoin: (_, { name }) => void got.push(name),
      onTick() {
        for (const session of room.sessions) for (const { dx } of session.inputs()) got.push(dx)
      },
    }),
    { validate },
  )
  return { server: new TestServer(arena, { room: Keeping }), got }
}

describe('what passes reaches the room as the validator returns it', () => {
  test('a join has the name that came back', async () => {
    const { server, got } = keeping({ join: Name })
    await server.join({ join: [' Ada '] })
    expect(got).toEqual(['Ada'])
  })

  test('a message is heard as it came back, and one without a validator closes nobody', async () => {
    const { server, got } = keeping({ toServer: { talk: Talk } })
    const ada = await server.join({ join: ['Ada'] })
    ada.say('talk', { message: 'hi' })
    ada.say('ask', { what: 'UNCHECKED' })
    await settle()
    expect(got).toEqual(['Ada', 'HI'])
    expect(ada.closed).toBeNull()
  })

  test('inputs are given as they came back, each of a frame', async () => {
    const { server, got } = keeping({ input: schema(() => ({ value: { dx: -1, dash: false } })) })
    const ada = await server.join({ join: ['Ada'] })
    ada.input(1, { dx: 1, dash: false }, { dx: 5, dash: true })
    await server.pass(100)
    expect(got).toEqual(['Ada', -1, -1])
  })
})

describe("what does not pass costs what a malformed frame costs, and tells the issue's message", () => {
  test('a join, which gets no seat and makes no room', async () => {
    const { server, got } = keeping({ join: Name })
    const ada = await server.join({ join: [' A '] })
    expect(ada.closed).toEqual({ code: CLOSE.BAD_MESSAGE, reason: 'join: two letters at least' })
    expect(server.host.rooms).toEqual([])
    expect(got).toEqual([])
    expect(server.stats.closed.BAD_MESSAGE).toBe(1)
  })

  test('joins of one address, but bars it for none of them', async () => {
    const { server } = keeping({ join: Name })
    for (let count = 0; count < 6; count++) await server.join({ join: ['A'] })
    expect((await server.join({ join: ['Ada'] })).closed).toBeNull()
  })

  test('a message, and only its sender pays', async () => {
    const { server, got } = keeping({ toServer: { talk: Talk } })
    const [ada, bob] = [await server.join({ join: ['Ada'] }), await server.join({ join: ['Bob'] })]
    ada.say('talk', { message: 'LOUD' })
    bob.say('talk', { message: 'quiet' })
    await settle()
    expect(ada.closed).toEqual({ code: CLOSE.BAD_MESSAGE, reason: 'talk: small letters only' })
    expect(bob.closed).toBeNull()
    expect(got).toEqual(['Ada', 'Bob', 'QUIET'])
    expect(server.stats.closed.BAD_MESSAGE).toBe(1)
  })

  test('an input, and none of its frame is taken', async () => {
    const { server, got } = keeping({ input: Step })
    const [ada, bob] = [await server.join({ join: ['Ada'] }), await server.join({ join: ['Bob'] })]
    ada.input(1, { dx: 1, dash: false }, { dx: 2, dash: false })
    bob.input(1, { dx: 1, dash: true })
    await server.pass(100)
    expect(ada.closed).toEqual({ code: CLOSE.BAD_MESSAGE, reason: 'input: one step at a time' })
    expect(bob.closed).toBeNull()
    expect(got).toEqual(['Ada', 'Bob', 1])
  })

  test('also without any word of the validator', async () => {
    const { server } = keeping({ join: schema(() => ({ issues: [] })) })
    expect((await server.join()).closed?.reason).toBe('join: does not pass')
  })
})

describe('a validator of inputs is asked', () => {
  /** A client whose inputs are counted as the validator is asked about them. */
  async function counting() {
    const asked: number[] = []
    const { server, got } = keeping({
      input: schema((value) => {
        asked.push((value as { dx: number }).dx)
        return { value: value as { dx: number; dash: boolean } }
      }),
    })
    return { server, got, asked, ada: await server.join({ join: ['Ada'] }) }
  }
  const rows = (...all: number[]) => all.map((dx) => ({ dx, dash: false }))

  test('once about each, also where some came before', async () => {
    const { server, got, asked, ada } = await counting()
    ada.input(1, ...rows(1, 2, 3))
    ada.input(1, ...rows(1, 2, 3))
    ada.input(2, ...rows(2, 3, 4, 5))
    await server.pass(200)
    expect(asked).toEqual([1, 2, 3, 4, 5])
    expect(got).toEqual(['Ada', 1, 2, 3, 4, 5])
    expect(server.stats.droppedInputs).toBe(0)
  })

  for (const { what, frames } of [
    { what: 'about all that six seconds and a stalled path deliver at once', frames: 6 },
    { what: 'about no more than can be taken of a flood, and the others count as dropped', frames: 60 },
  ]) {
    test(what, async () => {
      const { server, asked, ada } = await counting()
      const most = 64 + 6 * 60
      for (let frame = 0; frame < frames; frame++) ada.input(1 + frame * 64, ...rows(...Array(64).fill(frame)))
      expect(ada.closed).toBeNull()
      expect(asked.length).toBe(Math.min(frames * 64, most))
      expect(server.stats.droppedInputs).toBe(frames * 64 - 64)
      for (let second = 0; second < 10; second++) {
        await server.pass(1_000)
        ada.ack()
      }
      ada.input(1 + frames * 64, ...rows(99))
      expect(asked.at(-1)).toBe(99)
    })
  }
})

test('a validator that returns a promise is refused at its first use, and what the promise does is nobody’s concern', async () => {
  const { server, got } = keeping({
    toServer: { talk: v.objectAsync({ message: v.string() }), ask: schema(() => Promise.reject(new Error('late'))) },
  })
  for (const [name, message] of [
    ['talk', { message: 'hi' }],
    ['ask', { what: 'now' }],
  ] as const) {
    const ada = await server.join({ join: ['Ada'] })
    ada.say(name, message)
    await settle()
    expect(ada.closed?.code).toBe(CLOSE.ROOM_FAILED)
    expect(server.shared.logged.at(-1)).toContain(
      `the validator of ${name} must return { value } or { issues }, got [object Promise]`,
    )
  }
  expect(got).toEqual(['Ada', 'Ada'])
})

test('a validator that returns no verdict is named, and its sender pays; one whose value is undefined has passed it', async () => {
  for (const [verdict, came] of [
    [true, 'true'],
    [undefined, 'undefined'],
    [null, 'null'],
    [{ message: 'hi' }, '[object Object]'],
  ] as const) {
    const { server, got } = keeping({ toServer: { talk: schema(() => verdict as never) } })
    const ada = await server.join({ join: ['Ada'] })
    ada.say('talk', { message: 'hi' })
    await settle()
    expect([ada.reason, got]).toEqual(['ROOM_FAILED', ['Ada']])
    const complaint = `the validator of talk must return { value } or { issues }, got ${came}`
    expect(server.shared.logged).toEqual([expect.stringContaining(complaint)])
  }
  const { server, got } = keeping({ toServer: { ask: schema(() => ({ value: undefined as never })) } })
  const ada = await server.join({ join: ['Ada'] })
  ada.say('ask', { what: 'hi' })
  expect([ada.closed, got]).toEqual([null, ['Ada']])
})

test('a validator that throws costs the sender its socket and is logged; the room goes on', async () => {
  const fail = () => {
    throw new Error('no dictionary')
  }
  const { server } = keeping({ toServer: { talk: schema(fail) } })
  const ada = await server.join({ join: ['Ada'] })
  ada.say('talk', { message: 'hi' })
  await settle()
  expect(ada.closed?.code).toBe(CLOSE.ROOM_FAILED)
  expect(server.shared.logged.join()).toContain('no dictionary')
  expect(server.host.rooms).toHaveLength(1)
})

describe('a validator that holds up the process', () => {
  /** What is logged of a room with a validator of each kind, of which the one of `what` takes so long, and of its rooms. */
  async function held(what: string, ms: number) {
    let late = 0
    const passing = <T>(place: string) =>
      schema<T>((value) => {
        if (place === what) late += ms
        return { value: value as T }
      })
    const { server } = keeping({ join: passing('join'), input: passing('input'), toServer: { talk: passing('talk') } })
    server.shared.world.now = () => server.clock.now() + late
    const ada = await server.join({ join: ['Ada'] })
    ada.say('talk', { message: 'hi' })
    if (!ada.closed) ada.input(1, { dx: 1, dash: false })
    const { stats, logged } = server.shared
    return { reason: ada.reason, slow: stats.slowHooks, logged }
  }

  for (const what of ['join', 'talk', 'input']) {
    test(`of ${what} is named above 250 ms, and not before`, async () => {
      expect(await held(what, 250)).toEqual({ reason: undefined, slow: 0, logged: [] })
      const line = expect.stringMatching(new RegExp(`the validator of ${what} held up the server for 251 ms$`))
      expect(await held(what, 251)).toEqual({ reason: undefined, slow: 1, logged: [line] })
    })
  }

  for (const { what, reason } of [
    { what: 'talk', reason: 'ROOM_FAILED' },
    { what: 'input', reason: 'ROOM_FAILED' },
    // There is no room yet.
    { what: 'join', reason: undefined },
  ]) {
    test(`of ${what} for more than a second has its room closed, if there is one`, async () => {
      const found = await held(what, 1_001)
      expect([found.reason, found.slow]).toEqual([reason, 1])
      expect(found.logged).toEqual([expect.stringMatching(/the validator of .* held up the server for 1001 ms$/)])
    })
  }
})

test('what is validated is checked against the game before the server starts', () => {
  const options = (validate: object) => {
    const room = class extends Arena {
      static override readonly validate = validate
    }
    return { game: arena, rooms: { room } } as unknown as Parameters<typeof checkOptions>[0]
  }
  expect(() => checkOptions(options({ join: Name, input: Step, toServer: { talk: Talk } }))).not.toThrow()
  expect(() => checkOptions(options({ talk: Talk }))).toThrow('rooms.room.validate has no talk')
  expect(() => checkOptions(options({ toServer: { nope: Talk } }))).toThrow(
    'the game has no message nope to the server',
  )
  expect(() => checkOptions(options({ input: () => true }))).toThrow(
    'rooms.room.validate.input must be a Standard Schema',
  )
})

test('schemas are typed by the game definition', () => {
  const talk: Validators<typeof arena> = { toServer: { talk: Talk }, join: Name, input: Step }
  // @ts-expect-error the game has no such message
  const unknown: Validators<typeof arena> = { toServer: { nope: Talk } }
  // @ts-expect-error what passes would be no talk
  const other: Validators<typeof arena> = { toServer: { talk: v.object({ message: v.number() }) } }
  class Spelled extends Room<typeof arena> {
    static override readonly validate: Validators<typeof arena> = talk
  }
  expect([unknown, other, Spelled.validate === talk]).toHaveLength(3)
})
