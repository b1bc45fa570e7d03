import { describe, expect, test } from 'vitest'
import { REPLAY_MESSAGES } from '../../../protocol/limits.ts'
import { NO_EPOCH } from '../../../protocol/messages.ts'
import type { Wire } from '../../../protocol/msgpack.ts'
import { slotOf } from '../../../protocol/snapshot.ts'
import { defineRoom } from '../../../server/room/room.ts'
import type { Session } from '../../../server/room/session.ts'
import { Arena, arena } from '../../support/arena.ts'
import { settle } from '../../support/clock.ts'
import { TestServer } from '../../support/server.ts'

const fresh = () => new TestServer(arena, { room: Arena })

describe('a player that comes back', () => {
  test('has the same seat, and gets what it missed in order and once', async () => {
    const server = fresh()
    const [ada, bob] = [await server.join({ join: ['Ada'] }), await server.join()]
    await server.pass(200)
    ada.say('talk', { message: 'one' })
    await server.pass(100)
    ada.cut()
    bob.say('talk', { message: 'two' })
    bob.say('talk', { message: 'three' })
    await server.pass(1_000)
    const back = await server.resume(ada)
    expect(back.welcome).toMatchObject({ outcome: 'resumed', reason: '', player: ada.welcome.player, received: 1 })
    expect(back.welcome.epoch).toBe(ada.welcome.epoch)
    expect(ada.heard('talk')).toEqual([{ message: 'one' }])
    expect(back.heard('talk')).toEqual([{ message: 'two' }, { message: 'three' }])
    expect(back.messages.map(({ seq }) => seq)).toEqual([2, 3])
    expect(server.stats).toMatchObject({ resumed: 1, reset: 0, sessions: 2 })
  })

  test('gets its next state as a delta from the last one that it applied', async () => {
    const server = fresh()
    const ada = await server.join()
    await server.pass(200)
    ada.cut()
    await server.pass(300)
    const { lastTick } = ada.claim()
    const back = await server.resume(ada)
    await server.pass(100)
    expect(lastTick).toBeGreaterThan(0)
    expect(back.states[0]?.baseTick).toBe(lastTick)
  })

  test('[R6] at the end of its window gets what changed meanwhile, and nothing else', async () => {
    const Field = defineRoom(arena, (room) => ({
      onCreate() {
        for (let rock = 0; rock < 1_000; rock++) room.state.rock.add({ size: rock & 255 })
      },
      onTick() {
        for (const rock of room.state.rock) if (rock.id <= 3) rock.size = room.tick & 255
      },
    }))
    const server = new TestServer(arena, { room: Field })
    const [ada, bob] = [await server.join(), await server.join()]
    await server.pass(500)
    ada.cut()
    for (let second = 0; second < 29; second++) {
      await server.pass(1_000)
      bob.ack()
    }
    const { lastTick } = ada.claim()
    const back = await server.resume(ada)
    await server.pass(60)
    expect(back.states[0]?.baseTick).toBe(lastTick)
    expect(back.stateBytes[0]).toBeLessThan(200)
    expect(bob.stateBytes[0]).toBeGreaterThan(3_000)
    expect(back.column('rock', 'size')).toEqual(bob.column('rock', 'size'))
  })

  test('[R6] to a room with views, likewise', async () => {
    const Views = defineRoom(arena, (room) => ({ onJoin: () => void room.state.rock.add({ size: 1 }) }), {
      views: { rock: { visibleTo: () => true } },
    })
    const server = new TestServer(arena, { room: Views })
    const ada = await server.join()
    await server.join() // somebody stays
    await server.pass(500)
    ada.cut()
    await server.pass(20_000)
    const { lastTick } = ada.claim()
    const back = await server.resume(ada)
    await server.pass(60)
    expect(back.states[0]?.baseTick).toBe(lastTick)
  })

  test('[R6] with a tick that was never sent to it gets everything', async () => {
    const server = fresh()
    const ada = await server.join()
    await server.pass(200)
    ada.cut()
    const back = await server.resume(ada, { lastTick: ada.state.tick - 1 })
    await server.pass(100)
    expect(back.welcome.outcome).toBe('resumed')
    expect(back.states[0]?.baseTick).toBe(0)
  })

  test('takes the seat over from a socket that is still open, which is told 4409', async () => {
    const server = fresh()
    const ada = await server.join()
    ada.say('talk', { message: 'one' })
    await settle()
    const back = await server.resume(ada)
    expect(ada.reason).toBe('SUPERSEDED')
    expect(back.welcome.outcome).toBe('resumed')
    ada.say('talk', { message: 'from the grave' })
    ada.cut()
    await server.pass(200)
    expect(back.closed).toBeNull()
    expect(back.heard('talk')).toEqual([])
    expect(server.stats.sessions).toBe(1)
  })

  test('after its window has a new seat', async () => {
    const server = fresh()
    const ada = await server.join()
    ada.cut()
    await server.pass(30_100)
    const late = await server.resume(ada)
    expect(late.welcome).toMatchObject({ outcome: 'new', reason: 'unknown token' })
    expect(late.welcome.player).not.toBe(ada.welcome.player)
  })

  test('just before the end of its window has its seat, and the window begins anew with the next loss', async () => {
    const server = fresh()
    let ada = await server.join()
    const { player } = ada.welcome
    for (let times = 0; times < 3; times++) {
      ada.cut()
      await server.pass(29_900)
      ada = await server.resume(ada)
      expect(ada.welcome).toMatchObject({ outcome: 'resumed', player })
      await server.pass(200)
      expect(ada.closed).toBeNull()
    }
  })

  test('from a page that was loaded anew has its seat with fresh streams', async () => {
    const server = fresh()
    const ada = await server.join()
    ada.say('talk', { message: 'one' })
    ada.input(1, { dx: 1, dash: false })
    await server.pass(100)
    const reloaded = await server.join({ resume: { ...ada.claim(), epoch: 0, received: 0, lastTick: 0 } })
    expect(reloaded.welcome).toMatchObject({
      outcome: 'reset',
      reason: 'reload',
      player: ada.welcome.player,
      received: 0,
    })
    expect(reloaded.welcome.epoch).not.toBe(ada.welcome.epoch)
    reloaded.say('talk', { message: 'again' })
    reloaded.input(1, { dx: 1, dash: false })
    await server.pass(100)
    expect(reloaded.heard('talk')).toEqual([{ message: 'again' }])
    expect(reloaded.column('ship', 'x')).toEqual([102])
    expect(server.stats.reset).toBe(1)
  })

  test('[R1] tells the room how many of the newest messages to it may have arrived or not', async () => {
    const told: unknown[] = []
    const Telling = defineRoom(arena, (room) => ({
      onCreate: () => void room.on('talk', (session, message) => void session.send('talk', message)),
      onResume: (_, ...how) => void told.push(how),
    }))
    const server = new TestServer(arena, { room: Telling })
    let ada = await server.join()
    for (const message of ['1', '2', '3', '4', '5']) ada.say('talk', { message })
    await settle()
    ada.ack(0, 2)
    ada.cut()
    ada = await server.resume(ada, { received: 3 })
    expect(ada.heard('talk')).toEqual([{ message: '4' }, { message: '5' }])
    ada.cut()
    await server.join({ resume: { ...ada.claim(), epoch: 0, received: 0 } })
    expect(told).toEqual([
      ['resumed', 0],
      ['reset', 2],
    ])
  })

  test('[R1] counts among those the messages to all that could not be kept for it', async () => {
    const told: unknown[] = []
    const Shouting = defineRoom(arena, (room) => ({
      onCreate() {
        room.on('talk', (_, message) => {
          for (let times = 0; times < REPLAY_MESSAGES + 3; times++) room.broadcast('talk', message)
        })
      },
      onResume: (_, ...how) => void told.push(how),
    }))
    const server = new TestServer(arena, { room: Shouting })
    const ada = await server.join()
    ada.acks = false
    ada.say('talk', { message: 'hey' })
    await settle()
    expect(ada.reason).toBe('TOO_SLOW')
    await server.resume(ada)
    expect(told).toEqual([['reset', REPLAY_MESSAGES + 3]])
  })

  test('from a page that was loaded anew is not sent what the page before did not acknowledge', async () => {
    const server = fresh()
    const ada = await server.join()
    ada.acks = false
    ada.say('talk', { message: 'one' })
    await settle()
    const reloaded = await server.join({ resume: { ...ada.claim(), epoch: 0, received: 0 } })
    expect(reloaded.messages).toEqual([])
    reloaded.say('talk', { message: 'two' })
    await settle()
    expect(reloaded.messages.map(({ seq }) => seq)).toEqual([1])
  })

  test('with a number of messages that it cannot have has fresh streams', async () => {
    const server = fresh()
    const ada = await server.join()
    const back = await server.resume(ada, { received: 5 })
    expect(back.welcome).toMatchObject({ outcome: 'reset', reason: 'gap' })
  })

  test('whose welcome got lost comes in with the token before, until the new one was used', async () => {
    const server = fresh()
    const ada = await server.join()
    await server.pass(100)
    const first = ada.claim()
    const lost = await server.join({ resume: first })
    lost.acks = false
    const second = await server.join({ resume: first })
    expect(second.welcome.outcome).toBe('resumed')
    second.ack(0, 0)
    const replayed = await server.join({ resume: first })
    expect(replayed.welcome.outcome).toBe('new')
    expect(second.closed).toBeNull()
  })
})

