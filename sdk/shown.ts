// The objects that a game draws for one kind: one for each row, in place as long as the row lives. A field that did not
// change is not written again, and no object is made anew from picture to picture.

import { drawnBetween } from '../protocol/blend.ts'
import { PLAYER_KIND, ROOM_KIND } from '../protocol/game.ts'
import type { IntColumn, Layout } from '../protocol/layout.ts'
import type { Wire } from '../protocol/msgpack.ts'
import { zeroValues } from '../protocol/rows.ts'
import { ENTERED, KNOWS_HIDDEN, slotOf, type Table } from '../protocol/snapshot.ts'
import type { Values } from './input.ts'
import type { Moment } from './interpolation.ts'
import { isKnown } from './known.ts'
import { Listeners } from './listeners.ts'
import type { Predicted } from './predicted.ts'

// How an entity is in the picture at hand.
export const ABSENT = 0
export const TOLD = 1
export const PREDICTED = 2

interface Shown {
  readonly id: number
  /**
   * How it was added to the picture at hand. Of one that is PREDICTED a rule may change in place what its fields hold.
   */
  drawn: typeof ABSENT | typeof TOLD | typeof PREDICTED
  /** Which of its private fields are to be seen, as KNOWS_… bits. */
  known: number
  /** In the picture before, the fields that somebody listens to. */
  readonly was: Values
  readonly object: Values
  /** By column, the whole number that the field shows; NaN for anything else. */
  readonly ints: number[]
  /** Likewise what is on the wire, undefined where it is not told; NaN, which no field holds, for anything else. */
  readonly boxes: Wire[]
}

/** Beside the names of fields, and in front of them all: what came, and what went. */
export const CAME = ''
export const WENT = ' '

export class ShownKind {
  declare readonly layout: Layout
  readonly list: Values[] = []
  readonly #kind: number
  /** Entity kinds have the owner in front of their fields. */
  readonly #firstField: number
  /** The game's own, in the order of their making. */
  readonly #fields: readonly (Layout['ints'] | Layout['boxes'])[number][]
  readonly #bySlot: (Shown | undefined)[] = []
  #one: Shown | undefined
  #count = 0
  readonly #listeners = new Map<string, Listeners<readonly unknown[]>>()
  /** What the listeners are to be told, once the picture is whole. */
  readonly #news: [what: string, ...args: unknown[]][] = []
  readonly #whyGone: (id: number) => string

  constructor(layout: Layout, kind: number, whyGone: (id: number) => string) {
    this.layout = layout
    this.#whyGone = whyGone
    this.#kind = kind
    this.#firstField = kind > PLAYER_KIND ? 1 : 0
    this.#fields = [...layout.ints.slice(this.#firstField), ...layout.boxes]
  }

