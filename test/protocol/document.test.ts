import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { CLOSE, type CloseReason, isFinal } from '../../protocol/errors.ts'
import * as limits from '../../protocol/limits.ts'
import { DEFAULT_LIMITS } from '../../server/base/limits.ts'
import { document, example, fromHex, table, toHex, vectors } from '../support/document.ts'
import { ROOT } from '../support/shell.ts'
import { Example } from '../support/vectors.ts'

describe('the examples of docs/PROTOCOL.md', () => {
  const all = vectors()
  const writer = new Example()
  const reader = new Example()

  test('[F1] are there for every message', () => {
    const sorts = all.map(({ name }) => name.split(',')[0])
    expect(new Set(sorts)).toEqual(
      new Set([
        'hello',
        'message',
        'predict',
        'leave',
        'welcome',
        'stopping',
        'watch',
        'keyframe',
        'ack',
        'input',
        'state',
      ]),
    )
  })

  for (const vector of all) {
    test(`[F1] ${vector.name} is written as it says`, () => {
      expect(toHex(writer.encode(vector))).toBe(vector.hex)
    })
    test(`[F1] ${vector.name} is read as it says`, () => {
      expect(reader.decode(vector, fromHex(vector.hex))).toEqual(vector.value)
    })
  }
})

describe('the tables of docs/PROTOCOL.md', () => {
  test('name the hash of the example definition', () => {
    expect(document).toContain(`whose hash is \`${example.hash}\``)
  })

  test('list every close code with whether to come back, and no other', () => {
    const rows = table('code').map(([code, reason, retry]) => ({ code: Number(code), reason, retry: retry === 'yes' }))
    const codes = Object.entries(CLOSE).sort(([, one], [, other]) => one - other)
    expect(rows).toEqual(codes.map(([reason, code]) => ({ code, reason, retry: !isFinal(reason as CloseReason) })))
  })

  test('[F4] give the limits that the code keeps', () => {
    expect(table('limit').map(([, value]) => Number(value))).toEqual([
      limits.TO_SERVER.bytes,
      limits.HELLO_BYTES,
      limits.TO_SERVER.nodes,
      limits.TO_CLIENT.bytes,
      limits.TO_CLIENT.nodes,
      limits.MAX_DEPTH,
      limits.MAX_KEY_BYTES,
      limits.INPUTS_PER_FRAME,
      limits.INPUTS_WAITING,
      limits.SNAPSHOT_RING,
      limits.WINDOW_FRAMES,
      DEFAULT_LIMITS.ackMs,
      limits.REPLAY_MESSAGES,
      limits.REPLAY_BYTES,
      limits.HEARTBEAT_MS,
      limits.SILENCE_MS,
    ])
  })

  test('[I1] say how soon a state is acknowledged', () => {
    expect(document).toContain(`acknowledged by either frame, at most ${limits.ACK_MS} ms after it was applied`)
  })
})

describe('the rules of docs/PROTOCOL.md', () => {
  test('are each cited by the name of a test, and no other is', () => {
    const ids = [...document.matchAll(/^- \*\*\[(.+?)\]\*\*/gm)].map(([, id]) => id)
    expect(ids.length).toBeGreaterThan(40)
    expect(cited()).toEqual(new Set(ids))
  })
})

/** The rules that names of tests begin with. */
function cited(): Set<string | undefined> {
  const test = join(ROOT, 'test')
  const files = readdirSync(test, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.test.ts'))
  const sources = files.map((file) => readFileSync(join(test, file), 'utf8'))
  return new Set(sources.flatMap((source) => [...source.matchAll(/['"`]\[([A-Z]\d+)\] /g)].map(([, id]) => id)))
}