describe('the inputs of a player', () => {
  test('move its avatar once each, also when they are sent again after a resume', async () => {
    const server = fresh()
    const ada = await server.join()
    const right = { dx: 1, dash: false }
    ada.input(1, right, right, right)
    await server.pass(200)
    const back = await server.resume(ada)
    back.input(2, right, right, right)
    await server.pass(200)
    expect(back.column('ship', 'x')).toEqual([104])
    expect(back.states.at(-1)?.inputSeq).toBe(4)
  })

  test('[S2] of which 64 wait push out the oldest, which are counted', async () => {
    const Idle = defineRoom(arena, () => ({}))
    const server = new TestServer(arena, { room: Idle })
    const ada = await server.join()
    const inputs = Array.from({ length: 40 }, () => ({ dx: 1, dash: false }))
    ada.input(1, ...inputs)
    ada.input(41, ...inputs)
    expect(server.stats.droppedInputs).toBe(16)
  })
})

test('what a player saw counts for a rewind over a cut, and not for a page that was loaded anew', async () => {
  const seen: [how: string, back: number][] = []
  const Racing = defineRoom(arena, (room) => {
    const ship = room.state.ship.add({ x: 0 })
    return {
      onTick() {
        ship.x++
        for (const session of room.sessions) for (const _ of session.inputs());
      },
      onResume: (session, how) => void seen.push([how, ship.x - room.rewind(session, () => ship.x)]),
    }
  })
  const server = new TestServer(arena, { room: Racing })
  const ada = await server.join()
  await server.pass(1_000)
  ada.input(1, { dx: 1, dash: false })
  await server.pass(200)
  const back = await server.resume(ada)
  await server.join({ resume: { ...back.claim(), epoch: 0, received: 0, lastTick: 0 } })
  expect(seen).toEqual([
    ['resumed', 12],
    ['reset', 0],
  ])
})

