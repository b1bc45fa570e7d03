import { beforeEach, describe, expect, test } from 'vitest'
import { columnDigests } from '../../protocol/column-digests.ts'
import { defineGame, text, u8 } from '../../protocol/index.ts'
import { SNAPSHOT_RING, SUBPROTOCOL, TO_SERVER } from '../../protocol/limits.ts'
import type { Welcome } from '../../protocol/messages.ts'
import { pack } from '../../protocol/plain.ts'
import { Listeners } from '../../sdk/listeners.ts'
import { type Guest, PARTING_MS, type Reset, Session } from '../../sdk/session.ts'
import type { World } from '../../sdk/world.ts'
import { arena } from '../support/arena.ts'
import { Script } from '../support/script.ts'

const EPOCH = 0x89abcdef
const terms = {
  url: 'ws://arena.test/ws',
  room: 'arena',
  id: 'lobby',
  join: () => ['Ada'],
  options: null,
  quality: 'balanced' as const,
  auth: () => '',
}
let server: Script
let session: Session
let welcomes: Welcome[]
let resets: Reset[]
let told: Listeners<Reset>
let applied: number[]
let heard: unknown[]

function guest(): Guest {
  told = new Listeners<Reset>()
  told.add((reset) => void resets.push(reset))
  return {
    prediction: { learn() {}, reconcile() {} },
    clock: { arrived: (tick) => void applied.push(tick) },
    resets: told,
    welcomed: (welcome) => void welcomes.push(welcome),
    heard: (_, { message }) => void heard.push(message),
    tick() {},
  }
}

function start(answer: Partial<Welcome> | null = {}, world: Partial<World> = {}): void {
  server = new Script(arena)
  server.answer = answer
  welcomes = []
  resets = []
  applied = []
  heard = []
  session = new Session(arena, terms, server.world(world), guest())
  server.clock.advance(100)
}

beforeEach(() => start())

/** A tab's storage, with what is left for a seat in it. */
function storageOf(token: string) {
  return {
    token,
    getItem() {
      return this.token
    },
    setItem(_: string, value: string) {
      this.token = value
    },
    removeItem() {
      this.token = ''
    },
  }
}

/** The socket is lost, and the next one is open. */
function cut(): void {
  server.net.cut()
  server.clock.advance(200)
}

function say(): 'sent' | 'queued' | 'full' {
  return session.mail.send({ kind: 0, body: ['hi'] })
}

describe('the first words', () => {
  test('are a hello of this protocol that brings what is needed, and no claim', () => {
    expect(server.net.link.protocols).toEqual([SUBPROTOCOL])
    expect(server.hellos).toEqual([
      { type: 'hello', hash: arena.hash, room: 'arena', id: 'lobby', join: ['Ada'], options: null },
    ])
  })

  test('it is open only after the welcome', () => {
    start(null)
    expect([session.connection.state.name, session.isOpen]).toEqual(['connecting', false])
    server.welcome()
    expect([session.connection.state.name, session.isOpen]).toEqual(['open', true])
    expect(welcomes).toHaveLength(1)
  })
})

