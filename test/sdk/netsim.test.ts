import { beforeEach, describe, expect, test } from 'vitest'
import { type FarSocket, type Link, Net, repeat } from '../../sdk/netsim.ts'
import { PROFILES } from '../../sdk/profiles.ts'
import { VirtualClock } from '../support/clock.ts'
import { seeded } from '../support/random.ts'

let clock: VirtualClock
let net: Net
let far: FarSocket
let received: Uint8Array[]
let heard: unknown[]
let ends: string[]

beforeEach(() => {
  clock = new VirtualClock(1_000)
  net = new Net({ ...clock, random: seeded(1) }, (socket) => {
    far = socket
    return { receive: (bytes) => void received.push(bytes), closed: () => void ends.push('server') }
  })
  far = undefined as never
  received = []
  heard = []
  ends = []
})

function dial(): Link {
  const link = new net.WebSocket('ws://arena.test/ws', ['one']) as Link
  link.onmessage = ({ data }) => heard.push(data)
  link.onclose = ({ code, wasClean }) => ends.push(`browser ${code} ${wasClean}`)
  return link
}

function open(): Link {
  const link = dial()
  clock.advance(net.latencyMs)
  return link
}

test('bytes travel both ways, each direction in its own time, and nobody can change them on the way', () => {
  net.down.line.latencyMs = 100
  const link = open()
  const bytes = Uint8Array.of(1, 2)
  link.send(bytes)
  bytes[0] = 9
  far.send(Uint8Array.of(3))
  clock.advance(20)
  expect(received).toEqual([Uint8Array.of(1, 2)])
  clock.advance(79)
  expect(heard).toEqual([])
  clock.advance(1)
  expect(heard).toEqual([Uint8Array.of(3).buffer])
})

test('a browser counts what is sent until the script has run, then only what the system has no place for', () => {
  const link = open()
  net.up.line.bytesPerSecond = 1_000
  net.up.line.queueBytes = 3_000
  link.send(new Uint8Array(2_000))
  link.send(new Uint8Array(2_000))
  expect(link.bufferedAmount).toBe(5_000)
  clock.advance(1)
  expect(link.bufferedAmount).toBe(1_000)
  clock.advance(3_000)
  expect(link.bufferedAmount).toBe(0)
})

test('a server counts only what the system has no place for', () => {
  open()
  net.down.line.bytesPerSecond = 1_000
  net.down.line.queueBytes = 3_000
  far.send(new Uint8Array(4_000))
  expect(far.bufferedAmount).toBe(1_000)
})

test('a dial is refused while the server is down, and taken when it is up', () => {
  net.isDown = true
  open()
  expect(ends).toEqual(['browser 1006 false'])
  net.isDown = false
  expect(open().isOver).toBe(false)
})

test('in a black hole neither end learns anything, not even that the other has given up', () => {
  const link = open()
  net.isHole = true
  link.send(Uint8Array.of(1))
  far.send(Uint8Array.of(2))
  far.terminate()
  clock.advance(60_000)
  expect([received, heard, ends]).toEqual([[], [], []])
})

test('a hole in one direction leaves the other one whole', () => {
  const link = open()
  net.down.isHole = true
  link.send(Uint8Array.of(1))
  far.send(Uint8Array.of(2))
  clock.advance(100)
  expect([received.length, heard.length]).toEqual([1, 0])
})

test('a cut is told to both ends, once', () => {
  open()
  net.cut()
  net.cut()
  expect(ends).toEqual(['server', 'browser 1006 false'])
})

test('a close comes after all that was sent before it', () => {
  net.down.line.bytesPerSecond = 1_000
  open()
  far.send(new Uint8Array(1_000))
  far.close(4410, 'the end')
  clock.advance(900)
  expect(ends).toEqual([])
  clock.advance(200)
  expect([heard.length, ends]).toEqual([1, ['server', 'browser 4410 true']])
})

