// Another implementation, in Python and written from docs/PROTOCOL.md alone: it agrees with the document's examples, and
// plays in a real room, where every state that it makes out is the one that the server captured.

import { join } from 'tickwire'
import { type Game, serve } from 'tickwire/server'
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import { Capture } from '../../protocol/capture.ts'
import type { LiveRows } from '../../protocol/live.ts'
import type { Snapshot } from '../../protocol/snapshot.ts'
import { LineModel } from '../../server/sync/line-model.ts'
import { run } from '../support/shell.ts'
import { DURATION, definition, Field, game, HIDDEN_CANARY, INPUTS, noted, OWNER_CANARY } from './game.ts'

// The system's own: another one in front of it on the path would not have the packages.
const PYTHON = '/usr/bin/python3'
const python = (script: string, ...args: string[]) => run(PYTHON, ['-B', `${import.meta.dirname}/${script}`, ...args])

type Row = Readonly<Record<string, unknown>> & { readonly id: number }
type Rows = Readonly<Record<string, readonly Row[]>>

/** A line of client.py. */
interface Line {
  readonly frame?: string
  readonly player?: number
  readonly outcome?: string
  readonly tick?: number
  readonly isSteady?: boolean
  readonly rows?: Rows
  readonly exact?: Readonly<Record<string, Readonly<Record<string, number>>>>
  readonly closed?: number
  readonly heard?: readonly (readonly [kind: number, tick: number, fields: readonly unknown[]])[]
  readonly said?: number
  readonly replies?: readonly (readonly [a: number, b: number, sum: number])[]
  readonly unanswered?: number
}

/** What the server captured at a tick. */
interface Captured {
  readonly rows: Rows
  /** The live numbers of the ships, by id. */
  readonly ships: Readonly<Record<number, Readonly<Record<string, unknown>>>>
}

const captured = new Map<number, Captured>()

/** The captured snapshot in the words of client.py: all columns, whoever may see them. */
function describeSnapshot({ kinds }: Game, snapshot: Snapshot): Rows {
  const rows = kinds.map((layout, kind): [string, Row[]] => {
    const table = snapshot.tables[kind] as Snapshot['tables'][number]
    const row = (at: number) => {
      const ints = layout.ints.map(({ name, scalar: { least, coding } }, column) => {
        const whole = table.ints[column]?.[at] as number
        return [name, coding === 'pattern' || least >= 0 ? whole >>> 0 : whole]
      })
      const boxes = layout.boxes.map(({ name }, column) => [name, plain(table.boxes[column]?.[at])])
      return { id: table.ids[at] as number, ...Object.fromEntries([...ints, ...boxes]) }
    }
    return [layout.kind, Array.from({ length: table.count }, (_, at) => row(at))]
  })
  return Object.fromEntries(rows)
}

function plain(value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value
}

/** What of it is for the eyes of that player. */
function seenBy(player: number, tick: number, rows: Rows): Rows {
  const seen = game.kinds.map(({ kind, ints, boxes }): [string, Row[]] => {
    const isFor = (audience: string, row: Row) =>
      audience === 'all' ||
      (audience === 'owner' && player === (kind === 'player' ? row.id : row.owner)) ||
      (audience === 'hidden' && kind === 'ship' && row.owner === player && tick >= noted.revealedAt)
    const pick = (row: Row): Row => {
      const columns = [...ints, ...boxes].filter(({ audience }) => isFor(audience, row))
      return { id: row.id, ...Object.fromEntries(columns.map(({ name }) => [name, row[name]])) }
    }
    return [kind, (rows[kind] ?? []).map(pick)]
  })
  return Object.fromEntries(seen)
}

function recordCaptures(): void {
  const real = Capture.prototype.capture
  vi.spyOn(Capture.prototype, 'capture').mockImplementation(function (this: Capture, rows: readonly LiveRows[], tick) {
    const snapshot = real.call(this, rows, tick)
    const live = rows[2]?.flatMap((row) => (row ? [[row.id, { ...row.values }]] : [])) ?? []
    captured.set(tick, { rows: describeSnapshot(game, snapshot), ships: Object.fromEntries(live) })
    return snapshot
  })
}

afterEach(() => vi.restoreAllMocks())

test('the examples of the document are read and written by another implementation', async () => {
  const { code, output } = await python('vectors.py')
  expect(output).toMatch(/^\d\d as stated, 0 not$/m)
  expect(code).toBe(0)
})