describe('coming back', () => {
  test('claims the seat by the newest token, and tells how far it got', () => {
    server.state(3)
    server.message(1, 'note', { text: 'a' })
    server.answer = { outcome: 'resumed', token: 'token2' }
    cut()
    expect(server.hellos.at(-1)?.resume).toEqual({ token: 'token', epoch: EPOCH, received: 1, lastTick: 3 })
    cut()
    expect(server.hellos.at(-1)?.resume).toMatchObject({ token: 'token2' })
    expect(resets).toEqual([])
  })

  test('as resumed sends again what was not received, and takes deltas from what it has', () => {
    server.state(3)
    say()
    say()
    server.clock.advance(20)
    server.answer = { outcome: 'resumed', received: 1 }
    cut()
    expect(
      server.messages.filter(({ type }) => type === 'message').map((message) => 'seq' in message && message.seq),
    ).toEqual([1, 2, 2])
    server.state(6, undefined, { baseTick: 3, received: 2 })
    expect(applied).toEqual([3, 6])
  })

  for (const outcome of ['new', 'reset'] as const) {
    test(`as ${outcome} tells how many messages may be lost, and starts all streams again`, () => {
      server.state(30)
      say()
      say()
      server.state(33, undefined, { baseTick: 30, received: 1 })
      server.answer = { outcome, reason: 'restart', epoch: 0x76543210, player: 5 }
      cut()
      expect(resets).toEqual([{ outcome, reason: 'restart', lost: 1 }])
      server.message(1, 'note', { text: 'again' })
      server.state(3)
      expect(applied).toEqual([30, 33, 3])
      expect(heard).toEqual([{ text: 'again' }])
      expect(say()).toBe('sent')
    })
  }

  test('as new is told first: what is sent as the connection opens is not among what was lost', () => {
    server.state(30)
    say()
    const states: string[] = []
    told.add(() => void states.push('reset'))
    session.connection.onState(({ name }) => {
      states.push(name)
      if (name === 'open') session.post({ kind: 0, body: ['first'] })
    })
    server.answer = { outcome: 'new', reason: 'restart', epoch: 0x76543210 }
    cut()
    expect(states.slice(-2)).toEqual(['reset', 'open'])
    expect(resets).toEqual([{ outcome: 'new', reason: 'restart', lost: 1 }])
    expect(session.mail.sent).toBe(1)
  })

  test('as new to a listener that leaves is at an end', () => {
    server.state(30)
    told.add(() => session.leave())
    server.answer = { outcome: 'new', reason: 'restart', epoch: 0x76543210 }
    cut()
    server.clock.advance(10_000)
    expect(session.connection.state).toMatchObject({ name: 'closed', reason: 'LEFT' })
    expect([server.net.links.length, server.clock.waiting]).toEqual([2, 0])
  })

  test('as resumed in another epoch is refused', () => {
    server.answer = { outcome: 'resumed', epoch: 0x76543210 }
    cut()
    expect(server.net.links[1]?.closedWith?.code).toBe(4400)
  })
})

describe('acknowledgements', () => {
  test('[I1] leave from the message event when nothing else left lately, and not more often than each 50 ms', () => {
    server.state(3)
    server.clock.advance(10)
    expect(server.acks.at(-1)).toEqual({ ackTick: 3, received: 0 })
    const before = server.acks.length
    server.state(6)
    server.message(1, 'note', { text: 'a' })
    server.clock.advance(100)
    expect(server.acks.slice(before)).toEqual([{ ackTick: 6, received: 1 }])
  })

  test('[I1] of a reliable message leave by themselves where no state comes, as in a room of turns', () => {
    start({ tickRate: 0 })
    // A frame of its own has just said as much.
    server.clock.advance(300)
    const before = server.acks.length
    server.message(1, 'note', { text: 'a' })
    server.clock.advance(60)
    expect(server.acks.slice(before)).toEqual([{ ackTick: 0, received: 1 }])
  })

  test('ride on inputs, and then do not leave by themselves', () => {
    server.state(3)
    server.clock.advance(10)
    const before = server.acks.length
    server.state(6)
    session.inputs.take(server.clock.now(), 2.5)
    session.sendInputs()
    server.clock.advance(200)
    expect(server.inputs.at(-1)).toMatchObject({ ackTick: 6, received: 0, behind: 28, firstSeq: 1 })
    expect(server.acks).toHaveLength(before)
  })

  test('[I1] that an input frame took along are called off with it: the next one is due 50 ms after that frame', () => {
    const sentAt: number[] = []
    const { send } = session
    session.send = (bytes) => {
      sentAt.push(server.clock.now())
      send.call(session, bytes)
    }
    server.state(3)
    server.state(6)
    server.clock.advance(20)
    session.inputs.take(server.clock.now())
    session.sendInputs()
    server.state(9)
    server.clock.advance(200)
    expect(sentAt.map((at) => at - sentAt[0]!)).toEqual([0, 30, 80])
  })

  test('leave with each state on a page whose timers run once in a minute', () => {
    const after = (_: number, run: () => void) => server.clock.after(60_000, run)
    start({}, { after })
    // The second comes too soon after the first: what it waits for is a timer.
    server.state(1)
    server.state(2)
    for (let tick = 3; tick < 100; tick++) {
      server.clock.advance(90)
      server.state(tick)
    }
    server.clock.advance(90)
    const ticks = [1, ...Array.from({ length: 97 }, (_, index) => 3 + index)]
    expect(server.acks.map(({ ackTick }) => ackTick)).toEqual(ticks)
  })

  test('leave at least each two seconds, so that the server knows we are there', () => {
    start({ tickRate: 0 })
    const before = server.acks.length
    for (let second = 0; second < 10; second++) {
      server.clock.advance(990)
      server.raw(pack([6, 0]))
    }
    expect(server.acks.length - before).toBeGreaterThanOrEqual(6)
  })
})

