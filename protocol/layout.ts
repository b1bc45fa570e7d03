// How the fields of one kind lie in a snapshot: scalars as columns of 32-bit whole numbers, everything else as columns
// of immutable plain values.

import type { Audience, Field, Fields, FieldType, Scalar } from './fields.ts'

export interface IntColumn {
  readonly name: string
  readonly scalar: Scalar<unknown>
  readonly isStatic: boolean
  readonly interpolates: boolean
  /** It is expected to go on as it went before; see delta.ts. */
  readonly isSteady: boolean
  readonly audience: Audience
  /** In steps of the scalar: a smaller change waits. */
  readonly tolerance: number
  /** Its value is a number that the owner of a row may be told exactly. */
  readonly isExact: boolean
}

export interface BoxColumn {
  readonly name: string
  readonly type: FieldType<unknown>
  readonly isStatic: boolean
  readonly audience: Audience
}

export interface Layout {
  readonly kind: string
  /** For entity kinds, column 0 is the owner's player id. */
  readonly ints: readonly IntColumn[]
  readonly boxes: readonly BoxColumn[]
  /** The columns that everyone sees, by their indices; `moving`: those of them that may change in a row's life. */
  readonly shared: ColumnSet
  readonly moving: ColumnSet
  /** The columns that only some see, which are sent to one client at a time. */
  readonly owners: ColumnSet
  readonly hidden: ColumnSet
  readonly hasPrivate: boolean
}

export interface ColumnSet {
  readonly ints: readonly number[]
  readonly boxes: readonly number[]
}

const OWNER: IntColumn = {
  name: 'owner',
  scalar: {
    least: 0,
    most: 0xffffff,
    coding: 'difference',
    blend: 'none',
    quantise: (id) => id as number,
    clamp: () => 0,
    restore: (id) => id,
  },
  isStatic: false,
  interpolates: false,
  isSteady: false,
  audience: 'all',
  tolerance: 0,
  isExact: false,
}

/** `owned`: entities of this kind may have an owner, which takes a column of its own in front. */
export function layOut(kind: string, fields: Fields, owned: boolean): Layout {
  const ints: IntColumn[] = owned ? [OWNER] : []
  const boxes: BoxColumn[] = []
  for (const [name, field] of Object.entries(fields) as [string, Field<unknown>][]) {
    const { isStatic, audience, interpolates, tolerance } = field.traits
    const { scalar } = field.type
    if (scalar) {
      const isExact = typeof field.type.zero() === 'number' && audience !== 'hidden'
      const isSteady = interpolates && scalar.coding !== 'pattern'
      const inScalar = inSteps(scalar, tolerance)
      ints.push({ name, scalar, isStatic, interpolates, isSteady, audience, tolerance: inScalar, isExact })
    } else {
      boxes.push({ name, type: field.type, isStatic, audience })
    }
  }
  const select = (wanted: (column: IntColumn | BoxColumn) => boolean): ColumnSet => ({
    ints: indices(ints, wanted),
    boxes: indices(boxes, wanted),
  })
  return {
    kind,
    ints,
    boxes,
    shared: select(({ audience }) => audience === 'all'),
    moving: select(({ audience, isStatic }) => audience === 'all' && !isStatic),
    owners: select(({ audience }) => audience === 'owner'),
    hidden: select(({ audience }) => audience === 'hidden'),
    hasPrivate: [...ints, ...boxes].some(({ audience }) => audience !== 'all'),
  }
}

function indices<C>(columns: readonly C[], wanted: (column: C) => boolean): number[] {
  return columns.flatMap((column, index) => (wanted(column) ? [index] : []))
}

function inSteps(scalar: Scalar<unknown>, tolerance: number): number {
  if (tolerance === 0) return 0
  const step = (scalar.restore(1) as number) - (scalar.restore(0) as number)
  return tolerance / step
}
