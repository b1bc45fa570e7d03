import { beforeEach, describe, expect, expectTypeOf, test } from 'vitest'
import { ProtocolError } from '../../protocol/errors.ts'
import {
  type AskOf,
  defineGame,
  type Game,
  type MessageName,
  type ReplyOf,
  type RequestName,
} from '../../protocol/game.ts'
import { ANSWER, type Said } from '../../protocol/messages.ts'
import { Ask, type Line, type RequestError, request } from '../../protocol/requests.ts'
import { optional, text, u8 } from '../../protocol/vocabulary.ts'
import { deferred, settle, VirtualClock } from '../support/clock.ts'

const { ask: buy, reply } = request({ item: text(8) }, { gold: u8() })
const BUY = 3

let clock: VirtualClock
let line: Line & { epoch: number; mail: { sent: number } }
let said: Said[]
let isFull: boolean

beforeEach(() => {
  clock = new VirtualClock()
  said = []
  isFull = false
  line = {
    epoch: 1,
    mail: { sent: 0, questions: undefined },
    after: clock.after,
    post(message) {
      if (isFull) return 'full'
      said.push(message)
      this.mail.sent++
      return 'sent'
    },
  }
})

const put = (options?: Parameters<typeof buy.put>[3]) => buy.put(line, BUY, { item: 'hat' }, options)
const answered = (...body: unknown[]) => line.mail.questions?.answered(body as never)

/** What becomes of a promise, as far as is known now. */
async function fate(promise: Promise<unknown>): Promise<unknown> {
  let found: unknown = 'pending'
  promise.then(
    (value) => {
      found = value
    },
    (error: RequestError | Error | string) => {
      found = (error as RequestError).reason ?? (error as Error).message ?? error
    },
  )
  await settle()
  return found
}

test('names and values of requests are those of the definition, and messages are not requests', () => {
  const shop = defineGame({
    toServer: { talk: { ask: text(8) }, buy: request({ item: text(8) }, { gold: optional(u8()) }) },
    toClient: { note: {} },
  })
  type Shop = typeof shop
  expectTypeOf<RequestName<Shop, 'toServer'>>().toEqualTypeOf<'buy'>()
  expectTypeOf<MessageName<Shop, 'toServer'>>().toEqualTypeOf<'talk'>()
  expectTypeOf<RequestName<Shop, 'toClient'>>().toEqualTypeOf<never>()
  expectTypeOf<MessageName<Game, 'toServer'>>().toEqualTypeOf<string>()
  expectTypeOf<AskOf<Shop, 'toServer', 'buy'>>().toEqualTypeOf<{ item: string }>()
  expectTypeOf<ReplyOf<Shop, 'toServer', 'buy'>>().toEqualTypeOf<{ gold?: number | undefined }>()
  expect(shop.toServer.map((type) => type.ask instanceof Ask)).toEqual([false, true])
  expect(shop.toServer[1]?.body.name).toBe('group(ask:group(item:text(8)),reply:optional(group(gold:optional(u8))))')
})

