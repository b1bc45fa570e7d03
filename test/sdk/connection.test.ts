import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { CLOSE, type CloseReason, isFinal } from '../../protocol/errors.ts'
import { Connection, type ConnectionState, retryDelay } from '../../sdk/connection.ts'
import { type Answer, realWorld, type World } from '../../sdk/world.ts'
import { deferred, settle, VirtualClock } from '../support/clock.ts'
import { type FarSocket, Net } from '../support/link.ts'
import { seeded } from '../support/random.ts'

afterEach(() => void vi.restoreAllMocks())

let clock: VirtualClock
let net: Net
let far: FarSocket[]
let told: ConnectionState[]
let connection: Connection
let answers: boolean
let received: number
let chance: () => number
const names = () => told.map(({ name }) => name)

beforeEach(() => {
  clock = new VirtualClock(1_000_000)
  net = new Net(clock, (socket) => {
    far.push(socket)
    return { receive: () => {}, closed: () => {} }
  })
  far = []
  told = []
  answers = true
  received = 0
  chance = seeded(3)
  begin(null)
})

/** Dials, in a page that asks in plain HTTP by that; null where there is no such thing. */
function begin(fetch: World['fetch']): void {
  const { WebSocket } = net
  const { now, after } = clock
  const world = realWorld({ WebSocket, now, after, random: () => chance(), fetch, page: null })
  connection = new Connection({ WebSocket, url: 'ws://arena.test/ws', protocols: [] }, world, {
    greet: () => {
      if (answers) connection.ready(1500, 5000)
    },
    receive: () => void received++,
    accuse: () => {},
  })
  connection.onState((state) => told.push(state))
  connection.dial()
}

/** Another connection, which has dialled; `silence`: after how many milliseconds of it the line is given up. */
function dialled(given: Partial<World> & Pick<World, 'WebSocket'>, ...silence: [stalledMs?: number, deadMs?: number]) {
  const to = { WebSocket: given.WebSocket, url: 'ws://arena.test/ws', protocols: [] }
  const made: Connection = new Connection(to, realWorld({ page: null, ...given }), {
    greet: () => made.ready(...silence),
    receive: () => {},
    accuse: () => {},
  })
  made.dial()
  return made
}

function speak(ms: number): void {
  for (let time = 0; time < ms; time += 500) {
    far.at(-1)?.send(Uint8Array.of(1))
    clock.advance(500)
  }
}