test('a stall holds both directions, and loses nothing', () => {
  const link = open()
  net.stall(1_000)
  link.send(Uint8Array.of(1))
  far.send(Uint8Array.of(2))
  clock.advance(1_000)
  expect([received, heard]).toEqual([[], []])
  clock.advance(1_000)
  expect([received.length, heard.length]).toEqual([1, 1])
})

test('a stall does not end a longer one that began before, and outlasts a shorter one', () => {
  net.stall(10_000)
  clock.advance(10)
  net.stall(100)
  expect([net.up.outageEnds, net.down.outageEnds]).toEqual([11_000, 11_000])
  net.stall(20_000)
  expect([net.up.outageEnds, net.down.outageEnds]).toEqual([21_010, 21_010])
})

test('a page that does not read gets all at once when it does', () => {
  open()
  net.isRead = false
  for (let count = 0; count < 3; count++) far.send(Uint8Array.of(count))
  clock.advance(1_000)
  expect(heard).toEqual([])
  net.isRead = true
  expect(heard).toHaveLength(3)
})

describe('a line', () => {
  for (const [name, wrong, right] of [
    ['latencyMs', [-1, Number.NaN, Number.POSITIVE_INFINITY], [0, 250]],
    ['jitterMs', [-1, Number.NaN, Number.POSITIVE_INFINITY], [0, 40]],
    ['loss', [-0.1, 1, 2, Number.NaN], [0, 0.99]],
    ['bytesPerSecond', [0, -1, Number.NaN], [1, Number.POSITIVE_INFINITY]],
    ['queueBytes', [0, -1, Number.NaN], [1, Number.POSITIVE_INFINITY]],
  ] as const) {
    test(`refuses a ${name} of ${wrong.join(', ')} at once and stays as it was, and takes ${right.join(' and ')}`, () => {
      const { line } = net.down
      for (const value of right) {
        line[name] = value
        for (const other of wrong) {
          const refusal = () => {
            line[name] = other
          }
          expect(refusal).toThrow(RangeError)
          expect(refusal).toThrow(`${name} must be`)
          expect(refusal).toThrow(`got ${other}`)
        }
        expect([line[name], { ...line }[name]]).toEqual([value, value])
      }
    })
  }

  test('refuses a latency for both directions, and one in a profile, likewise', () => {
    expect(() => {
      net.latencyMs = Number.NaN
    }).toThrow(new RangeError('latencyMs must be from 0 to below Infinity, got NaN'))
    const lossy = { line: { ...PROFILES.home.line, loss: 1 } }
    expect(() => net.follow(lossy)).toThrow(new RangeError('loss must be from 0 to below 1, got 1'))
    expect(net.down.line).toMatchObject({ latencyMs: 20, loss: 0 })
  })
})

test('a stall without an end is refused, and a socket goes on after one that has one', () => {
  const link = open()
  for (const ms of [Number.NaN, Number.POSITIVE_INFINITY, -1]) expect(() => net.stall(ms)).toThrow(RangeError)
  net.stall(0)
  net.stall(100)
  link.send(Uint8Array.of(1))
  clock.advance(1_000)
  expect(received).toHaveLength(1)
})