describe('a request', () => {
  test('is a message of two fields: what is asked, and a reply that is not there yet', async () => {
    void put()
    expect(said).toEqual([{ kind: BUY, body: [['hat'], null] }])
    expect(reply.type.name).toBe('optional(group(gold:u8))')
  })

  test('resolves to its own answer, whatever the order of the answers, and once', async () => {
    const [one, two] = [put(), put()]
    answered(2, [20])
    answered(1, [10])
    answered(1, [11])
    answered(7, [70])
    // Nobody waits for it any more: it need not fit, either.
    answered(1, [256])
    expect(await Promise.all([one, two])).toEqual([{ gold: 10 }, { gold: 20 }])
    expect(clock.waiting).toBe(0)
  })

  test('fails when the other end says so', async () => {
    const asked = put()
    answered(1, null)
    expect(await fate(asked)).toBe('failed')
  })

  for (const body of [null, 7, [1], [1, [10], 0], ['1', [10]], [-1, [10]], [1, [256]], [1, [10, 10]], [1, 'no']]) {
    test(`is not answered by ${JSON.stringify(body)}, which breaks the protocol`, async () => {
      const asked = put()
      expect(() => line.mail.questions?.answered(body as never)).toThrow(ProtocolError)
      const isForIt = Array.isArray(body) && body.length === 2 && body[0] === 1
      expect(await fate(asked)).toBe(isForIt ? 'failed' : 'pending')
      expect(() => answered(1, [10])).not.toThrow()
    })
  }

  test('that does not fit is refused where it is made, and its neighbour is not', () => {
    expect(() => buy.put(line, BUY, { item: 'too long a hat' })).toThrow(/item: must be text\(8\)/)
    for (const timeoutMs of [-1, Number.NaN, 2 ** 31]) expect(() => put({ timeoutMs })).toThrow(RangeError)
    expect(said).toEqual([])
    void put({ timeoutMs: 2 ** 31 - 1 })
    expect(said).toHaveLength(1)
    expect(() => put({ timeoutMs: 2 ** 31 })).toThrow('timeoutMs must be 0 or more and below 2^31, got 2147483648')
  })

  test('that may take no time at all is asked, and times out at once', async () => {
    const asked = put({ timeoutMs: 0 })
    expect([said.length, await fate(asked)]).toEqual([1, 'pending'])
    clock.advance(0)
    expect(await fate(asked)).toBe('timeout')
  })

  test('that is not accepted was certainly not asked', async () => {
    isFull = true
    expect(await fate(put())).toBe('full')
    expect([said, clock.waiting]).toEqual([[], 0])
  })

  test('that is too long to travel is refused with that word, and waits for nothing', async () => {
    line.post = () => {
      throw new RangeError('a message must be at most 9 bytes')
    }
    expect(await fate(put())).toBe('a message must be at most 9 bytes')
    expect(clock.waiting).toBe(0)
  })

  test('keeps its number when more is sent while it is, and ends when the streams do', async () => {
    const { post } = line
    line.post = (message) => {
      line.post = post
      line.post(message)
      return line.post({ kind: 0, body: [] })
    }
    const asked = put()
    answered(1, [10])
    expect(await fate(asked)).toEqual({ gold: 10 })
    line.post = () => {
      line.mail.questions?.end()
      return 'sent'
    }
    expect(await fate(put())).toBe('outcome-unknown')
    expect(clock.waiting).toBe(0)
  })

  test('times out after ten seconds, or when it is told to, and not before', async () => {
    const [slow, quick] = [put(), put({ timeoutMs: 50 })]
    clock.advance(49)
    expect(await fate(quick)).toBe('pending')
    clock.advance(1)
    expect(await fate(quick)).toBe('timeout')
    clock.advance(9_949)
    expect(await fate(slow)).toBe('pending')
    clock.advance(1)
    expect(await fate(slow)).toBe('timeout')
    answered(1, [10])
  })

  test('is given up by its signal, with its reason, and is not asked after it', async () => {
    const control = new AbortController()
    const asked = put({ signal: control.signal })
    control.abort('changed my mind')
    expect(await fate(asked)).toBe('changed my mind')
    expect(await fate(put({ signal: control.signal }))).toBe('changed my mind')
    expect([said.length, clock.waiting]).toEqual([1, 0])
    answered(1, [10])
  })

  test('listens to its signal no longer than it takes, whatever becomes of it', async () => {
    for (const end of [
      () => answered(said.length, [10]),
      () => clock.advance(10_000),
      () => line.mail.questions?.end(),
    ]) {
      const { signal } = new AbortController()
      const heard = { add: 0, remove: 0 }
      const counted = {
        ...{ aborted: false, reason: undefined },
        addEventListener: (type: 'abort', listener: () => void) => {
          heard.add++
          signal.addEventListener(type, listener)
        },
        removeEventListener: (type: 'abort', listener: () => void) => {
          heard.remove++
          signal.removeEventListener(type, listener)
        },
      }
      const asked = put({ signal: counted })
      asked.catch(() => {})
      end()
      await settle()
      expect(heard).toEqual({ add: 1, remove: 1 })
    }
  })

  test('that failed is an error of its own name', async () => {
    const asked = put()
    answered(1, null)
    await expect(asked).rejects.toMatchObject({ name: 'RequestError', message: 'failed', reason: 'failed' })
  })

  test('has an unknown outcome when the streams end', async () => {
    const asked = [put(), put()]
    line.mail.questions?.end()
    expect(await Promise.all(asked.map(fate))).toEqual(['outcome-unknown', 'outcome-unknown'])
    expect(clock.waiting).toBe(0)
  })
})

