import { beforeEach, describe, expect, test, vi } from 'vitest'
import { CLOSE } from '../../protocol/errors.ts'
import { defineGame, text } from '../../protocol/index.ts'
import { join, type With } from '../../sdk/join.ts'
import type { Answer, World } from '../../sdk/world.ts'
import { deferred, settle } from '../support/clock.ts'
import { Script } from '../support/script.ts'

const game = defineGame({ join: { name: text(8) } })
let server: Script
let outcome: unknown

beforeEach(() => {
  server = new Script(game)
  outcome = 'waits'
})

function start(given: Partial<World> = {}, url = 'ws://arena.test/ws'): void {
  join(url, game, { room: 'arena', id: 'lobby', with: { name: 'Ada' }, ...server.world(given) }).then(
    (room) => {
      outcome = room
    },
    (error: unknown) => {
      outcome = error
    },
  )
}

/** A tab with its page and its storage. */
function tab() {
  const kept = new Map<string, string>()
  const storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  }
  const events = new Map<string, () => void>()
  const listen = {
    addEventListener: (type: string, listener: () => void, { signal }: { signal: AbortSignal }) =>
      void events.set(type, () => signal.aborted || listener()),
  }
  const page = { ...listen, document: { ...listen, visibilityState: 'visible' } }
  return { storage, page, kept, fire: (type: string) => events.get(type)?.() }
}

async function joined(given: With<typeof game>) {
  const entering = join('ws://arena.test/ws', game, { room: 'arena', with: given, ...server.world() })
  await server.clock.pass(100)
  return entering
}

const answer = (said: unknown) => ({ fetch: async () => ({ status: 426, json: async () => said }) })

