// A client of the state path that holds every frame against the truth of its tick: what it may see is there, to the
// cell, and nothing else is.

import { columnDigests } from '../../protocol/column-digests.ts'
import { readDelta } from '../../protocol/delta.ts'
import { digest } from '../../protocol/digest.ts'
import { readFrame } from '../../protocol/ext.ts'
import { encodeAck, FrameWriter, readStateHeader } from '../../protocol/frames.ts'
import type { ColumnSet, Layout } from '../../protocol/layout.ts'
import { decodeServerMessage, encodeClientMessage, type Welcome } from '../../protocol/messages.ts'
import { readPrivate } from '../../protocol/private.ts'
import { KNOWS_HIDDEN, KNOWS_OWNER, type Snapshot, SnapshotRing, type Table } from '../../protocol/snapshot.ts'
import { Connection } from '../../server/base/connection.ts'
import type { Shared } from '../../server/base/shared.ts'
import type { Seat } from '../../server/room/seat.ts'
import { sameWire, type Telling, type Told } from './truth.ts'
import { zoo } from './zoo.ts'

/** What was the case when a frame left. */
export interface Sight {
  readonly telling: Telling
  /** By kind: the ids that this client was to see; all when there is none. */
  readonly seen: readonly (ReadonlySet<number> | null)[]
  readonly predicts: ReadonlySet<number>
  /** Of the newest frame that the server knew to have arrived. */
  readonly acknowledgedTick: number
}

export class Watcher {
  readonly seat: Seat
  sight!: Sight
  /** What waits in the process, for the server to see. */
  bufferedAmount = 0
  /** The first thing that was not as it must be. */
  wrong = ''
  frames = 0
  readonly #shared: Shared
  readonly #writer = new FrameWriter()
  readonly #ring = new SnapshotRing(zoo)
  readonly #underWay: { readonly bytes: Uint8Array; readonly sight: Sight }[] = []
  readonly #exact = new Map<string, Float64Array>()
  /** What it was once allowed to know of a row that it still holds. */
  #allowed = new Set<string>()
  #connection: Connection | null = null
  #welcome: Welcome | null = null

  constructor(seat: Seat, shared: Shared) {
    this.seat = seat
    this.#shared = shared
    this.#hold()
    seat.welcome('new', '')
  }

  get isConnected(): boolean {
    return this.#connection !== null
  }

  /** Takes in so many of the frames that are under way, and acknowledges the last. */
  take(count: number, acks: boolean): void {
    for (const { bytes, sight } of this.#underWay.splice(0, count)) this.#read(bytes, sight)
    if (acks) this.#connection?.receive(encodeAck(this.#writer, { ackTick: this.#ring.newest.tick, received: 0 }))
  }

  predict(kinds: readonly number[]): void {
    this.#connection?.receive(encodeClientMessage({ type: 'predict', kinds: [...kinds] }))
  }

  /** What is under way is lost. */
  cut(): void {
    this.#underWay.length = 0
    this.#connection?.closed()
    this.#connection = null
  }

  /** Comes back; one that was `reloaded` knows nothing any more. */
  resume(reloaded: boolean): void {
    const { seat } = this
    const { token = '', epoch = 0 } = this.#welcome ?? {}
    const lastTick = this.#ring.newest.tick
    const claim = { token, epoch: reloaded ? 0 : epoch, received: 0, lastTick }
    const { outcome, reason } = seat.resume(claim)
    this.#hold()
    seat.welcome(outcome, reason, token)
    this.take(1, false)
    if (outcome === 'resumed') return
    this.#ring.clear()
    this.#exact.clear()
  }

  #hold(): void {
    const socket = {
      send: (bytes: Uint8Array) => void this.#underWay.push({ bytes: bytes.slice(), sight: this.sight }),
      close: (code: number, reason: string) => this.#blame(`the server closed with ${code} ${reason}`),
      terminate: () => {},
      get bufferedAmount() {
        return watcher.bufferedAmount
      },
    }
    const watcher = this
    this.#connection = new Connection(socket, this.seat, this.#shared, () => {})
    this.seat.hold(this.#connection)
  }

  #blame(what: string): void {
    this.wrong ||= what
  }

