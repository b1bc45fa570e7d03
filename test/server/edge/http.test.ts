import { expect, test } from 'vitest'
import { withoutUpgrade, writeFailure } from '../../../server/edge/http.ts'

test('a head without its upgrade is the last one of its connection, and otherwise as it came', () => {
  const rawHeaders = [
    'Host',
    'a',
    'Proxy-Connection',
    'keep-alive',
    'UPGRADE',
    'h2c',
    'connection',
    'Upgrade',
    'X-Upgrade',
    '1',
    'x-name',
    'Zo\u00eb',
  ]
  expect(withoutUpgrade({ method: 'GET', url: '/a?b', httpVersion: '1.1', rawHeaders })).toBe(
    'GET /a?b HTTP/1.1\r\nConnection: close\r\nHost: a\r\nX-Upgrade: 1\r\nx-name: Zo\u00eb\r\n\r\n',
  )
})

for (const [what, headersSent, writableEnded, expected] of [
  ['before the headers are sent is answered with 500 and nothing else', false, false, ['remove etag', '500', 'end']],
  ['in the middle of an answer ends the socket', true, false, ['destroy']],
  ['after the answer changes nothing', true, true, []],
] as const) {
  test(`a failure ${what}`, () => {
    const calls: string[] = []
    writeFailure({
      req: { httpVersionMajor: 1 },
      headersSent,
      writableEnded,
      getHeaderNames: () => ['etag'],
      removeHeader: (name) => void calls.push(`remove ${name}`),
      writeHead: (status) => void calls.push(`${status}`),
      end: () => void calls.push('end'),
      destroy: () => void calls.push('destroy'),
    })
    expect(calls).toEqual(expected)
  })
}
