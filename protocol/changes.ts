// Finds the cells of a kind that are not as expected, and writes them. It goes column by column over all rows, and has
// no branch for each cell: a processor cannot predict which cells have changed.

import type { Writer } from './bytes.ts'
import type { Course } from './course.ts'
import type { Deviations } from './deviations.ts'
import type { Layout } from './layout.ts'
import type { Matching } from './matching.ts'
import type { Wire } from './msgpack.ts'
import { RowList } from './row-list.ts'
import { shiftOf, writeBox } from './rows.ts'
import type { Table } from './snapshot.ts'

/** A varint of 32 bits at its longest. */
const MOST_BYTES = 5

export class Changes {
  readonly #course: Course
  readonly #matching: Matching
  /** Of the rows that both tables have, those with a changed cell: their places in the matching. */
  readonly #places = new RowList()
  /** By place: not 0 where any cell changed. */
  #changed = new Int32Array(0)
  /** Of each moving column of whole numbers, by place: how far the cell is from where it is expected. */
  readonly #steps: Int32Array[] = []
  /** Of each moving column of whole numbers: whether any of its cells changed, so that it is written. */
  readonly #isTold: boolean[] = []

  constructor(course: Course, matching: Matching) {
    this.#course = course
    this.#matching = matching
  }

  /** How many rows have a changed cell. */
  get length(): number {
    return this.#places.length
  }

  /** Compares a kind with what the course expects of it, row by row as they are matched. */
  find({ ints, moving }: Layout, after: Table): void {
    const { kept, old, now } = this.#matching
    if (kept > this.#changed.length) this.#changed = new Int32Array(kept * 2)
    this.#changed.fill(0, 0, kept)
    for (let index = 0; index < moving.ints.length; index++) {
      const column = moving.ints[index]!
      const shift = shiftOf(ints[column]!.scalar)
      const was = this.#course.column(column)
      const is = after.ints[column]!
      const steps = this.#stepsOf(index)
      // The same rows in the same places, as nearly always.
      const isInLine = old === now
      this.#isTold[index] = isInLine ? this.#compare(steps, shift, was, is) : this.#compareApart(steps, shift, was, is)
    }
    for (const column of moving.boxes) this.#compareBoxes(this.#course.before.boxes[column]!, after.boxes[column]!)
    this.#collect(kept)
  }

  /**
   * The same for the part of a room that a client sees: picked from what was found in all of it. Rows that the client
   * did not see at all ticks of the baseline (`known` is 0) were expected to stay as they were.
   */
  pick(room: Deviations, known: Uint8Array): void {
    const { kept, now } = this.#matching
    if (kept > this.#changed.length) this.#changed = new Int32Array(kept * 2)
    const changed = this.#changed
    const found = room.changed
    for (let place = 0; place < kept; place++) {
      const row = now[place]!
      changed[place] = known[place] ? found[row]! : room.hasMoved(row) ? 1 : 0
    }
    this.#collect(kept)
    const { moving } = room.layout
    for (let index = 0; index < moving.ints.length; index++) this.#isTold[index] = this.#pickSteps(index, room, known)
  }

  /** Returns whether any cell changed. */
  #pickSteps(index: number, room: Deviations, known: Uint8Array): boolean {
    const { ints, moving } = room.layout
    const column = moving.ints[index]!
    const shift = shiftOf(ints[column]!.scalar)
    const { now } = this.#matching
    const { rows, length } = this.#places
    const was = room.before.ints[column]!
    const is = room.after.ints[column]!
    const found = room.steps[index]!
    const steps = this.#stepsOf(index)
    let any = 0
    for (let nth = 0; nth < length; nth++) {
      const place = rows[nth]!
      const row = now[place]!
      const step = known[place] ? found[row]! : ((is[row]! - was[room.baseRows[row]!]!) << shift) >> shift
      steps[place] = step
      any |= step
    }
    return any !== 0
  }

  /** Returns whether any cell changed. */
  #compare(steps: Int32Array, shift: number, was: Int32Array, is: Int32Array): boolean {
    const { kept } = this.#matching
    const changed = this.#changed
    // Most columns are as expected from end to end, which is seen in a quarter of the time.
    let place = 0
    while (place < kept && was[place] === is[place]) place++
    if (place === kept) return false
    steps.fill(0, 0, place)
    for (; place < kept; place++) {
      const step = ((is[place]! - was[place]!) << shift) >> shift
      steps[place] = step
      changed[place] = changed[place]! | step
    }
    return true
  }