describe('an answer', () => {
  const asked = { seq: 5, epoch: 1 }

  test('is what the work returns, or what its promise resolves to', async () => {
    await buy.answer(line, asked, () => ({ gold: 1 }))
    await buy.answer(line, { seq: 6, epoch: 1 }, async () => ({ gold: 2 }))
    expect(said).toEqual([
      { kind: ANSWER, body: [5, [1]] },
      { kind: ANSWER, body: [6, [2]] },
    ])
  })

  test('is made of what the listener is given: what is asked, and when', async () => {
    const heard = { ...asked, message: { ask: { item: 'hat' } }, tick: 9 }
    const given: unknown[] = []
    await buy.hear(line, heard, (...all) => given.push(...all) && { gold: 1 })
    expect(given).toEqual([{ item: 'hat' }, 9])
  })

  for (const [what, work, message] of [
    [
      'throws',
      () => {
        throw new Error('the till is shut')
      },
      'the till is shut',
    ],
    ['rejects', () => Promise.reject(new Error('the till is shut')), 'the till is shut'],
    ['returns nothing', () => {}, 'must be group(gold:u8), got undefined'],
    ['returns what does not fit', () => ({ gold: 256 }), 'gold: must be u8, got 256'],
  ] as const) {
    test(`is none when the work ${what}, and the reason stays here`, async () => {
      expect(await fate(buy.answer(line, asked, work))).toBe(message)
      expect(said).toEqual([{ kind: ANSWER, body: [5, null] }])
    })
  }

  const returns = (gold: number) => () => ({ gold })
  const throws = () => {
    throw new Error('the till is shut')
  }
  for (const [first, work, next, other, bodies] of [
    ['returns', returns(1), 'throws', throws, [[1], null]],
    ['is async', async () => returns(1)(), 'throws', throws, [[1], null]],
    ['is async', async () => returns(1)(), 'returns', returns(2), [[1], [2]]],
    ['throws', throws, 'is async', async () => returns(2)(), [null, [2]]],
    ['is async and throws', async () => throws(), 'returns', returns(2), [null, [2]]],
  ] as const) {
    test(`of a listener that ${first} comes before that of the next one, which ${next}`, async () => {
      // A failure is heard of by whoever ran the listener, too.
      await Promise.allSettled([work, other].map((listener) => buy.answer(line, asked, listener)))
      expect(said.map(({ body }) => body)).toEqual(bodies.map((body) => [5, body]))
    })
  }

  test('waits for a place in a full buffer, and is said once', async () => {
    isFull = true
    const told = buy.answer(line, asked, () => ({ gold: 1 }))
    await clock.pass(1_000)
    isFull = false
    await clock.pass(1_000)
    expect(await fate(told)).toBeUndefined()
    expect(said).toEqual([{ kind: ANSWER, body: [5, [1]] }])
  })

  test('to a request of streams that have ended is not said, nor waits for ever', async () => {
    const thinking = deferred<{ gold: number }>()
    const late = buy.answer(line, asked, () => thinking.promise)
    isFull = true
    const waiting = buy.answer(line, asked, () => ({ gold: 1 }))
    await settle()
    line.epoch = 2
    isFull = false
    thinking.resolve({ gold: 1 })
    await clock.pass(1_000)
    expect([await fate(late), await fate(waiting)]).toEqual([undefined, undefined])
    expect([said, clock.waiting]).toEqual([[], 0])
  })
})
