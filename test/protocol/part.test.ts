import { describe, expect, test } from 'vitest'
import { Writer } from '../../protocol/bytes.ts'
import { Capture } from '../../protocol/capture.ts'
import { writeStep } from '../../protocol/delta.ts'
import { Deviations } from '../../protocol/deviations.ts'
import { defineGame } from '../../protocol/game.ts'
import type { Layout } from '../../protocol/layout.ts'
import type { LiveRow } from '../../protocol/live.ts'
import { idOf, type KindSight, seenFirst, writePart } from '../../protocol/part.ts'
import { RowList } from '../../protocol/row-list.ts'
import { type Baseline, makeId, type Snapshot, slotOf } from '../../protocol/snapshot.ts'
import { fixed } from '../../protocol/vocabulary.ts'
import { Flock, idsOf, partOf } from '../support/flock.ts'
import { fillList, listOf, numbersIn } from '../support/lists.ts'
import { seeded } from '../support/random.ts'
import { zoo } from '../support/zoo.ts'

/** What a viewer was sent of one tick. */
interface View {
  readonly tick: number
  readonly state: Snapshot
  /** By kind. */
  readonly seen: readonly RowList[]
  /** The tick of the view that the ages go on from. */
  after: number
}

const idsByKind = ({ seen }: View) => seen.map((list) => numbersIn(list).map(idOf))

/** What the viewer goes on from, and what it saw then. */
interface From {
  readonly base: View
  readonly earlier: readonly [View, View] | null
}

class Viewer {
  readonly views: View[] = []
  readonly #random: () => number
  readonly #wanted = new Map<string, boolean>()

  constructor(random: () => number) {
    this.#random = random
  }

  /** Whom it sees changes now and then, and for some of them comes back at once. */
  look(state: Snapshot): View {
    const random = this.#random
    const seen = state.tables.map((table, kind) => {
      const ids = idsOf(table).filter((id) => {
        const key = `${kind}/${id}`
        const was = this.#wanted.get(key) ?? random() < 0.6
        const is = random() < 0.15 ? !was : was
        this.#wanted.set(key, is)
        return is
      })
      return listOf(ids.map(seenFirst))
    })
    return { tick: state.tick, state, seen, after: 0 }
  }

  /** Nearly always the last view, and movement goes on; at times the empty one, or one that is acknowledged only. */
  from(nothing: View): From {
    const random = this.#random
    const back = random() < 0.15 ? 2 : 1
    const base = this.views.at(-back)
    if (base === undefined || random() < 0.05) return { base: nothing, earlier: null }
    const [last, first] = [this.views.at(-back - 1), this.views.at(-back - 2)]
    return { base, earlier: last && first && random() < 0.8 ? [last, first] : null }
  }
}

function roomBaseline({ base, earlier }: From): Baseline {
  return { base: base.state, earlier: earlier && [earlier[0].state, earlier[1].state] }
}

/** The same delta, made from states of the viewer's own. */
function plainly(kind: number, { base, earlier }: From, now: View): Uint8Array {
  const own = (view: View) => partOf(view.state, idsByKind(view))
  const around = { before: base.state, now: now.state }
  const baseline = { base: own(base), earlier: earlier && ([own(earlier[0]), own(earlier[1])] as const), around }
  const writer = new Writer()
  writeStep(writer, kind, zoo.kinds[kind]!, { from: baseline, to: own(now) })
  return writer.copy()
}

function picked(room: Deviations, now: View, { base, earlier }: From, isInLine: boolean): Uint8Array {
  const { kind } = room
  const seen = now.seen[kind] as RowList
  const writer = new Writer()
  writePart(writer, room, {
    rows: listOf(numbersIn(seen).map((id) => room.after.indexOf(idOf(id)))),
    now: seen,
    base: base.seen[kind] as RowList,
    earlier: earlier && [earlier[0].seen[kind] as RowList, earlier[1].seen[kind] as RowList],
    isInLine,
  })
  return writer.copy()
}