describe('a profile', () => {
  test('is what is to be followed, not its name', () => {
    expect(() => net.follow('bad200' as never)).toThrow(
      new TypeError('follow takes a profile, such as PROFILES.home, got bad200'),
    )
    net.follow(PROFILES.bad200)
    expect(net.latencyMs).toBe(100)
  })

  for (const spell of [
    { everyMs: 0, forMs: 0 },
    { everyMs: 0, forMs: 100 },
    { everyMs: Number.NaN, forMs: 100 },
    { everyMs: 100, forMs: Number.NaN },
    { everyMs: 100, forMs: Number.POSITIVE_INFINITY },
  ]) {
    test(`with troubles every ${spell.everyMs} ms for ${spell.forMs} is refused`, () => {
      const { line } = PROFILES.home
      expect(() => net.follow({ line, outage: spell })).toThrow(RangeError)
      expect(() => net.follow({ line, deaf: spell })).toThrow(RangeError)
      expect(clock.waiting).toBe(0)
    })
  }

  test('sets both directions, and what differs on the way to the client', () => {
    net.follow(PROFILES.slowReader)
    expect(net.latencyMs).toBe(20)
    expect([net.up.line.bytesPerSecond, net.down.line.bytesPerSecond]).toEqual([Number.POSITIVE_INFINITY, 30_000])
  })

  test('brings its outages again and again, until it is ended', () => {
    const off = net.follow(PROFILES.stall1s)
    const outages: number[] = []
    clock.every(500, () => net.up.outageEnds > clock.now() && outages.push(clock.now()))
    clock.advance(20_000)
    expect(outages).toEqual([9_000, 9_500, 18_000, 18_500])
    off()
    clock.advance(50_000)
    expect(outages).toHaveLength(4)
  })

  test('that ends in a spell in which nobody read has the page read again, and hear what waited', () => {
    const off = net.follow(PROFILES.slowReader)
    open()
    clock.advance(8_500)
    far.send(Uint8Array.of(1))
    clock.advance(500)
    expect([net.isRead, heard]).toEqual([false, []])
    off()
    expect([net.isRead, heard.length]).toEqual([true, 1])
    clock.advance(60_000)
    expect(net.isRead).toBe(true)
  })

  test('that ends between such spells leaves a page that does not read for a reason of its own', () => {
    const off = net.follow(PROFILES.slowReader)
    clock.advance(10_500)
    expect(net.isRead).toBe(true)
    net.isRead = false
    off()
    expect(net.isRead).toBe(false)
  })

  test('leaves the line it set as it is for another profile to change', () => {
    net.follow(PROFILES['4g'])()
    net.follow(PROFILES.lan)
    expect(net.down.line.bytesPerSecond).toBe(Number.POSITIVE_INFINITY)
    expect(PROFILES['4g'].line.bytesPerSecond).toBe(250_000)
  })
})

describe('a socket', () => {
  test('is the newest that was dialled, and there is none before', () => {
    expect(() => net.link).toThrow(new Error('nobody has dialled'))
    const [first, second] = [dial(), dial()]
    expect(net.link).toBe(second)
    expect([first.url, first.protocols]).toEqual(['ws://arena.test/ws', ['one']])
  })

  test('cannot send before it is open', () => {
    const link = dial()
    expect(() => link.send(Uint8Array.of(1))).toThrow(new Error('connecting'))
    clock.advance(net.latencyMs)
    expect(() => link.send(Uint8Array.of(1))).not.toThrow()
  })

  test('that was cut before it was open never opens, and the server never hears of it', () => {
    const opened: unknown[] = []
    const link = dial()
    link.onopen = () => opened.push('browser')
    link.cut()
    clock.advance(1_000)
    expect([opened, far, ends]).toEqual([[], undefined, ['browser 1006 false']])
  })

  test('opens at once, or when the server says so and the browser has heard of it', () => {
    for (const waits of [false, true]) {
      let tell = (): void => {}
      const whenOpen = (told: () => void) => {
        tell = told
      }
      const line = new Net({ ...clock, random: seeded(1) }, () => {
        return { receive: () => {}, closed: () => {}, ...(waits && { whenOpen }) }
      })
      const began = clock.now()
      let openAfter = 0
      const link = new line.WebSocket('ws://arena.test/ws', []) as Link
      link.onopen = () => {
        openAfter = clock.now() - began
      }
      clock.advance(100)
      tell()
      clock.advance(100)
      expect(openAfter).toBe(waits ? 120 : 20)
    }
  })

  test('that a browser closes without a word has the code 1005 there, and says once with what', () => {
    const link = open()
    link.onclose = ({ code, reason, wasClean }) => ends.push(JSON.stringify([code, reason, wasClean]))
    link.close()
    link.close(4000, 'again')
    expect(link.closedWith).toEqual({ code: undefined, reason: undefined })
    clock.advance(100)
    expect(ends).toEqual(['server', '[1005,"",true]'])
  })

  test('answers a ping as a browser does by itself: there and back, whatever its page does', () => {
    net.down.line.latencyMs = 100
    const link = open()
    let answeredAt = 0
    const began = clock.now()
    link.ping(() => {
      answeredAt = clock.now() - began
    })
    clock.advance(1_000)
    expect(answeredAt).toBe(120)
  })

  test('has the bytes that were sent, whatever becomes of them', () => {
    open()
    const bytes = Uint8Array.of(3, 4)
    far.send(bytes)
    bytes.fill(9)
    clock.advance(100)
    // Of two buffers toEqual does not compare the bytes.
    expect(heard.map((data) => [...new Uint8Array(data as ArrayBuffer)])).toEqual([[3, 4]])
  })

  test('has as many bytes waiting as a test says', () => {
    const link = open()
    link.send(new Uint8Array(7))
    link.bufferedAmount = 5_000
    expect(link.bufferedAmount).toBe(5_000)
  })
})

