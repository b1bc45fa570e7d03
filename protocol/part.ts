// Deltas for clients that see a part of a room. Which rows those are is found for each client; how rows differ was
// found once for all of them (see deviations.ts).

import type { Writer } from './bytes.ts'
import { Changes } from './changes.ts'
import { Course } from './course.ts'
import { writeKind } from './delta.ts'
import type { Deviations } from './deviations.ts'
import { Matching } from './matching.ts'
import type { RowList } from './row-list.ts'
import { slotOf } from './snapshot.ts'

/** What a client sees of one kind, in the order of slots. Ids come with their ages, see below. */
export interface KindSight {
  /** What it sees now: as rows of the room's state, and as ids, whose ages are set as the part is written. */
  readonly rows: RowList
  readonly now: RowList
  /** What it saw at the base. */
  readonly base: RowList
  /** What it saw at the two ticks before the base; null where movement is not expected to go on. */
  readonly earlier: readonly [last: RowList, first: RowList] | null
  /** Whether the ages at the base count just these ticks, so that `earlier` need not be searched. */
  readonly isInLine: boolean
}

// Above an id its age: in how many states in a row, up to three, the client was sent the entity.
const AGE = 2 ** 24
const OLD = 3 * AGE

/** An entity that is seen for the first time, as far as is known. */
export function seenFirst(id: number): number {
  return id + AGE
}

/** The id, without its age. */
export function idOf(seen: number): number {
  return seen & (AGE - 1)
}

// Scratch, reused by every call.
const matching = new Matching()
const changes = new Changes(new Course(), matching)
/** By place in the matching: whether the client saw the row at all ticks of its baseline. */
let known = new Uint8Array(0)

/** Writes what a client is told of one kind: the delta from what it saw of it to what it sees. */
export function writePart(writer: Writer, room: Deviations, seen: KindSight): void {
  const { kind, layout, before, after, isWhole } = room
  match(room, seen)
  if (!seen.isInLine) mark(room, seen)
  changes.pick(room, known)
  writeKind(writer, kind, layout, { before, after, matching, changes, isWhole, now: after, earlier: before })
}

/** Which rows of the room the client keeps, meets and loses sight of. Sets the ages of what it sees now. */
function match({ before, baseRows }: Deviations, { rows, now, base }: KindSight): void {
  const { gone, came } = matching
  gone.clear(base.length)
  matching.start(base.length, rows.length)
  if (rows.length > known.length) known = new Uint8Array(rows.length * 2)
  let old = 0
  let at = 0
  while (old < base.length && at < rows.length) {
    const id = idOf(now.at(at))
    const was = base.at(old)
    if (id === idOf(was)) {
      known[matching.kept] = was >= OLD ? 1 : 0
      now.rows[at] = id + Math.min(OLD, was - id + AGE)
      matching.keep(baseRows[rows.at(at)]!, rows.at(at))
      old++
      at++
      continue
    }
    const gap = slotOf(was) - slotOf(id)
    if (gap <= 0) {
      gone.push(before.indexOf(idOf(was)))
      old++
    }
    if (gap >= 0) came.push(rows.at(at++))
  }
  for (; old < base.length; old++) gone.push(before.indexOf(idOf(base.at(old))))
  for (; at < rows.length; at++) came.push(rows.at(at))
}

/** Finds out which rows the client saw at all ticks of its baseline, where the ages do not say. */
function mark({ after: { ids } }: Deviations, { earlier }: KindSight): void {
  const { kept, now } = matching
  known.fill(1, 0, kept)
  if (earlier === null) return
  for (const { rows, length } of earlier) {
    let at = 0
    for (let place = 0; place < kept; place++) {
      const id = ids[now[place]!]!
      while (at < length && slotOf(rows[at]!) < slotOf(id)) at++
      if (at === length || idOf(rows[at]!) !== id) known[place] = 0
    }
  }
}