  /** `what`: CAME, WENT, or the name of a field. Throws TypeError for what there is not. */
  on(what: string, listener: (...args: never[]) => void): () => void {
    const names = [CAME, WENT, ...Object.keys(this.#make(0).object)]
    if (!names.includes(what)) throw new TypeError(`there is no ${what} in ${this.layout.kind}`)
    const listeners = this.#listeners.get(what) ?? new Listeners<readonly unknown[]>()
    this.#listeners.set(what, listeners)
    // Who begins to listen between two pictures has seen the one at hand.
    for (const shown of [...this.#bySlot, this.#one]) if (shown) shown.was[what] ??= structuredClone(shown.object[what])
    return listeners.add(listener, (args) => listener(...(args as never[])))
  }

  /** Tells the listeners what is new in the picture, now that it is whole. */
  tell(): void {
    for (const [what, ...args] of this.#news.splice(0)) this.#listeners.get(what)?.tell(args)
  }

  /** Adds a row, its smooth fields drawn between (or beyond) the same row in two snapshots. */
  addRow(top: Table, row: number, moment: Moment, me: number): void {
    const id = top.ids[row] as number
    // What is predicted is in its slot already: the past of that one, or of who was there before, is not shown.
    if (this.#bySlot[slotOf(id)]?.drawn) return
    const owner = this.#firstField ? top.ints[0]![row]! : id
    const shown = this.#show(id, top.known[row]!, owner, me)
    const from = moment.from.tables[this.#kind] as Table
    const to = moment.to.tables[this.#kind] as Table
    const fromRow = from.indexOf(id)
    const toRow = to.indexOf(id)
    const isBetween = (fromRow | toRow) >= 0
    const { ints } = this.layout
    for (let column = this.#firstField; column < ints.length; column++) {
      const field = ints[column] as IntColumn
      let before = top.ints[column]![row]!
      let after = before
      if (isBetween && field.interpolates && field.audience === 'all') {
        before = from.ints[column]![fromRow]!
        after = to.ints[column]![toRow]!
      }
      const isTold = isKnown(field.audience, shown.known)
      const whole = isTold && before === after ? after : Number.NaN
      if (shown.ints[column] === whole) continue
      shown.ints[column] = whole
      if (!isTold) shown.object[field.name] = undefined
      else if (before === after) shown.object[field.name] = field.scalar.restore(after)
      else shown.object[field.name] = drawnBetween(field.scalar, before, after, moment.share)
    }
    this.#drawBoxes(shown, top, row)
  }

  /** Adds an entity as it is predicted, `alpha` of the way to its latest step. */
  addPredicted(entity: Predicted, alpha: number, me: number): void {
    const shown = this.#show(entity.id, entity.known, entity.owner, me)
    const { present, rule } = entity
    shown.drawn = PREDICTED
    const object = this.#put(shown, present)
    for (let column = 0; column < rule.pose.length; column++) {
      const { name } = rule.pose[column]!
      if (object[name] !== undefined) object[name] = entity.pose(column, alpha)
    }
  }

  /** The room's object, which is always the same, as it is before a state tells of it. The id of the room is 1 [G4]. */
  blank(): Values {
    this.#one ??= this.#make(1)
    return this.#put({ ...this.#one, known: 0 }, zeroValues(this.layout))
  }

  /** Ends a picture: what was not added to it is off the list. */
  finish(): void {
    for (const shown of this.#bySlot) {
      if (shown?.drawn) this.#compare(shown)
      else this.#drop(shown)
    }
    this.list.length = this.#count
    this.#count = 0
  }

  #compare(shown: Shown): void {
    const { object, was, drawn } = shown
    shown.drawn = ABSENT
    for (const name of this.#listeners.keys()) {
      // What came and went are no fields.
      if (name > WENT) {
        const now = object[name]
        const before = was[name]
        // By content, for lists and their kin: a rule may change them in place, and where they are predicted or private
        // they come anew though nothing changed.
        const isBox = typeof now === 'object'
        const isOther = !Object.is(now, before) && (!isBox || JSON.stringify(now) !== JSON.stringify(before))
        if (isOther && name in was) this.#news.push([name, object, now, before])
        // A copy of what a rule may change; the one at hand does as long as nothing changed.
        was[name] = !isBox || drawn !== PREDICTED ? now : isOther ? structuredClone(now) : before
      }
    }
  }

  #drop(shown: Shown | undefined): void {
    if (!shown) return
    this.#bySlot[slotOf(shown.id)] = undefined
    this.#news.push([WENT, shown.object, this.#whyGone(shown.id)])
  }

  /** Writes values that do not come from a row, so that the next row is written whole. */
  #put({ object, known, ints, boxes }: Shown, values: Values): Values {
    for (const { name, audience } of this.#fields) object[name] = isKnown(audience, known) ? values[name] : undefined
    ints.fill(Number.NaN)
    boxes.fill(Number.NaN)
    return object
  }

  #drawBoxes(shown: Shown, top: Table, row: number): void {
    const { boxes } = this.layout
    for (let column = 0; column < boxes.length; column++) {
      const { name, type, audience } = boxes[column] as Layout['boxes'][number]
      const wire = isKnown(audience, shown.known) ? top.boxes[column]![row] : undefined
      if (Object.is(shown.boxes[column], wire)) continue
      shown.boxes[column] = wire
      shown.object[name] = wire === undefined ? undefined : type.unpack(wire)
    }
  }

  #show(id: number, known: number, owner: number, me: number): Shown {
    const slot = slotOf(id)
    // With holes it would be a dictionary to V8, which goes through them one by one, ten times as slowly.
    while (this.#bySlot.length < slot) this.#bySlot.push(undefined)
    let shown = this.#bySlot[slot]
    if (shown?.id !== id) {
      this.#drop(shown)
      shown = this.#bySlot[slot] = this.#one ?? this.#make(id)
      this.#news.push([CAME, shown.object, known & ENTERED ? 'entered' : 'spawned'])
    }
    shown.drawn = TOLD
    if (this.#firstField) shown.object.owner = owner
    if (this.#kind !== ROOM_KIND) shown.object.mine = owner === me
    // What the owner was told is still there when the row is another's by now, and may be out of date.
    shown.known = known & (shown.object.mine ? -1 : KNOWS_HIDDEN)
    this.list[this.#count++] = shown.object
    return shown
  }

  // All fields at once and in one order: one hidden class for the whole kind.
  #make(id: number): Shown {
    const object: Values = this.#kind === ROOM_KIND ? {} : { id, mine: false }
    if (this.#firstField) object.owner = 0
    for (const { name } of this.#fields) object[name] = undefined
    const ints = this.layout.ints.map(() => Number.NaN)
    const boxes = this.layout.boxes.map(() => Number.NaN)
    return { id, object, drawn: ABSENT, known: 0, was: {}, ints, boxes }
  }
}
