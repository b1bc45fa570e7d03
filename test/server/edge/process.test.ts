import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { environment, logToStderr } from '../../../server/edge/process.ts'
import { settle } from '../../support/clock.ts'

afterEach(() => void vi.unstubAllEnvs())

for (const [variables, expected] of [
  [['', '', '', ''], { port: 8080, host: '127.0.0.1', publicUrl: undefined, trustProxy: 0 }],
  [[' ', '', '', ''], { port: 8080, host: '127.0.0.1', publicUrl: undefined, trustProxy: 0 }],
  [['0', '::', 'https://game.example', '2'], { port: 0, host: '::', publicUrl: 'https://game.example', trustProxy: 2 }],
] as const) {
  test(`PORT, HOST, PUBLIC_URL and TRUST_PROXY of '${variables.join("', '")}'`, () => {
    for (const [index, name] of ['PORT', 'HOST', 'PUBLIC_URL', 'TRUST_PROXY'].entries()) {
      vi.stubEnv(name, variables[index])
    }
    expect(environment()).toEqual(expected)
  })
}

for (const isTerminal of [true, false]) {
  test(`SIGINT is ${isTerminal ? 'left to Node' : 'taken'} where standard input is ${isTerminal ? 'a' : 'no'} terminal`, async () => {
    vi.resetModules()
    vi.doMock('node:tty', () => ({ isatty: () => isTerminal }))
    const { exitOnSignals } = await import('../../../server/edge/process.ts')
    const before = process.listenerCount('SIGINT')
    const off = exitOnSignals(async () => {})
    expect(process.listenerCount('SIGINT') - before).toBe(isTerminal ? 0 : 1)
    off()
    vi.doUnmock('node:tty')
  })
}

test('a PORT that is none is refused by its name and value, once it is asked for', () => {
  for (const said of ['abc', '-1', '1.5', '65536', 'Infinity']) {
    vi.stubEnv('PORT', said)
    const asked = environment()
    expect(() => asked.port).toThrow(new RangeError(`PORT must be an integer from 0 to 65535, got ${said}`))
  }
  vi.stubEnv('PORT', '65535')
  expect(environment().port).toBe(65_535)
})

test('a TRUST_PROXY that is no number of proxies is refused by its name and value, once it is asked for', () => {
  for (const said of ['yes', '-1', '1.5', 'Infinity']) {
    vi.stubEnv('TRUST_PROXY', said)
    const asked = environment()
    expect(() => asked.trustProxy).toThrow(new RangeError(`TRUST_PROXY must be a number of proxies, got ${said}`))
  }
  vi.stubEnv('TRUST_PROXY', ' 1')
  expect(environment().trustProxy).toBe(1)
})

test('SIGINT is taken in a terminal too by the first process of a container, which would end by none', async () => {
  vi.resetModules()
  vi.doMock('node:tty', () => ({ isatty: () => true }))
  const pid = Object.getOwnPropertyDescriptor(process, 'pid')!
  Object.defineProperty(process, 'pid', { ...pid, value: 1 })
  const { exitOnSignals } = await import('../../../server/edge/process.ts')
  Object.defineProperty(process, 'pid', pid)
  const before = process.listenerCount('SIGINT')
  const off = exitOnSignals(async () => {})
  expect(process.listenerCount('SIGINT') - before).toBe(1)
  off()
  vi.doUnmock('node:tty')
})

test('however many servers there are, a signal is heard once, and so is an error of stderr', async () => {
  vi.resetModules()
  const { exitOnSignals, logToStderr: log } = await import('../../../server/edge/process.ts')
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  const listeners = () => [process.listenerCount('SIGTERM'), process.stderr.listenerCount('error')]
  log('one')
  const before = listeners()
  const offs = [1, 2, 3].map(() => exitOnSignals(async () => {}))
  for (let lines = 0; lines < 20; lines++) log('another')
  write.mockRestore()
  expect(listeners()).toEqual([before[0]! + 1, before[1]])
  offs[0]?.()
  expect(listeners()).toEqual([before[0]! + 1, before[1]])
  for (const off of offs) off()
  expect(listeners()).toEqual(before)
})