  #read(bytes: Uint8Array, sight: Sight): void {
    const frame = readFrame(bytes)
    if (frame === null) {
      const message = decodeServerMessage(bytes)
      if (message.type === 'welcome') this.#welcome = message
      return
    }
    const { tick, baseTick, isSteady, hash } = readStateHeader(frame.body)
    const isWhole = baseTick === 0 && this.#ring.newest.tick > 0
    if (isWhole && sight.acknowledgedTick > 0) this.#blame(`tick ${tick} is a whole state, but some of it was there`)
    const baseline = this.#ring.baseline(baseTick, isSteady)
    if (baseline === undefined) return this.#blame(`tick ${tick} is made from ${baseTick}, which is not there`)
    const into = this.#ring.claim(tick)
    readDelta(frame.body, zoo, baseline, into)
    readPrivate(frame.body, zoo, into, (kind, id, values) => this.#exact.set(`${kind} ${id}`, values.slice()))
    frame.body.finish()
    this.frames++
    if (digest(columnDigests(zoo, into)) !== hash) this.#blame(`tick ${tick} has another hash`)
    this.#compare(into, sight)
  }

  #compare(snapshot: Snapshot, sight: Sight): void {
    const allowed = new Set<string>()
    for (let kind = 0; kind < zoo.kinds.length; kind++) this.#compareKind(kind, snapshot, sight, allowed)
    this.#allowed = allowed
  }

  #compareKind(kind: number, snapshot: Snapshot, { telling, seen, predicts }: Sight, allowed: Set<string>): void {
    const layout = zoo.kinds[kind] as Layout
    const table = snapshot.tables[kind] as Table
    const where = `tick ${snapshot.tick} ${layout.kind}`
    let row = 0
    for (const told of telling[kind] as readonly Told[]) {
      if (seen[kind]?.has(told.id) === false) continue
      if (table.ids[row] !== told.id) return this.#blame(`${where}: ${told.id} is not in its place`)
      const place = { layout, kind, table, row: row++, told, where }
      const found = difference(place, layout.shared)
      if (found) this.#blame(found)
      this.#comparePrivate(place, allowed)
      if (kind > 1 && told.owner === this.seat.id && predicts.has(kind)) this.#compareExact(kind, told, where)
    }
    if (row !== table.count) this.#blame(`${where}: there are ${table.count} rows, not ${row}`)
  }

  #comparePrivate(place: Place, allowed: Set<string>): void {
    const { layout, told } = place
    const { id } = this.seat
    this.#comparePart(place, { bit: KNOWS_OWNER, columns: layout.owners, isFor: told.owner === id }, allowed)
    const isShown = told.shownTo === 'all' || (told.shownTo?.has(id) ?? false)
    this.#comparePart(place, { bit: KNOWS_HIDDEN, columns: layout.hidden, isFor: isShown }, allowed)
  }

  #comparePart(place: Place, { bit, columns, isFor }: Part, allowed: Set<string>): void {
    const { kind, table, row, told, where } = place
    if (columns.ints.length + columns.boxes.length === 0) return
    const key = `${kind} ${told.id} ${bit}`
    const isKnown = ((table.known[row] as number) & bit) > 0
    const found = isFor ? difference(place, columns) : ''
    if (isFor && !isKnown) this.#blame(`${where} ${told.id}: was not told ${bit}`)
    if (found) this.#blame(found)
    // What was told stays, and may be out of date.
    if (isFor || this.#allowed.has(key)) allowed.add(key)
    else if (isKnown || !isBlank(place, columns)) this.#blame(`${where} ${told.id}: was told ${bit}`)
  }

  #compareExact(kind: number, told: Told, where: string): void {
    const exact = this.#exact.get(`${kind} ${told.id}`)
    zoo.kinds[kind]?.ints.forEach(({ name, isExact }, column) => {
      if (isExact && !Object.is(exact?.[column], told.numbers[column]))
        this.#blame(`${where}: exact ${name} ${exact?.[column]} is not ${told.numbers[column]}`)
    })
  }
}

export interface Place {
  readonly kind: number
  readonly layout: Layout
  readonly table: Table
  readonly row: number
  readonly told: Told
  readonly where: string
}

interface Part {
  readonly bit: number
  readonly columns: ColumnSet
  readonly isFor: boolean
}

/** The first of the columns that does not hold what was told. */
export function difference({ layout, table, row, told, where }: Place, { ints, boxes }: ColumnSet): string {
  for (const column of ints) {
    const [is, was] = [table.ints[column]?.[row], told.ints[column]]
    if (is !== (was as number) >> 0) return `${where} ${told.id}: ${layout.ints[column]?.name} is ${is}, not ${was}`
  }
  for (const column of boxes) {
    const [is, was] = [table.boxes[column]?.[row], told.boxes[column]]
    if (!sameWire(is, was)) return `${where} ${told.id}: ${layout.boxes[column]?.name} is ${is}, not ${was}`
  }
  return ''
}

function isBlank({ table, row }: Place, { ints, boxes }: ColumnSet): boolean {
  return (
    ints.every((column) => table.ints[column]?.[row] === 0) &&
    boxes.every((column) => table.boxes[column]?.[row] === null)
  )
}