describe('reliable messages of a player', () => {
  test('that come twice are heard once', async () => {
    const server = fresh()
    const ada = await server.join()
    for (const seq of [1, 1, 2, 1, 2]) ada.send({ type: 'message', seq, kind: 0, tick: 0, body: [`${seq}`] })
    await settle()
    expect(ada.heard('talk')).toEqual([{ message: '1' }, { message: '2' }])
  })

  test('after a gap close its socket with 4400', async () => {
    const ada = await fresh().join()
    ada.send({ type: 'message', seq: 2, kind: 0, tick: 0, body: ['two'] })
    expect(ada.closed?.code).toBe(4400)
  })

  test('[M5] that are volatile are heard as they come, count for nothing, and must fit as others must', async () => {
    const server = fresh()
    const ada = await server.join()
    const say = (seq: number, message: Wire) => ada.send({ type: 'message', seq, kind: 0, tick: 0, body: [message] })
    say(1, 'one')
    say(0, 'now')
    say(0, 'now')
    say(2, 'two')
    await server.pass(100)
    expect(ada.heard('talk')).toEqual([{ message: 'one' }, { message: 'now' }, { message: 'now' }, { message: 'two' }])
    expect([ada.closed, ada.states.at(-1)?.received]).toEqual([null, 2])
    say(0, 7)
    expect(ada.closed?.code).toBe(4400)
  })

  test('[M5] that are volatile are bounded as others are', async () => {
    const server = new TestServer(arena, { room: Arena }, { framesPerSecond: 60, frameBurst: 20 })
    for (const [count, code] of [
      [19, undefined],
      [20, 4429],
    ] as const) {
      const ada = await server.join()
      for (let sent = 0; sent < count; sent++) ada.send({ type: 'message', seq: 0, kind: 0, tick: 0, body: ['x'] })
      expect(ada.closed?.code).toBe(code)
    }
  })

  test('[M5] are of a tick that has been', async () => {
    let now = () => 0
    const Telling = defineRoom(arena, (room) => ({
      onCreate() {
        now = () => room.tick
        room.on('talk', (session, message) => void session.send('talk', message))
      },
    }))
    const server = new TestServer(arena, { room: Telling })
    const ada = await server.join()
    await server.pass(200)
    const tick = now()
    expect(tick).toBeGreaterThan(0)
    ada.send({ type: 'message', seq: 1, kind: 0, tick, body: ['now'] })
    await settle()
    expect([ada.closed, ada.messages.length, ada.messages[0]?.tick]).toEqual([null, 1, tick])
    ada.send({ type: 'message', seq: 2, kind: 0, tick: tick + 1, body: ['later'] })
    expect(ada.closed?.code).toBe(4400)
  })

  test('are acknowledged in the next state', async () => {
    const server = fresh()
    const ada = await server.join()
    ada.say('talk', { message: 'one' })
    await server.pass(100)
    expect(ada.states.at(-1)?.received).toBe(1)
  })
})