describe('dialling', () => {
  test('it is connecting until its owner says ready, then open', () => {
    expect(connection.state).toEqual({ name: 'connecting' })
    clock.advance(100)
    expect(told).toEqual([{ name: 'open' }])
  })

  test('a dial that is not answered is given up after three seconds for another', () => {
    net.isHole = true
    clock.advance(2999)
    expect(net.links).toHaveLength(1)
    clock.advance(1_001)
    expect(net.links).toHaveLength(2)
    expect(net.links[0]?.closedWith).not.toBeNull()
  })

  test('a socket that is open has ten seconds to become ready, for the game may take its time', () => {
    answers = false
    clock.advance(net.latencyMs + 9_999)
    expect(net.links).toHaveLength(1)
    clock.advance(1_001)
    expect(net.links).toHaveLength(2)
    expect(told.at(-1)).toMatchObject({ name: 'reconnecting', lost: { reason: 'no answer in 10 s' } })
  })

  test('a listener that throws when it opens does not make it dial again', () => {
    const later = vi.spyOn(globalThis, 'queueMicrotask').mockImplementation(() => {})
    connection.onState(() => {
      throw new Error('the game')
    })
    clock.advance(20)
    speak(20_000)
    expect(later).toHaveBeenCalledTimes(1)
    expect(net.links).toHaveLength(1)
    expect(connection.state).toEqual({ name: 'open' })
  })

  test('a listener that ends it has the others hear of the end, and of nothing older after it', () => {
    clock.advance(50)
    connection.onState(({ name }) => {
      if (name === 'reconnecting') connection.close('LEFT')
    })
    const later: string[] = []
    connection.onState(({ name }) => later.push(name))
    net.cut()
    clock.advance(1_000)
    expect(names()).toEqual(['open', 'reconnecting', 'closed'])
    expect(later).toEqual(['closed'])
  })

  test('a lost socket is dialled again within a second', () => {
    clock.advance(100)
    net.cut()
    expect(told.at(-1)).toMatchObject({ name: 'reconnecting', attempt: 1, lost: { code: 1006, wasClean: false } })
    clock.advance(1_000 + net.latencyMs)
    expect(names()).toEqual(['open', 'reconnecting', 'reconnecting', 'open'])
  })

  test('it goes on dialling for as long as there is no server', () => {
    clock.advance(100)
    net.isDown = true
    net.cut()
    clock.advance(600_000)
    net.isDown = false
    clock.advance(5100)
    expect(names().lastIndexOf('open')).toBeGreaterThan(100)
    expect(net.links.length).toBeGreaterThan(120)
    expect(net.links.length).toBeLessThan(300)
  })

  test('a server that welcomes and drops at once is not hammered', () => {
    connection.onState(({ name }) => name === 'open' && far.at(-1)?.close(1011, ''))
    clock.advance(35_000)
    const before = net.links.length
    clock.advance(60_000)
    // From 2.5 s to 5 s apart.
    expect(net.links.length - before).toBeGreaterThan(11)
    expect(net.links.length - before).toBeLessThan(25)
  })

  for (const [what, heldMs, attempt] of [
    ['longer than five seconds is dialled again as if it were the first time', 5_001, 1],
    ['for no longer than five seconds is dialled again as one more attempt', 5_000, 2],
  ] as const) {
    test(`a connection that held ${what}`, () => {
      chance = () => 0
      clock.advance(100)
      net.cut()
      clock.advance(net.latencyMs)
      speak(5_000)
      clock.advance(heldMs - 5_000)
      net.cut()
      expect(connection.state).toMatchObject({ name: 'reconnecting', attempt })
    })
  }

  for (const [openMs, dialMs] of [
    [370, 1_500],
    [380, 3_000],
  ] as const) {
    test(`on a line on which one opened in ${openMs} ms a dial is given up after ${dialMs} ms`, () => {
      chance = () => 0
      clock.advance(100)
      net.latencyMs = openMs
      net.cut()
      clock.advance(openMs)
      expect(connection.state.name).toBe('open')
      net.isHole = true
      net.cut()
      clock.advance(100 + dialMs - 1)
      expect(connection.state).toMatchObject({ name: 'reconnecting', retryInMs: 0 })
      clock.advance(1)
      expect(connection.state).toMatchObject({ attempt: 3, lost: { reason: `no answer in ${dialMs / 1_000} s` } })
    })
  }

  test('it hurries when told to, but only if it waits', () => {
    clock.advance(100)
    connection.hurry()
    expect(net.links).toHaveLength(1)
    net.isDown = true
    net.cut()
    clock.advance(10_000)
    while (connection.state.name !== 'reconnecting' || connection.state.retryInMs === 0) clock.advance(1)
    net.isDown = false
    const before = net.links.length
    connection.hurry()
    connection.hurry()
    expect(net.links).toHaveLength(before + 1)
    clock.advance(50)
    expect(connection.state).toEqual({ name: 'open' })
  })

  test('a listener that ends it as it is about to dial keeps it from that', () => {
    clock.advance(100)
    connection.onState((state) => {
      if (state.name === 'reconnecting' && state.retryInMs === 0) connection.close('LEFT')
    })
    net.cut()
    clock.advance(10_000)
    expect([connection.state.name, net.links.length]).toEqual(['closed', 1])
  })

  for (const [what, toldMs, dials] of [
    ['told within a tenth of a second of the return of its page', 99, 2],
    ['told later', 101, 1],
  ] as const) {
    test(`a loss that is ${what} is ${dials === 2 ? 'not waited for' : 'one like any other'}`, () => {
      const { WebSocket } = net
      const document = Object.assign(new EventTarget(), { visibilityState: 'visible' })
      const page = Object.assign(new EventTarget(), { document })
      const kept = dialled({ WebSocket, now: clock.now, after: clock.after, random: () => 0.9, page })
      clock.advance(100)
      const before = net.links.length
      page.dispatchEvent(new Event('pageshow'))
      clock.advance(toldMs)
      net.link.cut()
      expect(kept.state).toMatchObject({ name: 'reconnecting', retryInMs: 900 })
      clock.advance(100)
      expect(net.links.length - before + 1).toBe(dials)
      clock.advance(900)
      expect(kept.state.name).toBe('open')
    })
  }

  test('a server that is about to stop spreads the redials, and the next loss is one like any other', () => {
    chance = () => 0.9
    clock.advance(100)
    connection.spread(8_000)
    far[0]?.close(1012, 'restart')
    clock.advance(net.latencyMs)
    expect(told.at(-1)).toMatchObject({ retryInMs: 7_200, retryAt: clock.now() + 7_200 })
    clock.advance(7_200 + net.latencyMs)
    expect(connection.state.name).toBe('open')
    net.cut()
    expect(told.at(-1)).toMatchObject({ attempt: 2, retryInMs: 190 })
  })
})