  /** The same for rows in different places. Returns whether any cell changed. */
  #compareApart(steps: Int32Array, shift: number, was: Int32Array, is: Int32Array): boolean {
    const { kept, old, now } = this.#matching
    const changed = this.#changed
    let any = 0
    for (let place = 0; place < kept; place++) {
      const step = ((is[now[place]!]! - was[old[place]!]!) << shift) >> shift
      steps[place] = step
      changed[place] = changed[place]! | step
      any |= step
    }
    return any !== 0
  }

  #stepsOf(index: number): Int32Array {
    const found = this.#steps[index]
    if (found && found.length >= this.#matching.kept) return found
    const fresh = new Int32Array(this.#changed.length)
    this.#steps[index] = fresh
    return fresh
  }

  /** By Object.is, as the digest tells them apart: -0 is not 0. */
  #compareBoxes(was: readonly Wire[], is: readonly Wire[]): void {
    const { kept, old, now } = this.#matching
    for (let place = 0; place < kept; place++) {
      if (!Object.is(was[old[place]!], is[now[place]!])) this.#changed[place] = 1
    }
  }

  #collect(kept: number): void {
    const places = this.#places
    const changed = this.#changed
    places.clear(kept)
    const { rows } = places
    let count = 0
    for (let place = 0; place < kept; place++) {
      rows[count] = place
      count += (changed[place]! | -changed[place]!) >>> 31
    }
    places.length = count
  }

  /** Writes what was found: how many rows, which ones, and their cells. */
  write(writer: Writer, { ints, moving }: Layout, before: Table, after: Table): void {
    const places = this.#places
    writer.varint(places.length)
    if (places.length === 0) return
    const rows = writer.blank((this.#matching.kept + 7) >> 3)
    for (let index = 0; index < places.length; index++) writer.setBit(rows, places.at(index))
    const columns = writer.blank((moving.ints.length + moving.boxes.length + 7) >> 3)
    for (let index = 0; index < moving.ints.length; index++) {
      if (!this.#isTold[index]) continue
      const column = moving.ints[index]!
      writer.setBit(columns, index)
      if (ints[column]!.scalar.coding === 'pattern')
        this.#writePatterns(writer, this.#steps[index]!, after.ints[column]!)
      else this.#writeSteps(writer, this.#steps[index]!)
    }
    for (let index = 0; index < moving.boxes.length; index++) {
      const column = moving.boxes[index]!
      const isTold = this.#writeBoxes(writer, before.boxes[column]!, after.boxes[column]!)
      if (isTold) writer.setBit(columns, moving.ints.length + index)
    }
  }

  // Each column is a bit for each changed row, then the cells of those rows whose bit is set.

  #writeSteps(writer: Writer, steps: Int32Array): void {
    const { rows, length } = this.#places
    const maskBytes = (length + 7) >> 3
    const start = writer.blank(maskBytes + length * MOST_BYTES)
    const { bytes } = writer
    let at = start + maskBytes
    let mask = 0
    for (let index = 0; index < length; index++) {
      const step = steps[rows[index]!]!
      const isTold = (step | -step) >>> 31
      const bit = index & 7
      mask = bit === 0 ? isTold : mask | (isTold << bit)
      bytes[start + (index >> 3)] = mask
      let rest = ((step << 1) ^ (step >> 31)) >>> 0
      while (rest > 127) {
        bytes[at++] = rest | 128
        rest >>>= 7
      }
      // An unchanged cell is not kept: the next one is written over it.
      bytes[at] = rest
      at += isTold
    }
    writer.reset(at)
  }

  #writePatterns(writer: Writer, steps: Int32Array, is: Int32Array): void {
    const { rows, length } = this.#places
    const { now } = this.#matching
    const bits = writer.blank((length + 7) >> 3)
    for (let index = 0; index < length; index++) {
      const place = rows[index]!
      if (steps[place] === 0) continue
      writer.setBit(bits, index)
      writer.raw32(is[now[place]!]!)
    }
  }

  /** Writes nothing and returns false if no row has it. */
  #writeBoxes(writer: Writer, was: readonly Wire[], is: readonly Wire[]): boolean {
    const { rows, length } = this.#places
    const { old, now } = this.#matching
    const start = writer.length
    const bits = writer.blank((length + 7) >> 3)
    const empty = writer.length
    for (let index = 0; index < length; index++) {
      const place = rows[index]!
      const wire = is[now[place]!]
      if (Object.is(was[old[place]!], wire)) continue
      writer.setBit(bits, index)
      writeBox(writer, wire)
    }
    if (writer.length > empty) return true
    writer.reset(start)
    return false
  }
}