describe('joining', () => {
  test('gives a room that is open', async () => {
    start()
    await server.clock.pass(100)
    expect(outcome).toMatchObject({ id: 'lobby', me: 1, state: { name: 'open' } })
    expect(server.hellos[0]).toMatchObject({ room: 'arena', id: 'lobby', join: ['Ada'], options: null })
  })

  test('brings what the join object is at the time of each hello', async () => {
    let name = 'Ada'
    let asked = 0
    const room = await joined(() => {
      asked++
      return { name }
    })
    expect(asked).toBe(1)
    name = 'Grace'
    server.close(1006)
    await server.clock.pass(500)
    expect(server.hellos.map((hello) => hello.join)).toEqual([['Ada'], ['Grace']])
    await room.leave()
  })

  for (const given of [{ name: 'too long a name' }, () => ({ name: 'too long a name' })]) {
    test(`tells at once that a join object does not fit, given as ${typeof given}`, async () => {
      const options = { room: 'arena', with: given, ...server.world() }
      await expect(join('ws://arena.test/ws', game, options)).rejects.toThrow(RangeError)
      expect(server.hellos).toEqual([])
    })
  }

  for (const [what, wrong, told] of [
    ['a room', { room: 'x'.repeat(200) }, /^room: /],
    ['no room', { room: undefined }, /^room: /],
    ['an id', { id: 'x'.repeat(200) }, /^id: /],
    ['what is brought to authenticate', { auth: 'x'.repeat(5_000) }, /^auth: /],
    ['a function that says that', { auth: () => 'x'.repeat(5_000) }, /^auth: /],
    ['options', { options: { size: 10n } }, /10/],
  ] as const) {
    test(`tells at once that ${what} does not fit, and leaves the seat of the page before to the next try`, async () => {
      const { storage, kept } = tab()
      kept.set('tickwire ws://arena.test/ws arena lobby', 'token')
      const options = { room: 'arena', id: 'lobby', with: { name: 'Ada' }, ...server.world({ storage }), ...wrong }
      const error = await join('ws://arena.test/ws', game, options as never).catch((error: unknown) => error)
      expect([TypeError, RangeError]).toContain((error as Error).constructor)
      expect((error as Error).message).toMatch(told)
      expect([server.clock.waiting, kept.size]).toEqual([0, 1])
    })
  }

  test('is told at the first dial as it was at the call, and asked for again at each later dial', async () => {
    for (const downMs of [0, 5_000]) {
      server = new Script(game)
      server.net.isDown = downMs > 0
      let asked = 0
      const began = server.clock.now()
      const auth = () => `${++asked}: ${server.clock.now() - began < 1_000 ? 'fresh' : 'later'}`
      const joining = join('ws://arena.test/ws', game, {
        room: 'arena',
        with: { name: 'Ada' },
        auth,
        ...server.world(),
      })
      await server.clock.pass(downMs)
      server.net.isDown = false
      await server.clock.pass(1_500)
      await joining
      expect(server.hellos.map((hello) => hello.auth)).toEqual([downMs > 0 ? '2: later' : '1: fresh'])
    }
  })

  test('waits for a server that is only just starting', async () => {
    server.net.isDown = true
    start()
    await server.clock.pass(5000)
    expect(outcome).toBe('waits')
    server.net.isDown = false
    await server.clock.pass(1500)
    expect(outcome).toMatchObject({ state: { name: 'open' } })
  })

  test('is refused at once when there is no place', async () => {
    server.answer = null
    start()
    await server.clock.pass(100)
    server.close(CLOSE.FULL, 'room lobby is full')
    await settle()
    expect(outcome).toMatchObject({
      name: 'JoinError',
      reason: 'FULL',
      code: 1013,
      message: expect.stringContaining('room lobby is full'),
    })
    await server.clock.pass(1000)
    expect(server.net.links).toHaveLength(1)
    expect(server.clock.waiting).toBe(0)
  })

  test('is refused when there is no place all the while, and not in the words of the last dial', async () => {
    const full = answer({ tickwire: 1, origin: 'allowed', isFull: true })
    let asked = 0
    // Only the first question is answered.
    start({ fetch: () => (asked++ === 0 ? full.fetch() : new Promise(() => {})) })
    server.net.isDown = true
    await server.clock.pass(11_000)
    expect(outcome).toMatchObject({ name: 'JoinError', reason: 'FULL', code: 1006, message: 'FULL' })
  })

  test('again waits for a place: whoever was in before keeps trying while the room is full', async () => {
    const room = await joined({ name: 'Ada' })
    server.answer = null
    server.close(1006)
    for (let second = 0; second < 20; second++) {
      await server.clock.pass(1000)
      server.close(CLOSE.FULL)
    }
    expect(room.state).toMatchObject({ name: 'reconnecting', lost: { code: CLOSE.FULL } })
    server.answer = { outcome: 'new', tickRate: 0 }
    await server.clock.pass(1000)
    expect(room.state.name).toBe('open')
    await room.leave()
  })

  test('is refused at once by a code that says no, with the words of the server', async () => {
    server.answer = null
    start()
    await server.clock.pass(100)
    server.close(CLOSE.NO_SUCH_ROOM, 'there is no room arena')
    await settle()
    expect(outcome).toMatchObject({
      reason: 'NO_SUCH_ROOM',
      code: 4404,
      message: expect.stringContaining('no room arena'),
    })
  })

  test('never hangs: ten seconds without an answer are the end, and nothing goes on', async () => {
    server.net.isHole = true
    start({ fetch: () => new Promise(() => {}) })
    await server.clock.pass(9990)
    expect(outcome).toBe('waits')
    await server.clock.pass(20)
    expect(outcome).toMatchObject({ reason: 'server-gone', code: 1006 })
    await server.clock.pass(5000)
    expect(server.clock.waiting).toBe(0)
  })

  for (const [said, cause] of [
    [null, 'wrong-path'],
    [{ tickwire: 1, origin: 'refused' }, 'origin-refused'],
  ] as const) {
    test(`is refused at once when the cause is ${cause}, which no patience helps`, async () => {
      server.net.isDown = true
      start(answer(said))
      await server.clock.pass(200)
      expect(outcome).toMatchObject({ reason: cause })
    })
  }

  test('names a blocked upgrade after ten seconds of trying', async () => {
    server.net.isDown = true
    start(answer({ tickwire: 1, origin: 'allowed' }))
    await server.clock.pass(9000)
    expect(outcome).toBe('waits')
    await server.clock.pass(1100)
    expect(outcome).toMatchObject({ reason: 'blocked-upgrade' })
  })

  test('names no blocked upgrade where a hello left by an open socket, and nobody answered it', async () => {
    server.answer = null
    start(answer({ tickwire: 1, origin: 'allowed' }))
    await server.clock.pass(5_000)
    server.net.cut()
    await server.clock.pass(5_100)
    expect(outcome).toMatchObject({ reason: 'server-gone' })
  })

  test('asks what is in the way one question at a time, and asks again once that was answered', async () => {
    server.net.isDown = true
    const first = deferred<Answer>()
    let asked = 0
    start({ fetch: () => (++asked > 1 ? answer(null).fetch() : first.promise) })
    // The connection itself asks only from its third dial on.
    while (server.net.links.length < 2) await server.clock.pass(10)
    await server.clock.pass(50)
    expect(asked).toBe(1)
    first.resolve({ status: 503, json: async () => null })
    await server.clock.pass(2_000)
    expect(outcome).toMatchObject({ reason: 'wrong-path' })
  })

  test('asks nothing any more once it is in', async () => {
    const fetch = vi.fn(answer(null).fetch)
    start({ fetch })
    await server.clock.pass(100)
    expect(outcome).toMatchObject({ state: { name: 'open' } })
    server.net.cut()
    await settle()
    expect(fetch).not.toHaveBeenCalled()
  })

  test('of an address that the page may not use is refused without a dial', async () => {
    // Only where the page came from counts, whatever base it names.
    start({ home: 'https://page.test/', base: 'http://page.test/' })
    await settle()
    expect(outcome).toMatchObject({ reason: 'mixed-content' })
    expect(server.net.links).toEqual([])
  })

  test('with a quality that there is not is refused by name', async () => {
    const options = { room: 'arena', with: { name: 'Ada' }, ...server.world() }
    const best = { ...options, quality: 'best' as 'smooth' }
    await expect(join('ws://arena.test/ws', game, best)).rejects.toThrow('quality cannot be best')
    const inherited = { ...options, quality: 'toString' as 'smooth' }
    await expect(join('ws://arena.test/ws', game, inherited)).rejects.toThrow('quality cannot be toString')
    const entering = join('ws://arena.test/ws', game, { ...options, quality: 'smooth' })
    await server.clock.pass(100)
    expect((await entering).state.name).toBe('open')
  })

  test('with what does not fit is refused by name', async () => {
    const options = { room: 'arena', ...server.world() }
    await expect(join('ws://arena.test/ws', game, { ...options, with: { name: 'much too long' } })).rejects.toThrow(
      /^name/,
    )
    await expect(join('arena', game, { ...options, with: { name: 'Ada' } })).rejects.toThrow(TypeError)
  })
})