describe('close codes', () => {
  for (const reason of Object.keys(CLOSE) as CloseReason[]) {
    const code = CLOSE[reason]
    const retry = !isFinal(reason)
    test(`${code} ${reason} ${retry ? 'is dialled again' : 'ends it'}`, () => {
      clock.advance(100)
      far[0]?.close(code, 'because')
      clock.advance(10_000)
      if (retry) expect(net.links.length).toBeGreaterThan(1)
      else {
        expect(net.links).toHaveLength(1)
        expect(connection.state).toMatchObject({ name: 'closed', reason, code, wasClean: true })
        expect((connection.state as { message: string }).message).toBe('because')
      }
    })
  }

  test('a code that is not ours is dialled again', () => {
    clock.advance(100)
    far[0]?.close(4999, '')
    clock.advance(1000)
    expect(net.links).toHaveLength(2)
  })

  test('what its owner closes is over at once and stays over', () => {
    clock.advance(100)
    connection.close('LEFT')
    connection.close('BAD_MESSAGE')
    connection.redial('BAD_MESSAGE', '')
    clock.advance(60_000)
    expect(names()).toEqual(['open', 'closed'])
    expect(net.links).toHaveLength(1)
    expect(net.link.closedWith?.code).toBe(1000)
  })
})

describe('silence', () => {
  test('is told after a second and a half, and forgotten with the next frame', () => {
    clock.advance(20)
    clock.advance(1499)
    expect(names()).toEqual(['open'])
    clock.advance(1)
    expect(told.at(-1)).toEqual({ name: 'stalled', sinceMs: 1500 })
    far[0]?.send(Uint8Array.of(1))
    clock.advance(20)
    expect(connection.state).toEqual({ name: 'open' })
    clock.advance(1500)
    expect(connection.state.name).toBe('stalled')
  })

  test('of five seconds means that the path is dead: no close is waited for, and the rival is given up, too', () => {
    clock.advance(20)
    net.isHole = true
    clock.advance(4999)
    expect(net.links.map(({ closedWith }) => closedWith !== null)).toEqual([false, false])
    clock.advance(1 + 1_000)
    expect(net.links.map(({ closedWith }) => closedWith !== null)).toEqual([true, true, false])
  })

  test('that ends for one who closes then is not looked for again', () => {
    connection.onState(({ name }) => name === 'open' && names().includes('stalled') && connection.close('LEFT'))
    clock.advance(1_600)
    far[0]?.send(Uint8Array.of(1))
    clock.advance(20_000)
    expect([names(), net.links.length]).toEqual([['open', 'stalled', 'open', 'closed'], 1])
  })

  test('of a socket is raced by a fresh dial, after 3.1 s to 4.5 s in all, and what opens first goes on', () => {
    clock.advance(20)
    const opened = clock.now()
    clock.advance(1_500)
    expect([connection.state.name, net.links.length]).toEqual(['stalled', 1])
    while (net.links.length === 1) clock.advance(10)
    const racedMs = clock.now() - opened
    expect(racedMs).toBeGreaterThan(3_100)
    expect(racedMs).toBeLessThanOrEqual(4_510)
    expect(net.links[0]?.closedWith).toBeNull()
    clock.advance(net.latencyMs + 1)
    expect(names()).toEqual(['open', 'stalled', 'open'])
    expect(net.links.map(({ closedWith }) => closedWith !== null)).toEqual([true, false])
  })

  for (const [share, ms] of [
    [0, 3_100],
    [0.5, 3_800],
  ] as const) {
    test(`is raced after ${ms} ms by one who draws ${share}`, () => {
      chance = () => share
      clock.advance(20)
      clock.advance(ms - 1)
      expect(net.links).toHaveLength(1)
      clock.advance(1)
      expect(net.links).toHaveLength(2)
    })
  }

  test('is over, for who listens, when the rival is taken in, and not when it has only opened', () => {
    clock.advance(20)
    answers = false
    while (net.links.length === 1) clock.advance(10)
    clock.advance(net.latencyMs + 1)
    expect([connection.state.name, names()]).toEqual(['connecting', ['open', 'stalled']])
    far[1]?.send(Uint8Array.of(1))
    clock.advance(net.latencyMs + 1)
    expect([connection.state.name, names()]).toEqual(['connecting', ['open', 'stalled']])
    connection.ready()
    expect(names()).toEqual(['open', 'stalled', 'open'])
  })

  test('that ends for one who closes then lets nobody hear the frame that ended it', () => {
    clock.advance(1600)
    connection.onState(({ name }) => {
      if (name === 'open') connection.close('LEFT')
    })
    received = 0
    speak(500)
    expect([names(), received]).toEqual([['open', 'stalled', 'open', 'closed'], 0])
  })

  test('that ends while a rival is dialled calls the rival off', () => {
    clock.advance(20)
    net.latencyMs = 400
    while (net.links.length === 1) clock.advance(10)
    net.latencyMs = 0
    far[0]?.send(Uint8Array.of(1))
    clock.advance(1_000)
    expect(names()).toEqual(['open', 'stalled', 'open'])
    expect(net.links.map(({ closedWith }) => closedWith !== null)).toEqual([false, true])
    expect(far).toHaveLength(2)
  })

  test('is raced once: a rival that is refused is not followed by another', () => {
    clock.advance(20)
    net.isDown = true
    clock.advance(4_990)
    expect([net.links.length, connection.state.name]).toEqual([2, 'stalled'])
  })

  test('is judged once, also at times that no number hits exactly', () => {
    for (let frame = 1; frame <= 300; frame++) {
      const start = (frame * 1000) / 60
      let looks = 0
      const fine = new VirtualClock(start)
      const after = (ms: number, run: () => void) => {
        // A clock that stands still would never come to an end.
        if (++looks > 50) throw new Error(`spins at ${fine.now()}`)
        return fine.after(ms, run)
      }
      const line = new Net(fine, () => ({ receive: () => {}, closed: () => {} }))
      line.latencyMs = 0
      fine.after(1, () => {
        line.isHole = true
      })
      const states: string[] = []
      const lone = dialled({ WebSocket: line.WebSocket, now: fine.now, after, random: seeded(1) }, 1500, 5000)
      lone.onState(({ name }) => states.push(name))
      fine.advance(5001)
      expect(states.slice(0, 3)).toEqual(['open', 'stalled', 'reconnecting'])
    }
  })

  test('does not come to pass while frames come', () => {
    clock.advance(100)
    speak(60_000)
    expect(names()).toEqual(['open'])
  })

  for (const sleptMs of [1_001, 60_000]) {
    test(`of a page that slept for ${sleptMs} ms is judged only after what arrived meanwhile was heard`, () => {
      let asleepMs = 0
      const timers = { now: () => clock.now() + asleepMs, after: clock.after }
      const sleepy = dialled({ WebSocket: net.WebSocket, ...timers, random: seeded(1) }, 1500, 5000)
      const states: string[] = []
      sleepy.onState(({ name }) => states.push(name))
      clock.advance(100)
      asleepMs = sleptMs
      clock.advance(1450)
      far.at(-1)?.send(Uint8Array.of(1))
      clock.advance(100)
      expect(states).toEqual(['open'])
      asleepMs += 60_000
      clock.advance(3000)
      expect(states).toContain('reconnecting')
    })
  }
})