describe('a match of the other implementation, beside one of ours', () => {
  let lines: Line[]
  let states: (Line & Captured & { readonly tick: number })[]
  let me: number

  beforeAll(async () => {
    recordCaptures()
    // However slowly a busy machine reads: each state is to be whole.
    vi.spyOn(LineModel.prototype, 'byteWindow', 'get').mockReturnValue(Number.POSITIVE_INFINITY)
    const server = await serve({ port: 0, host: '127.0.0.1', game, rooms: { field: Field }, signals: false })
    const ours = await join(server.url, game, { room: 'field', with: { name: 'ours' }, WebSocket })
    const plan = {
      url: server.url,
      definition,
      room: 'field',
      join: ['Python', 5],
      predicts: [2],
      inputs: INPUTS.map(({ cells }) => cells),
      say: 1,
      sum: 2,
      over: 1,
      echo: 2,
      cutAfter: 30,
    }
    const { code, output } = await python('client.py', JSON.stringify(plan))
    await ours.leave()
    await server.close()
    expect(code, output.slice(-2000)).toBe(0)
    lines = output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    states = lines.filter((line): line is (typeof states)[number] => line.rows !== undefined)
    me = lines[0]?.player as number
  })

  test('[S10] every state is the one that the server captured, seen with its eyes', () => {
    expect(states.length).toBeGreaterThan(40)
    expect(states.at(-1)?.tick).toBeGreaterThanOrEqual(noted.restsAt)
    for (const { tick, rows } of states) {
      expect(rows, `tick ${tick}`).toEqual(seenBy(me, tick, captured.get(tick)?.rows as Rows))
    }
  })

  test('[S11] many frames are steady, while entities come and go and slots are used again', () => {
    expect(states.filter(({ isSteady }) => isSteady).length).toBeGreaterThan(20)
    const sparks = states.map(({ rows }) => rows.spark?.map(({ id }) => id) ?? [])
    expect(new Set(sparks.flat()).size).toBeGreaterThan(50)
    expect(Math.max(...sparks.flat())).toBeGreaterThan(65_536)
  })

  test('[S8] what is not for its eyes is in no byte that it got, and what is, is', () => {
    const bytes = Buffer.concat(lines.map(({ frame }) => Buffer.from(frame ?? '', 'hex')))
    for (const canary of [HIDDEN_CANARY, OWNER_CANARY]) {
      expect(JSON.stringify([...captured.values()])).toContain(canary)
      expect(bytes.includes(canary)).toBe(false)
    }
    expect(bytes.includes('for the owner')).toBe(true)
    expect(bytes.includes('shown to its owner')).toBe(true)
  })

  test('[S9] the exact values of its own ship are those of the game, to the bit', () => {
    const own = states.flatMap(({ tick, rows, exact }) => {
      const id = rows.ship?.find(({ owner }) => owner === me)?.id ?? 0
      const values = exact?.[`2 ${id}`]
      return values ? [{ tick, values, live: captured.get(tick)?.ships[id] }] : []
    })
    expect(own.length).toBeGreaterThan(40)
    for (const { tick, values, live } of own) expect(live, `tick ${tick}`).toMatchObject(values)
  })

  test('[I3] the game sees its inputs as they were meant', () => {
    expect(new Set(noted.inputs.map(({ mark }) => mark)).size).toBe(INPUTS.length)
    for (const { mark, turn, ...values } of noted.inputs) {
      expect(values).toEqual(INPUTS[mark]?.values)
      expect(Math.hypot(...turn)).toBeCloseTo(1)
    }
  })

  test('[R4] over a cut each message arrives once and in order, both ways', () => {
    const end = lines.at(-1)
    expect(lines.flatMap(({ outcome }) => outcome ?? [])).toEqual(['new', 'resumed'])
    const kept = noted.said.filter((text) => text.startsWith('message'))
    expect(kept).toEqual(Array.from({ length: end?.said ?? 0 }, (_, index) => `message ${index + 1}`))
    const counts = end?.heard?.filter(([kind]) => kind === 0) ?? []
    const counted = counts.map(([, , [n]]) => n as number)
    expect(counted).toEqual(Array.from({ length: DURATION / 15 }, (_, index) => index + 1))
    expect(end?.closed).toBe(1000)
  })

  test('[M5] its volatile messages are heard once at most, behind those that they were sent behind', () => {
    const asides = noted.said.filter((text) => text.startsWith('aside'))
    expect(asides.length).toBeGreaterThan(3)
    expect(new Set(asides).size).toBe(asides.length)
    const heardAt = (text: string) => noted.said.indexOf(text)
    for (const text of asides) expect(heardAt(text)).toBeGreaterThan(heardAt(text.replace('aside', 'message')))
    expect(asides.every((text) => heardAt(text.replace('aside', 'message')) >= 0)).toBe(true)
  })

  test('[M10] over a cut each request is answered once, by its own answer, both ways', () => {
    const { replies = [], unanswered } = lines.at(-1) as Line
    expect(replies.length).toBeGreaterThan(3)
    for (const [a, b, sum] of replies) expect(sum).toBe(a + b)
    // Those that were asked last were not waited for.
    expect(unanswered).toBeLessThan(3)
    const numbers = Array.from({ length: Math.floor(DURATION / 20) }, (_, index) => index + 1)
    expect(noted.echoes).toEqual(numbers.map((n) => [n, n % 2 === 0 ? n : 'failed']))
  })

  test('[M5] each message tells its tick, both ways', () => {
    const over = lines.at(-1)?.heard?.find(([kind]) => kind === 1)
    expect(over).toEqual([1, noted.restsAt, [noted.restsAt]])
    expect(noted.saidAt.length).toBeGreaterThan(3)
    const ticks = new Set(states.map(({ tick }) => tick))
    for (const [had, was] of noted.saidAt) expect([had === 0 || ticks.has(had), had <= was]).toEqual([true, true])
    expect(noted.saidAt.at(-1)?.[0]).toBeGreaterThan(0)
  })
})