const isChain = ({ base, earlier }: From) =>
  earlier !== null && base.after === earlier[0].tick && earlier[0].after === earlier[1].tick

/** Surveys of one tick, each of which all viewers who go on from it share. */
class Surveys {
  readonly #pool: Deviations[][] = []
  readonly #used = new Map<string, Deviations[]>()

  clear(): void {
    this.#used.clear()
  }

  of(from: From, now: Snapshot): readonly Deviations[] {
    const key = [from.base, ...(from.earlier ?? [])].map(({ tick }) => tick).join()
    const found = this.#used.get(key)
    if (found) return found
    const at = this.#used.size
    this.#pool[at] ??= zoo.kinds.map((layout, kind) => new Deviations(layout, kind))
    const fresh = this.#pool[at]
    this.#used.set(key, fresh)
    for (const room of fresh) room.fill(roomBaseline(from), now)
    return fresh
  }
}

/** What was met with, so that no seed is about nothing. */
const met = { steady: 0, standing: 0, whole: 0, inLine: 0, apart: 0, returned: 0, reused: 0 }

function count(from: From, now: View): void {
  if (from.base.tick === 0) met.whole++
  else if (from.earlier === null) met.standing++
  else met.steady++
  if (from.earlier) isChain(from) ? met.inLine++ : met.apart++
  now.seen.forEach((list, kind) => {
    const base = numbersIn(from.base.seen[kind] as RowList).map(idOf)
    const last = from.earlier && numbersIn(from.earlier[0].seen[kind] as RowList).map(idOf)
    const first = from.earlier && numbersIn(from.earlier[1].seen[kind] as RowList).map(idOf)
    for (const id of numbersIn(list).map(idOf)) {
      if (base.includes(id) && last && first?.includes(id) && !last.includes(id)) met.returned++
      if (base.some((other) => other !== id && slotOf(other) === slotOf(id))) met.reused++
    }
  })
}

/** 60 states, of which each of four viewers is sent most. */
function play(seed: number): void {
  const random = seeded(seed)
  const flock = new Flock(random)
  const viewers = Array.from({ length: 4 }, () => new Viewer(random))
  const surveys = new Surveys()
  const empty = flock.capture.ring.at(0) as Snapshot
  const nothing: View = { tick: 0, state: empty, seen: zoo.kinds.map(() => new RowList()), after: 0 }
  for (let round = 0; round < 60; round++) {
    const state = flock.next()
    surveys.clear()
    for (const viewer of viewers) {
      if (random() < 0.2) continue
      const from = viewer.from(nothing)
      const now = viewer.look(state)
      count(from, now)
      tell(surveys.of(from, state), from, now)
      // Now and then it is sent that by another way, of which the ages know nothing.
      if (random() < 0.1) for (const list of now.seen) fillList(list, numbersIn(list).map(idOf).map(seenFirst))
      else now.after = from.base.tick
      viewer.views.push(now)
    }
  }
}

const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

function tell(rooms: readonly Deviations[], from: From, now: View): void {
  for (const room of rooms) {
    const fresh = numbersIn(now.seen[room.kind] as RowList)
    const expected = hexOf(plainly(room.kind, from, now))
    expect(hexOf(picked(room, now, from, false))).toBe(expected)
    if (!isChain(from)) continue
    const ages = numbersIn(now.seen[room.kind] as RowList)
    fillList(now.seen[room.kind] as RowList, fresh)
    expect(hexOf(picked(room, now, from, true))).toBe(expected)
    expect(numbersIn(now.seen[room.kind] as RowList)).toEqual(ages)
  }
}

describe('what is picked from a survey of the room', () => {
  for (let seed = 1; seed <= 20; seed++) {
    test(`has the bytes of a delta between what each viewer saw and sees, over 60 states, seed ${seed}`, () => {
      play(seed)
    })
  }

  test('was all of it: steady or not, from nothing, with ages and without, come back at once, in a slot of another', () => {
    play(1)
    for (const [what, times] of Object.entries(met)) expect(times, what).toBeGreaterThan(20)
  })
})