describe('a page that dialled in vain', () => {
  let asked: number[]
  /** What the next plain request comes to. */
  let reply: () => Promise<Answer>

  const there = async (): Promise<Answer> => ({ status: 426, json: async () => ({ tickwire: 1, origin: 'allowed' }) })
  const gone = () => Promise.reject(new TypeError('refused'))
  const never = () => new Promise<Answer>(() => {})

  beforeEach(() => {
    connection.close('LEFT')
    net.links.length = 0
    told = []
    asked = []
    reply = gone
    chance = () => 0.5
    begin(() => {
      asked.push(clock.now())
      return reply()
    })
    net.isDown = true
  })

  /** Asks are answered between two moments. */
  const pass = (ms: number) => clock.pass(ms, 10)

  async function until(holds: () => boolean, withinMs = 30_000): Promise<void> {
    for (let time = 0; !holds(); time += 10) {
      expect(time).toBeLessThan(withinMs)
      await pass(10)
    }
  }

  /** A question is under way; what is returned settles its answer. */
  async function question() {
    await pass(1_000)
    const asking = deferred<Answer>()
    reply = () => asking.promise
    const before = asked.length
    await until(() => asked.length > before)
    return asking
  }

  test('asks whether the server is there from its third dial on, and dials all the same now and then', async () => {
    const unasked: number[] = []
    let before = { dials: net.links.length, asks: 0, attempt: 0 }
    await until(() => {
      const attempt = told.reduce((most, state) => (state.name === 'reconnecting' ? state.attempt : most), 0)
      const now = { dials: net.links.length, asks: asked.length, attempt }
      if (now.dials > before.dials) unasked.push(attempt)
      before = now
      return attempt > 150
    }, 240_000)
    expect(unasked.slice(0, 8)).toEqual([1, 2, 4, 8, 16, 32, 64, 128])
    expect(unasked.slice(8)).toEqual([132, 136, 140, 144, 148])
    expect(asked.length).toBeGreaterThan(135)
  })

  test('dials as soon as the server answers, and is patient: the browser may hold it up', async () => {
    await pass(5_000)
    const dials = net.links.length
    reply = there
    net.isDown = false
    net.isHole = true
    await until(() => net.links.length > dials)
    await pass(5_900)
    expect(net.links.length).toBe(dials + 1)
    expect(connection.state).toMatchObject({ name: 'reconnecting', retryInMs: 0 })
    await pass(200)
    expect(connection.state).toMatchObject({ lost: { reason: 'no answer in 6 s' } })
  })

  test('asks again when no answer comes, three times in the time in which it would give up a dial', async () => {
    await pass(1_000)
    reply = never
    await until(() => connection.state.name === 'reconnecting' && connection.state.retryInMs === 0)
    const { length } = asked
    await pass(3_000)
    expect(asked.length).toBe(length + 3)
    expect(connection.state).toMatchObject({ name: 'reconnecting', lost: { reason: 'no answer in 0.75 s' } })
  })

  for (const [when, isAsking] of [
    ['while it asks again', true],
    ['while it waits to ask again', false],
  ] as const) {
    test(`dials once at an answer that comes ${when}`, async () => {
      const asking = await question()
      reply = never
      const isTrying = () => connection.state.name === 'reconnecting' && connection.state.retryInMs === 0
      await until(() => !isTrying())
      if (isAsking) await until(isTrying)
      const { length } = net.links
      net.isDown = false
      asking.resolve(await there())
      await settle()
      expect(net.links.length).toBe(length + 1)
      expect(isTrying()).toBe(true)
      await until(() => connection.state.name === 'open')
      expect(net.links.length).toBe(length + 1)
    })
  }

  test('hears nothing from an answer of no server that comes while it asks again', async () => {
    const asking = await question()
    reply = never
    const { length } = asked
    await until(() => asked.length > length)
    const { state } = connection
    asking.reject(new TypeError('refused'))
    await settle()
    expect(connection.state).toBe(state)
  })

  test('dials once though it is told to hurry while it asks, and once it is closed no more', async () => {
    for (const [act, dials] of [
      [() => connection.hurry(), 1],
      [() => connection.close('LEFT'), 0],
    ] as const) {
      const asking = await question()
      const { length } = net.links
      act()
      asking.resolve(await there())
      await settle()
      expect(net.links.length).toBe(length + dials)
      reply = gone
    }
    await pass(10_000)
    expect(connection.state.name).toBe('closed')
  })

  test('asks no more where asking told of no server, and a dial found it, also once it was told to hurry', async () => {
    await pass(3_000)
    net.isDown = false
    await until(() => connection.state.name === 'open')
    net.isDown = true
    net.cut()
    const { length } = asked
    await pass(10_000)
    connection.hurry()
    await pass(10_000)
    expect(asked.length).toBe(length)
    net.isDown = false
    connection.hurry()
    await pass(100)
    expect(connection.state.name).toBe('open')
  })

  test('dials at once when the network is back, and asks again when that was in vain', async () => {
    await pass(5_000)
    await until(() => connection.state.name === 'reconnecting' && connection.state.retryInMs > 0)
    const [dials, asks] = [net.links.length, asked.length]
    connection.hurry()
    expect([net.links.length, asked.length]).toEqual([dials + 1, asks])
    await pass(5_000)
    expect(asked.length).toBeGreaterThan(asks)
  })

  test('and one whose sockets open and break is not asked for', async () => {
    net.isDown = false
    connection.onState(({ name }) => name === 'open' && far.at(-1)?.close(1011, ''))
    await pass(20_000)
    expect(asked).toEqual([])
  })
})

describe('the back-off', () => {
  for (const seed of [1, 2, 3]) {
    test(`starts within a second, then doubles up to the most that it may be, seed ${seed}`, () => {
      const random = seeded(seed)
      for (let attempt = 0; attempt < 40; attempt++) {
        for (const mostMs of [300, 600, 5_000]) {
          const delay = retryDelay(attempt, mostMs, random)
          const ceiling = attempt === 0 ? 1000 : Math.min(mostMs, 100 * 2 ** attempt)
          expect(delay).toBeLessThanOrEqual(ceiling)
          expect(delay).toBeGreaterThanOrEqual(attempt === 0 ? 0 : ceiling / 2)
        }
      }
    })
  }
})