test('a line on stderr tells of whatever was thrown', () => {
  const written: string[] = []
  const write = vi.spyOn(process.stderr, 'write').mockImplementation((text) => written.push(String(text)) > 0)
  const error = Object.assign(new Error('oops'), { stack: 'Error: oops at home' })
  for (const thrown of [undefined, error, 'words', null, Object.create(null)]) logToStderr('a hook failed', thrown)
  write.mockRestore()
  expect(written).toEqual([
    'tickwire: a hook failed\n',
    'tickwire: a hook failed\nError: oops at home\n',
    'tickwire: a hook failed\nwords\n',
    'tickwire: a hook failed\nnull\n',
    'tickwire: a hook failed\n[object Object]\n',
  ])
})

describe.each(['SIGTERM', 'SIGINT'] as const)('%s', (signal) => {
  let exits: unknown[]
  let exitOnSignals: (close: () => Promise<void>) => () => void
  let listeners: number

  beforeEach(async () => {
    exits = []
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    vi.spyOn(process, 'exit').mockImplementation(((code: unknown) => void exits.push(code)) as never)
    // A process of its own, as far as this module knows.
    vi.resetModules()
    exitOnSignals = (await import('../../../server/edge/process.ts')).exitOnSignals
    listeners = process.listenerCount(signal)
  })

  afterEach(() => {
    vi.restoreAllMocks()
    vi.useRealTimers()
  })

  /** A server that is told to close, and closes when the test says so. */
  function started() {
    let asked = 0
    let [closed, failed] = [() => {}, (_: Error) => {}]
    const closing = new Promise<void>((resolve, reject) => {
      ;[closed, failed] = [resolve, reject]
    })
    const off = exitOnSignals(() => {
      asked++
      return closing
    })
    void closing.then(off, off)
    const end = (settleIt: () => void) => {
      settleIt()
      return settle()
    }
    return {
      asked: () => asked,
      close: () => end(closed),
      fail: () => end(() => failed(new Error('oops'))),
    }
  }

  /** Node's loop has been all the way round. */
  const nextTurn = () => new Promise((resolve) => setImmediate(resolve))

  test('closes all servers of the process, which ends with 0 when the last one has closed', async () => {
    const [one, two] = [started(), started()]
    process.emit(signal)
    expect([one.asked(), two.asked()]).toEqual([1, 1])
    await one.close()
    expect(exits).toEqual([])
    await two.close()
    expect(exits).toEqual([0])
    expect(process.listenerCount(signal)).toBe(listeners)
  })

  test('ends the process also when a server cannot close, and not before the others have', async () => {
    const [one, two] = [started(), started()]
    process.emit(signal)
    await one.fail()
    expect(exits).toEqual([])
    await two.close()
    expect(exits).toEqual([0])
  })

  test('that comes again within a second is the same one; after that it ends the process at once, with 1', async () => {
    const [one, two] = [started(), started()]
    process.emit(signal)
    await one.close()
    process.emit(signal)
    vi.advanceTimersByTime(999)
    await nextTurn()
    process.emit(signal)
    expect([exits, two.asked()]).toEqual([[], 1])
    vi.advanceTimersByTime(1)
    await nextTurn()
    process.emit(signal)
    expect(exits).toEqual([1])
    await two.close()
  })

  test('that came again in that second counts as the same one, even if a busy process is told of it later', async () => {
    const one = started()
    process.emit(signal)
    // Node looks at its timers, and then for signals.
    vi.advanceTimersByTime(2_000)
    process.emit(signal)
    expect(exits).toEqual([])
    await one.close()
    expect(exits).toEqual([0])
  })

  test('ends the process in less than ten seconds, whoever has not closed by then, and says so', async () => {
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
    const [one, two] = [started(), started()]
    process.emit(signal)
    await one.close()
    vi.advanceTimersByTime(9_000)
    expect(exits).toEqual([])
    vi.advanceTimersByTime(999)
    expect(exits).toEqual([0])
    expect(write.mock.calls).toEqual([
      ['tickwire: closing the server took more than 9500 ms: the process ends without waiting any longer\n'],
    ])
    await two.close()
  })

  test('and the other one are the same wish', async () => {
    const one = started()
    process.emit('SIGINT')
    process.emit('SIGTERM')
    expect([exits, one.asked()]).toEqual([[], 1])
    vi.advanceTimersByTime(1_000)
    await nextTurn()
    process.emit(signal)
    expect(exits).toEqual([1])
    await one.close()
  })

  test('does not concern a server that has closed already', async () => {
    const [one, two] = [started(), started()]
    await one.close()
    process.emit(signal)
    expect([one.asked(), two.asked()]).toEqual([0, 1])
    await two.close()
    expect(exits).toEqual([0])
  })
})