describe('inputs', () => {
  test('that waited over a cut leave after the welcome, and not before', () => {
    start({ tickRate: 0 })
    session.inputs.take(server.clock.now())
    server.answer = null
    cut()
    server.clock.advance(500)
    expect([server.hellos.length, server.inputs.length]).toEqual([2, 0])
    server.welcome({ outcome: 'resumed', tickRate: 0 })
    server.clock.advance(500)
    expect(server.inputs.flatMap(({ inputs }) => inputs)).toHaveLength(1)
  })

  test('and messages leave at once on a line that stalls: it may come back by itself', () => {
    server.clock.advance(1_500)
    expect([session.connection.state.name, session.isOpen]).toEqual(['stalled', true])
    expect(say()).toBe('sent')
    session.inputs.take(server.clock.now())
    session.sendInputs()
    server.clock.advance(server.net.latencyMs)
    expect([server.messages.at(-1)?.type, server.inputs.length]).toEqual(['message', 1])
  })

  test('that waited leave in as many frames as a server takes them in, in order', () => {
    const game = defineGame({ input: { draft: text(4_000) } })
    server = new Script(game)
    server.answer = { tickRate: 0 }
    session = new Session(game, terms, server.world(), guest())
    const sizes: number[] = []
    const { send } = session
    session.send = (bytes) => {
      sizes.push(bytes.length)
      send.call(session, bytes)
    }
    server.clock.advance(100)
    for (let count = 0; count < 40; count++) {
      session.inputs.want({ draft: `${count}${'x'.repeat(3_000)}` })
      session.inputs.take(server.clock.now())
    }
    server.clock.advance(5_000)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(TO_SERVER.bytes)
    const seqs = server.inputs.flatMap(({ firstSeq, inputs }) => inputs.map((_, index) => firstSeq + index))
    expect(seqs).toEqual(Array.from({ length: 40 }, (_, index) => index + 1))
    // And not one by one.
    expect(server.inputs.length).toBeLessThan(12)
  })
})

describe('a state that says its hash', () => {
  const asked = () => server.messages.filter(({ type }) => type === 'keyframe')

  test('[S13] is asked for as a whole when this end holds another one, with what it holds, and is taken in', () => {
    server.state(3)
    server.state(6, undefined, { baseTick: 3, hash: server.hash })
    expect(asked()).toEqual([])
    server.state(9, undefined, { baseTick: 6, hash: server.hash ^ 1 })
    server.clock.advance(100)
    expect(asked()).toEqual([{ type: 'keyframe', tick: 9, digests: columnDigests(arena, session.ring.newest) }])
    server.state(12, undefined, { hash: server.hash })
    server.clock.advance(100)
    expect([asked().length, session.keyframes, session.ring.newest.tick]).toEqual([1, 1, 12])
  })

  test('[M9] and has more than 255 columns is asked for with the digests of the first 255', () => {
    const wide = defineGame({
      room: Object.fromEntries(Array.from({ length: 256 }, (_, index) => [`f${index}`, u8()])),
    })
    server = new Script(wide)
    session = new Session(wide, terms, server.world(), guest())
    server.clock.advance(100)
    server.state(3, undefined, { hash: server.hash ^ 1 })
    server.clock.advance(100)
    const digests = columnDigests(wide, session.ring.newest)
    expect(digests.length).toBeGreaterThan(255)
    expect(asked()).toEqual([{ type: 'keyframe', tick: 3, digests: digests.slice(0, 255) }])
  })
})

