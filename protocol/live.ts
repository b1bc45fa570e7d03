// The game's live objects, as a room keeps them for the capture to read.

/** A live object of the game, as its room keeps it. */
export interface LiveRow {
  readonly id: number
  /** The game's own object. */
  readonly values: object
  /** The owner's player id; 0 for none. */
  readonly owner: number
  /** To whom its hidden fields were revealed: player ids, or everyone. */
  readonly shownTo: ReadonlySet<number> | 'all' | null
  /** How often something was revealed: a change of it makes the private fields count as changed. */
  readonly reveals: number
}

/** The live objects of one kind, by slot. Slot 0 is never used. */
export type LiveRows = readonly (LiveRow | undefined)[]
