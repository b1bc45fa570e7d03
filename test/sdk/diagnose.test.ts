import { describe, expect, test, vi } from 'vitest'
import { diagnose, isMixedContent } from '../../sdk/diagnose.ts'
import type { Answer } from '../../sdk/world.ts'

const url = 'wss://arena.test/ws'

function answering(status: number, said: unknown) {
  const asked: string[] = []
  const json = async () => {
    if (said === 'no json') throw new SyntaxError('no json')
    return said
  }
  const fetch = async (address: string, { method }: { method: string }): Promise<Answer> => {
    asked.push(`${method} ${address}`)
    return { status, json }
  }
  return { fetch, asked }
}

describe('the cause of a socket that does not open', () => {
  for (const [status, said, cause] of [
    [426, { tickwire: 1, origin: 'allowed' }, 'blocked-upgrade'],
    [426, { tickwire: 1, origin: 'refused' }, 'origin-refused'],
    [426, { tickwire: 1, origin: 'allowed', isFull: true }, 'FULL'],
    [426, { tickwire: 1, origin: 'allowed', isFull: false }, 'blocked-upgrade'],
    [426, { upgrade: 'please' }, 'wrong-path'],
    [404, 'no json', 'wrong-path'],
    [200, null, 'wrong-path'],
    [502, 'no json', 'server-gone'],
    [503, { tickwire: 1, origin: 'allowed' }, 'server-gone'],
    [504, null, 'server-gone'],
    [500, null, 'server-gone'],
    [521, 'no json', 'server-gone'],
    [499, 'no json', 'wrong-path'],
    [501, 'no json', 'wrong-path'],
  ] as const) {
    test(`an answer ${status} ${JSON.stringify(said)} means ${cause}`, async () => {
      const { fetch, asked } = answering(status, said)
      expect(await diagnose(url, { fetch })).toBe(cause)
      // Not GET: with that a page's own server would not be told the page's origin.
      expect(asked).toEqual(['POST https://arena.test/ws'])
    })
  }

  for (const [publicUrl, cause] of [
    ['https://page.test', 'blocked-upgrade'],
    ['https://pgae.test', 'origin-refused'],
  ] as const) {
    test(`for a page of the server's own is ${cause} where the public URL is ${publicUrl}`, async () => {
      const page = 'https://page.test'
      // As browsers do: a page's own server is told the origin, unless it is only asked for something.
      const fetch = async (address: string, { method }: { method: string }): Promise<Answer> => {
        const isTold = new URL(address).origin !== page || !['GET', 'HEAD'].includes(method)
        const origin = isTold && page !== publicUrl ? 'refused' : 'allowed'
        return { status: 426, json: async () => ({ tickwire: 1, origin }) }
      }
      expect(await diagnose('wss://page.test/ws', { fetch })).toBe(cause)
    })
  }

  test('is asked for no longer than three seconds', async () => {
    const timeout = vi.spyOn(AbortSignal, 'timeout')
    let how: unknown
    await diagnose(url, {
      fetch: (_, asking) => {
        how = asking
        return Promise.reject(new TypeError('failed'))
      },
    })
    expect(timeout.mock.calls).toEqual([[3_000]])
    expect(how).toHaveProperty('signal', timeout.mock.results[0]?.value)
    timeout.mockRestore()
  })

  test('no answer means that the server is gone', async () => {
    expect(await diagnose(url, { fetch: () => Promise.reject(new TypeError('failed')) })).toBe('server-gone')
    expect(await diagnose(url, { fetch: null })).toBe('server-gone')
  })
})

describe('mixed content', () => {
  for (const [page, address, isMixed] of [
    ['https://page.test/', 'ws://arena.test/ws', true],
    ['https://page.test/', 'wss://arena.test/ws', false],
    ['http://page.test/', 'ws://arena.test/ws', false],
    ['https://page.test/', 'ws://localhost:8080/ws', false],
    ['https://page.test/', 'ws://127.0.0.1:8080/ws', false],
    ['https://page.test/', 'ws://localhost.test/ws', true],
    [null, 'ws://arena.test/ws', false],
  ] as const) {
    test(`${address} from ${page} is ${isMixed ? '' : 'not '}mixed`, () => {
      expect(isMixedContent(address, page)).toBe(isMixed)
    })
  }
})