describe('an entity that was seen', () => {
  test('is the same under its id, of whatever slot and generation', () => {
    for (const id of [1, makeId(65_535, 0), makeId(1, 255), makeId(65_535, 255)]) {
      expect(idOf(seenFirst(id))).toBe(id)
      expect(seenFirst(id)).toBeGreaterThan(id)
    }
  })
})

const game = defineGame({ entities: { ball: { x: fixed(0, 1000, 1) } } })
const BALL = 2
const [A, B, C] = [1, 2, 3]

/** Balls by id and where they are, at ticks 10, 20, 30 and so on. */
function ballsAt(...states: readonly (readonly (readonly [id: number, x: number])[])[]): Snapshot[] {
  const capture = new Capture(game, true)
  return states.map((balls, index) => {
    const live: (LiveRow | undefined)[] = []
    for (const [id, x] of balls) live[slotOf(id)] = { id, values: { x }, owner: 0, shownTo: null, reveals: 0 }
    return capture.capture([[], [], Array.from(live)], (index + 1) * 10)
  })
}

/** Bytes of what one is told of the last of these states; without the kind before it. */
function told(states: readonly Snapshot[], seen: { [When in 'rows' | 'now' | 'base']: readonly number[] }): number[] {
  const [first, last, base, now] = states as [Snapshot, Snapshot, Snapshot, Snapshot]
  const room = new Deviations(game.kinds[BALL] as Layout, BALL)
  room.fill({ base, earlier: [last, first] }, now)
  const lists = { rows: listOf(seen.rows), now: listOf(seen.now), base: listOf(seen.base) }
  const writer = new Writer()
  writePart(writer, room, { ...lists, earlier: [new RowList(), new RowList()], isInLine: true } satisfies KindSight)
  return [...writer.copy()].slice(1)
}

const AGE = 2 ** 24
const old = (id: number) => id + 3 * AGE
const zigzag = (step: number) => step * 2

describe('of balls that roll on by 2 a state', () => {
  const rolling = [0, 2, 4].map((x) => [[A, x] as const, [B, 10 + x] as const])
  const states = ballsAt(...rolling, [
    [A, 6],
    [B, 16],
    [C, 50],
  ])

  test('nothing is told of those that were seen three times', () => {
    expect(told(states, { rows: [0, 1], now: [A, B].map(seenFirst), base: [old(A), old(B)] })).toEqual([])
  })

  test('the whole step is told of one that was not', () => {
    const bytes = told(states, { rows: [0, 1], now: [A, B].map(seenFirst), base: [old(A), B + 2 * AGE] })
    // None went and none came; one of two changed: the second, in the column after the owner's.
    expect(bytes).toEqual([0, 0, 1, 0b10, 0b10, 1, zigzag(2)])
  })

  test('one that was always there is met, and one that is new came', () => {
    const bytes = told(states, { rows: [1, 2], now: [B, C].map(seenFirst), base: [] })
    expect(bytes.slice(0, 6)).toEqual([0, 2, B * 2 + 1, 0, (C - B) * 2, 0])
    // What both are like, and no changes.
    expect(bytes.slice(6)).toEqual([0, 0, zigzag(16), zigzag(50), 0])
  })

  test('one that is still there is lost sight of', () => {
    expect(told(states, { rows: [0], now: [seenFirst(A)], base: [old(A), old(B)] })).toEqual([1, B * 2 + 1, 0, 0])
  })

  test('the ages count up to three', () => {
    const room = new Deviations(game.kinds[BALL] as Layout, BALL)
    const [first, last, base, now] = states as [Snapshot, Snapshot, Snapshot, Snapshot]
    room.fill({ base, earlier: [last, first] }, now)
    const seen = listOf([A, B, C].map(seenFirst))
    const rest = { rows: listOf([0, 1, 2]), base: listOf([seenFirst(A), old(B)]), earlier: null, isInLine: true }
    writePart(new Writer(), room, { ...rest, now: seen })
    expect(numbersIn(seen)).toEqual([A + 2 * AGE, old(B), seenFirst(C)])
  })
})