describe('joining that is called off', () => {
  function begin(signal: AbortSignal, given: Partial<World> = {}): Promise<unknown> {
    const options = { room: 'arena', id: 'lobby', with: { name: 'Ada' }, signal, ...server.world(given) }
    return join('ws://arena.test/ws', game, options).catch((error: unknown) => error)
  }

  test('before it began dials nothing', async () => {
    expect(await begin(AbortSignal.abort('gone'))).toBe('gone')
    expect(server.net.links).toHaveLength(0)
  })

  test('on the way in rejects at once, and keeps the seat of the page before for the next try', async () => {
    const { storage, page, kept } = tab()
    kept.set('tickwire ws://arena.test/ws arena lobby', 'token')
    const off = new AbortController()
    const joining = begin(off.signal, { storage, page })
    await settle()
    expect(kept.size).toBe(0)
    off.abort('gone')
    expect(await joining).toBe('gone')
    expect(kept.size).toBe(1)
    await server.clock.pass(20_000)
    expect([server.hellos.length, server.net.links.length]).toEqual([0, 1])
  })

  test('when it is in already changes nothing, and the signal keeps nothing of it', async () => {
    const off = new AbortController()
    const { added, removed } = {
      added: vi.spyOn(off.signal, 'addEventListener'),
      removed: vi.spyOn(off.signal, 'removeEventListener'),
    }
    const joining = begin(off.signal)
    await server.clock.pass(100)
    expect(removed.mock.calls).toEqual(added.mock.calls)
    expect(added).toHaveBeenCalledOnce()
    off.abort('gone')
    await server.clock.pass(100)
    expect(await joining).toMatchObject({ state: { name: 'open' } })
  })
})

describe('a reload', () => {
  test('keeps the seat: the next page claims it, and a second one at the same time does not', async () => {
    const { storage, page, fire, kept } = tab()
    start({ storage, page })
    await server.clock.pass(100)
    expect(kept.size).toBe(0)
    fire('pagehide')
    expect(kept.size).toBe(1)
    start({ storage, page })
    start({ storage, page })
    await server.clock.pass(100)
    expect(server.hellos.map(({ resume }) => resume?.token)).toEqual([undefined, 'token', undefined])
  })

  test('after leaving claims nothing', async () => {
    const { storage, page, fire, kept } = tab()
    start({ storage, page })
    await server.clock.pass(100)
    await (outcome as { leave(): Promise<void> }).leave()
    fire('pagehide')
    expect(kept.size).toBe(0)
  })

  test('while there is no line keeps the seat for the next try', async () => {
    const { storage, page, fire, kept } = tab()
    start({ storage, page })
    await server.clock.pass(100)
    fire('pagehide')
    server.net.isHole = true
    start({ storage, page })
    await server.clock.pass(12_000)
    expect([outcome, kept.size]).toMatchObject([{ reason: 'server-gone' }, 1])
    server.net.isHole = false
    start({ storage, page })
    await server.clock.pass(100)
    expect(server.hellos.map(({ resume }) => resume?.token)).toEqual([undefined, 'token'])
  })

  test('that is refused leaves the seat to the next try, also when the page was shown just before', async () => {
    const { storage, page, kept, fire } = tab()
    kept.set('tickwire ws://arena.test/ws arena lobby', 'token')
    server.net.isDown = true
    start({ storage, page, fetch: async () => ({ status: 404, json: async () => null }) })
    expect(kept.size).toBe(0)
    fire('pageshow')
    await server.clock.pass(50)
    expect([outcome, kept.size]).toMatchObject([{ reason: 'wrong-path' }, 1])
    await server.clock.pass(100)
    expect(kept.size).toBe(1)
  })

  test('is not mistaken for one by a page that comes back from the cache', async () => {
    const { storage, page, fire, kept } = tab()
    start({ storage, page })
    await server.clock.pass(100)
    fire('pagehide')
    fire('pageshow')
    expect(kept.size).toBe(0)
  })
})