test('all sockets are cut, and all are read, not only the newest', () => {
  const sockets: FarSocket[] = []
  const both = new Net({ ...clock, random: seeded(1) }, (socket) => {
    sockets.push(socket)
    return { receive: () => {}, closed: () => void ends.push('server') }
  })
  const told: unknown[] = []
  for (const name of ['a', 'b']) {
    const link = new both.WebSocket(name, []) as Link
    link.onmessage = () => told.push(name)
  }
  clock.advance(20)
  both.isRead = false
  for (const socket of sockets) socket.send(Uint8Array.of(1))
  clock.advance(100)
  expect(told).toEqual([])
  both.isRead = true
  expect(told).toEqual(['a', 'b'])
  both.cut()
  expect(ends).toEqual(['server', 'server'])
})

test('without a source of chance all is equally late, and a segment is lost where more than half of them are', () => {
  const lateness = (loss: number) => {
    const plain = new Net(clock, (socket) => {
      far = socket
      return { receive: () => {}, closed: () => {} }
    })
    const link = new plain.WebSocket('ws://arena.test/ws', []) as Link
    clock.advance(20)
    plain.down.line.loss = loss
    const began = clock.now()
    let came = 0
    link.onmessage = () => {
      came = clock.now() - began
    }
    far.send(Uint8Array.of(1))
    clock.advance(10_000)
    return came
  }
  expect([lateness(0), lateness(0.5), lateness(0.51) > 100]).toEqual([20, 20, true])
})

test('the lines by name are what they are said to be', () => {
  const { lan, home, wifi, far: farAway, bad200, stall1s, stall6s, hiddenTab } = PROFILES
  expect([lan, home, wifi, farAway, bad200].map(({ line }) => 2 * line.latencyMs)).toEqual([0.6, 40, 20, 200, 200])
  expect([wifi, PROFILES['4g'], bad200, PROFILES.train].map(({ line }) => line.loss)).toEqual([
    0.001, 0.003, 0.02, 0.01,
  ])
  expect([stall1s, stall6s].map(({ outage }) => outage)).toEqual([
    { everyMs: 8_000, forMs: 1_000 },
    { everyMs: 12_000, forMs: 6_000 },
  ])
  expect(hiddenTab.hidden).toEqual({ everyMs: 8_000, forMs: 10_000 })
  expect([PROFILES['clock+500ppm'].ppm, PROFILES['clock-500ppm'].ppm]).toEqual([500, -500])
})

test('a spell is told when it begins and when it is over', () => {
  const told: [number, boolean][] = []
  const off = repeat(clock, { everyMs: 100, forMs: 10 }, (isOn) => told.push([clock.now() - 1_000, isOn]))
  clock.advance(250)
  off()
  clock.advance(500)
  expect(told).toEqual([
    [100, true],
    [110, false],
    [210, true],
    [220, false],
  ])
})