describe('a server that breaks the protocol', () => {
  const wrongs: [string, () => void][] = [
    ['sends a text frame', () => server.net.link.onmessage?.({ data: 'hello' })],
    ['sends an empty frame', () => server.raw(new Uint8Array())],
    ['sends what is no message', () => server.raw(pack(['what', 1]))],
    ['sends a frame of the client', () => server.raw(Uint8Array.of(0xd5, 3, 0, 0))],
    ['welcomes twice', () => server.welcome()],
    ['sends a message of no kind', () => server.say({ type: 'message', seq: 1, kind: 9, tick: 0, body: [] })],
    ['sends a message that does not fit', () => server.say({ type: 'message', seq: 1, kind: 1, tick: 0, body: [7] })],
    ['answers what was never asked', () => server.say({ type: 'message', seq: 1, kind: 255, tick: 0, body: [1, []] })],
    ['leaves a message out', () => server.message(2, 'note', { text: '' })],
    ['builds on a state that is not there', () => server.state(9, undefined, { baseTick: 6 })],
    ['goes back in time', () => [9, 6].forEach((tick) => void server.state(tick))],
    // It says nothing, and one byte more.
    ['goes on behind the end of a state', () => server.raw(Uint8Array.of(0xc7, 7, 1, 9, 0, 0, 0, 0, 0, 0))],
    ['stands still in time', () => [9, 9].forEach((tick) => void server.state(tick))],
    ['acknowledges what was never sent', () => server.state(9, undefined, { received: 1 })],
    ['contains an input that was never made', () => server.state(9, undefined, { inputSeq: 1 })],
  ]
  for (const [what, doWrong] of wrongs) {
    test(`and ${what} is left with 4400, and the seat alone is claimed again`, () => {
      doWrong()
      expect(server.net.links[0]?.closedWith?.code).toBe(4400)
      expect(server.net.links[0]?.closedWith?.reason).not.toBe('')
      server.answer = { outcome: 'reset', reason: 'epoch' }
      server.clock.advance(300)
      expect(server.hellos.at(-1)?.resume).toMatchObject({ token: 'token', epoch: 0, lastTick: 0 })
      expect(session.connection.state.name).toBe('open')
      expect(resets).toHaveLength(1)
    })
  }

  test('again and again is given up, and of a state that was not read to its end nothing is left', () => {
    for (let fault = 0; fault < 3; fault++) {
      server.state(3)
      expect(session.ring.newest.tick).toBe(3)
      server.state(9, undefined, { received: 1 })
      expect(session.ring.newest.tick).toBe(0)
      server.clock.advance(1000)
    }
    expect(session.connection.state).toMatchObject({ name: 'closed', reason: 'BAD_MESSAGE', code: 4400 })
    expect(server.net.links).toHaveLength(3)
  })

  test('now and then over days is not', () => {
    for (let day = 0; day < 5; day++) {
      server.raw(new Uint8Array())
      server.clock.advance(61_000)
    }
    expect(session.connection.state.name).not.toBe('closed')
  })

  test('before the welcome is found out as well', () => {
    start(null)
    server.state(3)
    expect(server.net.links[0]?.closedWith?.code).toBe(4400)
    expect(applied).toEqual([])
  })

  test('and builds on the state in whose place the new one is read is found out; on the one after it is not', () => {
    for (let tick = 1; tick <= SNAPSHOT_RING; tick++) server.state(tick)
    server.state(SNAPSHOT_RING + 1, undefined, { baseTick: 2 })
    expect([session.tick, server.net.links[0]?.closedWith]).toEqual([SNAPSHOT_RING + 1, null])
    server.state(SNAPSHOT_RING + 2, undefined, { baseTick: 2 })
    expect(server.net.links[0]?.closedWith?.code).toBe(4400)
    expect(applied.at(-1)).toBe(SNAPSHOT_RING + 1)
  })
})

test('an error in the game is not taken for one of the server', () => {
  session = new Session(arena, terms, server.world(), {
    ...guest(),
    heard: () => {
      throw new Error('the game')
    },
  })
  server.clock.advance(100)
  expect(() => server.message(1, 'note', { text: 'a' })).toThrow('the game')
  expect(session.connection.state.name).toBe('open')
  server.state(3)
  expect(session.mail.received).toBe(1)
})

test('a state is taken in as a whole before anyone hears that no message waits any more', () => {
  const order: string[] = []
  const prediction = { learn() {}, reconcile: () => void order.push('taken in') }
  session = new Session(arena, terms, server.world(), { ...guest(), prediction })
  server.clock.advance(100)
  session.mail.drained.add(() => order.push('drained'))
  expect(say()).toBe('sent')
  server.clock.advance(50)
  server.state(3, undefined, { received: 1 })
  expect(order).toEqual(['taken in', 'drained'])
})