describe('acknowledgements that cannot be close the socket with 4400', () => {
  for (const [what, tick, received] of [
    ['a tick that was not sent', 1_000, 0],
    ['a message that was not sent', 0, 1],
  ] as const) {
    test(`[I1] ${what}`, async () => {
      const server = fresh()
      const ada = await server.join()
      await server.pass(100)
      ada.ack(tick, received)
      expect(ada.closed?.code).toBe(4400)
    })
  }

  test('[I1] and old ones do not', async () => {
    const server = fresh()
    const ada = await server.join()
    await server.pass(200)
    ada.ack(0, 0)
    expect(ada.closed).toBeNull()
  })
})

describe('a session', () => {
  /** A client, and its session as the game holds it. */
  async function held() {
    const sessions: Session<typeof arena>[] = []
    const Holding = defineRoom(arena, () => ({ onJoin: (session) => void sessions.push(session) }))
    const server = new TestServer(arena, { room: Holding })
    const ada = await server.join()
    return { server, ada, session: sessions[0] as Session<typeof arena> }
  }

  test('says "full" when 512 messages are not acknowledged, and goes on when they are', async () => {
    const { ada, session } = await held()
    ada.acks = false
    for (let count = 0; count < REPLAY_MESSAGES; count++) expect(session.send('note', { text: 'x' })).toBe('sent')
    expect(session.send('note', { text: 'x' })).toBe('full')
    await settle()
    ada.ack(0, 10)
    expect(session.send('note', { text: 'last' })).toBe('sent')
    await settle()
    expect(ada.messages.map(({ seq }) => seq)).toEqual(Array.from({ length: 513 }, (_, index) => index + 1))
  })

  test('that a broadcast finds full is closed with 4408 and comes back to fresh streams', async () => {
    const server = fresh()
    const [ada, bob] = [await server.join(), await server.join()]
    ada.cut()
    for (let count = 0; count <= REPLAY_MESSAGES; count++) {
      bob.say('talk', { message: 'x' })
      if (count % 50 === 0) await server.pass(1_000)
      else await settle()
    }
    expect(bob.closed).toBeNull()
    const back = await server.resume(ada)
    expect(back.welcome).toMatchObject({ outcome: 'reset', reason: 'overflow', player: ada.welcome.player })
    expect(back.messages).toEqual([])
    bob.say('talk', { message: 'y' })
    await settle()
    const again = await server.resume(back)
    expect(again.welcome.outcome).toBe('resumed')
    expect(back.heard('talk')).toEqual([{ message: 'y' }])
  })

  test('that was kicked is told why and does not come back', async () => {
    const left: string[] = []
    const Kicking = defineRoom(arena, (room) => ({
      onCreate: () => void room.on('ask', (session, { what }) => session.kick(what)),
      onLeave: (session, how) => void left.push(`${session.id} ${how}`),
    }))
    const server = new TestServer(arena, { room: Kicking })
    const ada = await server.join()
    ada.say('ask', { what: 'rude' })
    expect(ada.closed).toEqual({ code: 4403, reason: 'rude' })
    expect(left).toEqual(['1 kicked'])
    const again = await server.resume(ada)
    expect(again.welcome.outcome).toBe('new')
  })

  test('is kicked with a text as the reason, or with none: anything else is refused, and it plays on', async () => {
    const sessions: Session<typeof arena>[] = []
    const left: string[] = []
    const Kicking = defineRoom(arena, () => ({
      onJoin: (session) => void sessions.push(session),
      onLeave: (session, how) => void left.push(`${session.id} ${how}`),
    }))
    const server = new TestServer(arena, { room: Kicking })
    const [ada, bob] = [await server.join(), await server.join()]
    for (const [reason, got] of [
      [new Error('cheated'), 'Error: cheated'],
      [null, 'null'],
      [4403, '4403'],
    ] as const) {
      const kick = () => sessions[0]!.kick(reason as never)
      expect(kick).toThrow(new TypeError(`kick takes a text as its reason, got ${got}`))
    }
    await server.pass(100)
    expect([ada.closed, left, server.stats.sessions]).toEqual([null, [], 2])
    sessions[0]!.kick('cheated')
    sessions[1]!.kick(undefined)
    expect([ada.closed, bob.closed]).toEqual([
      { code: 4403, reason: 'cheated' },
      { code: 4403, reason: '' },
    ])
    expect([left, server.stats.connections]).toEqual([['1 kicked', '2 kicked'], 0])
  })

  test('that left does not leave again when it is kicked later, and whoever has its place in the state by then keeps it', async () => {
    const sessions: Session<typeof arena>[] = []
    const left: string[] = []
    const Telling = defineRoom(arena, () => ({
      onJoin: (session) => void sessions.push(session),
      onLeave: (session, how) => void left.push(`${session.id} ${how}`),
    }))
    const server = new TestServer(arena, { room: Telling })
    // A place rests until 64 others are free.
    for (let count = 0; count < 65; count++) await server.join().then((one) => one.send({ type: 'leave' }))
    const next = await server.join()
    expect(slotOf(next.welcome.player)).toBe(slotOf(sessions[0]!.id))
    sessions[0]!.kick()
    await server.pass(200)
    expect([left.length, left[0]]).toEqual([65, '1 left'])
    expect([next.closed, next.column('player', 'name').length]).toEqual([null, 1])
  })

  test('without an avatar says so when it is read, and when it is asked', async () => {
    const told: unknown[] = []
    const Bodiless = defineRoom(arena, (room) => ({
      onJoin(session) {
        expect(() => session.avatar).toThrow(`session ${session.id} has no avatar: set it in onJoin`)
        told.push(session.hasAvatar)
        session.avatar = room.state.ship.add()
        told.push(session.hasAvatar)
      },
    }))
    await new TestServer(arena, { room: Bodiless }).join()
    expect(told).toEqual([false, true])
  })

  test('tells how far its client has come', async () => {
    const { server, ada, session } = await held()
    ada.acks = false
    session.send('note', { text: 'x' })
    await server.pass(1_000)
    expect(session.stats).toMatchObject({
      framesInFlight: 6,
      window: 6,
      sendRate: 20,
      messagesWaiting: 1,
      inputsWaiting: 0,
    })
    expect(session.stats.skippedFrames).toBeGreaterThan(5)
    expect(session.connected).toBe(true)
    ada.cut()
    expect(session.connected).toBe(false)
  })

  test('tells what goes in and out, and that nothing does while its client is away', async () => {
    const { server, ada, session } = await held()
    await server.pass(1_000)
    expect(session.stats.inPerSecond).toBeGreaterThan(0)
    expect(session.stats.outPerSecond).toBeGreaterThan(0)
    ada.bufferedAmount = 100
    expect(session.stats.queuedBytes).toBe(100)
    ada.cut()
    expect(session.stats).toMatchObject({ inPerSecond: 0, outPerSecond: 0, queuedBytes: 0 })
  })
})

