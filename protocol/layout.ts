// How the fields of one kind lie in a snapshot: scalars as columns of 32-bit whole numbers, everything else as columns
// of immutable plain values.

import { type AnyField, checkField, type Fields, type FieldType, PLAIN, type Scalar, type Traits } from './fields.ts'
import { steps } from './scalars.ts'

/** A column of 32-bit whole numbers. Its traits are its field's. */
export interface IntColumn extends Traits {
  readonly name: string
  readonly scalar: Scalar<unknown>
  /** What it holds until it is set. */
  readonly zero: unknown
  /** It is expected to go on as it went before; see course.ts. */
  readonly isSteady: boolean
  /** Its value is a number that the owner of a row may be told exactly. */
  readonly isExact: boolean
}

export interface BoxColumn extends Traits {
  readonly name: string
  readonly type: FieldType<unknown>
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
}

export interface ColumnSet {
  readonly ints: readonly number[]
  readonly boxes: readonly number[]
}

/** A column must have fewer steps than this for its movements, and what differs between them, to fit 32 bits. */
export const STEADY_RANGE = 2 ** 29

const OWNER: IntColumn = {
  ...PLAIN,
  name: 'owner',
  scalar: steps(0, 0xffffff),
  zero: 0,
  isSteady: false,
  isExact: false,
}

/**
 * Whether column 0 is the owner, as in entity kinds. Its name would not tell: the room may have a field `owner`, too.
 */
export function hasOwners({ ints }: Layout): boolean {
  return ints[0] === OWNER
}

/** `owned`: entities of this kind may have an owner, which takes a column of its own in front. */
export function layOut(kind: string, fields: Fields, owned = false): Layout {
  const ints: IntColumn[] = owned ? [OWNER] : []
  const boxes: BoxColumn[] = []
  for (const [name, field] of Object.entries<AnyField>(fields)) {
    const { traits, type } = checkField(`${kind}.${name}`, field)
    const { scalar } = type
    if (scalar) {
      const isSteady = traits.interpolates && scalar.most - scalar.least < STEADY_RANGE
      const zero = type.zero()
      const isExact = typeof zero === 'number' && traits.audience !== 'hidden'
      ints.push({ ...traits, name, scalar, zero, isSteady, isExact })
    } else {
      boxes.push({ ...traits, name, type })
    }
  }
  const select = (wanted: (column: IntColumn | BoxColumn) => boolean): ColumnSet => {
    const indices = (columns: readonly (IntColumn | BoxColumn)[]) =>
      columns.flatMap((column, index) => (wanted(column) ? [index] : []))
    return { ints: indices(ints), boxes: indices(boxes) }
  }
  return {
    kind,
    ints,
    boxes,
    shared: select(({ audience }) => audience === 'all'),
    moving: select(({ audience, isStatic }) => audience === 'all' && !isStatic),
    owners: select(({ audience }) => audience === 'owner'),
    hidden: select(({ audience }) => audience === 'hidden'),
  }
}