test('[M7] leaving says so, closes with 1000, and nothing goes on afterwards', () => {
  session.leave()
  server.clock.advance(10_000)
  expect(server.messages.at(-1)).toEqual({ type: 'leave' })
  expect(server.net.link.closedWith?.code).toBe(1000)
  expect(server.net.links).toHaveLength(1)
  expect(server.clock.waiting).toBe(0)
})

test('leaving before the welcome says so, too: a seat may have been taken by then, of which nobody has the token', () => {
  start(null)
  session.leave()
  server.clock.advance(100)
  expect(server.messages.map(({ type }) => type)).toEqual(['hello', 'leave'])
  start()
  server.answer = null
  cut()
  session.leave()
  server.clock.advance(100)
  expect(server.messages.map(({ type }) => type)).toEqual(['hello', 'hello', 'leave'])
})

test('leaving before the welcome keeps the seat of the page before, and the token for the next one', () => {
  const storage = storageOf('before')
  start(null, { storage })
  expect([storage.token, server.hellos[0]?.resume?.token]).toEqual(['', 'before'])
  session.leave()
  server.clock.advance(100)
  expect([storage.token, server.messages.length]).toEqual(['before', 1])
})

test('leaving while it dials again closes for good, and says nothing on a socket that is not open', () => {
  server.net.latencyMs = 500
  server.net.cut()
  while (server.net.links.length === 1) server.clock.advance(10)
  const { length } = server.messages
  session.leave()
  server.clock.advance(10_000)
  expect(session.connection.state).toMatchObject({ name: 'closed', reason: 'LEFT' })
  expect([server.messages.length, server.net.links.length]).toEqual([length, 2])
})

describe('a page that goes', () => {
  const page = Object.assign(new EventTarget(), { document: Object.assign(new EventTarget(), { visibilityState: '' }) })
  const tell = (event: string) => void page.dispatchEvent(new Event(event))
  const storage = storageOf('')
  beforeEach(() => {
    storage.token = ''
    start({}, { page, storage })
  })

  test('leaves its token before it does, for what comes after it, and takes it back when it is there again', () => {
    tell('beforeunload')
    expect(storage.token).toBe('token')
    tell('pagehide')
    expect(storage.token).toBe('token')
    tell('pageshow')
    expect(storage.token).toBe('')
  })

  test('and stays after all, as for a download, takes its token back soon', () => {
    tell('beforeunload')
    server.clock.advance(PARTING_MS - 1)
    expect(storage.token).toBe('token')
    server.clock.advance(1)
    expect(storage.token).toBe('')
    tell('pagehide')
    expect(storage.token).toBe('token')
  })
})

describe('a page that nobody looks at', () => {
  const watched = () => server.messages.filter(({ type }) => type === 'watch')

  test('[M8] says so, and when someone does again', () => {
    session.watch(true)
    session.watch(false)
    server.clock.advance(100)
    expect(watched()).toEqual([
      { type: 'watch', isHidden: true },
      { type: 'watch', isHidden: false },
    ])
  })

  test('before the welcome says so after it', () => {
    const document = Object.assign(new EventTarget(), { visibilityState: 'visible' })
    start(null, { page: Object.assign(new EventTarget(), { document }) })
    document.visibilityState = 'hidden'
    document.dispatchEvent(new Event('visibilitychange'))
    server.clock.advance(100)
    expect(watched()).toEqual([])
    server.welcome()
    server.clock.advance(100)
    expect(watched()).toEqual([{ type: 'watch', isHidden: true }])
  })

  test('says so from the start, again on the next socket, and one that is looked at does not', () => {
    const document = Object.assign(new EventTarget(), { visibilityState: 'hidden' })
    const page = Object.assign(new EventTarget(), { document })
    start({}, { page })
    expect(watched()).toEqual([{ type: 'watch', isHidden: true }])
    server.answer = { outcome: 'resumed', token: 'token2' }
    cut()
    expect(watched()).toHaveLength(2)
    document.visibilityState = 'visible'
    document.dispatchEvent(new Event('visibilitychange'))
    server.clock.advance(100)
    cut()
    expect(watched().slice(2)).toEqual([{ type: 'watch', isHidden: false }])
  })
})