test('[M8] a page that says that it is hidden, or seen, is sent no whole state for that', async () => {
  const server = new TestServer(arena, { room: Arena })
  const ada = await server.join()
  await server.pass(500)
  const before = ada.states.length
  for (const isHidden of [true, false]) ada.send({ type: 'watch', isHidden })
  await server.pass(500)
  expect(ada.states.length).toBeGreaterThan(before)
  expect(ada.states.slice(before).filter(({ baseTick }) => baseTick === 0)).toEqual([])
  expect([server.stats.keyframes, server.shared.logged]).toEqual([0, []])
})

test('[M6] a player that predicts a kind is told the exact values of its own, and after a new page no more', async () => {
  const Drifting = defineRoom(
    arena,
    (room) => ({
      onJoin(session) {
        session.avatar = room.state.ship.add({ x: 0.01, owner: session })
      },
      onTick(dt) {
        for (const session of room.sessions) session.avatar.x += dt / 100
      },
    }),
    { avatar: 'ship' },
  )
  const server = new TestServer(arena, { room: Drifting })
  const ada = await server.join()
  await server.pass(200)
  expect(ada.exact.size).toBe(0)
  const ship = arena.kinds.findIndex(({ kind }) => kind === 'ship')
  ada.send({ type: 'predict', kinds: [ship] })
  await server.pass(100)
  const [values] = ada.exact.values()
  expect(ada.exact.size).toBe(1)
  expect(values?.[1]).toBeGreaterThan(0.01)
  expect(values?.[1]).toBeLessThan(0.1)
  const reloaded = await server.join({ resume: { ...ada.claim(), epoch: 0, received: 0, lastTick: 0 } })
  await server.pass(200)
  expect(reloaded.states.length).toBeGreaterThan(2)
  expect(reloaded.exact.size).toBe(0)
  reloaded.send({ type: 'predict', kinds: [99] })
  expect(reloaded.closed).toEqual({ code: 4400, reason: 'there is no kind 99' })
})

test('streams never have the number that stands for none, whatever chance says', async () => {
  for (const byte of [0, 1]) {
    const server = new TestServer(arena, { room: Arena })
    server.shared.world.randomBytes = (count) => new Uint8Array(count).fill(byte)
    expect((await server.join()).welcome.epoch).toBe(byte === 0 ? NO_EPOCH + 1 : 0x01010101)
  }
})
