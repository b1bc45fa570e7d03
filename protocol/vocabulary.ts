// The words of a game definition: `u8()`, `fixed(0, 4096, 1 / 8)`, `list(text(16), 4)` and their kin. Their arguments
// are checked with the whole definition, by definition.ts, when a server starts.

import { checked, isObject, refused, scalarType } from './checks.ts'
import { badMessage } from './errors.ts'
import { checkField, Field, type Fields, type FieldType, type Scalar, type Values } from './fields.ts'
import { TO_CLIENT } from './limits.ts'
import { unpack as unpackBytes, type Wire } from './msgpack.ts'
import { pack as packBytes } from './plain.ts'
import { circle, isSingle, oneOf, single, steps } from './scalars.ts'
import { scan } from './scan.ts'

/** Plain data: what JSON can say. Compared by reference, so replace it to change it. */
export type Plain = null | boolean | number | string | readonly Plain[] | { readonly [key: string]: Plain }

/** What an interface of plain data is, too: it lacks the index signature that would make it `Plain`. */
type PlainMembers<T> = object & { readonly [K in keyof T]: AsPlain<T[K]> }
type AsPlain<T> = T extends Plain ? T : T extends bigint | symbol | undefined | Method ? never : PlainMembers<T>
type Method = (...args: never[]) => unknown

/**
 * A whole number from 0 to 255; a number between two of them is rounded. Not drawn between two snapshots unless
 * `interpolate(true)` asks for it.
 */
export const u8 = (): Field<number, 'all'> => whole('u8', steps(0, 0xff))
/** A whole number from 0 to 65,535. As `u8`. */
export const u16 = (): Field<number, 'all'> => whole('u16', steps(0, 0xffff))
/** A whole number from 0 to 2^32 - 1. As `u8`. */
// Columns are signed: its upper half comes back from them negative.
export const u32 = (): Field<number, 'all'> => whole('u32', { ...steps(0, 0xffffffff), restore: (int) => int >>> 0 })
/** A whole number from -128 to 127. As `u8`. */
export const i8 = (): Field<number, 'all'> => whole('i8', steps(-0x80, 0x7f))
/** A whole number from -32,768 to 32,767. As `u8`. */
export const i16 = (): Field<number, 'all'> => whole('i16', steps(-0x8000, 0x7fff))
/** A whole number from -2^31 to 2^31 - 1. As `u8`. */
export const i32 = (): Field<number, 'all'> => whole('i32', steps(-0x80000000, 0x7fffffff))

/** The id of an entity of that kind, or of a player for 'player'; 0 is none. */
export const ref = (kind: string): Field<number, 'all'> => whole(`ref(${kind})`, steps(0, 0xffffff))

/**
 * A number from `min` to `max`, rounded to the nearest of 1 to 2^31 - 1 steps of `step`. Where these do not come out even
 * the last one is that nearest to `max`, up to half a step beyond it, and clients may send it. Until it is set it is the
 * step nearest to 0.
 */
export function fixed(min: number, max: number, step: number): Field<number, 'all'> {
  const most = Math.floor((max - min) / step + 0.5)
  const zero = Math.min(Math.max(0, min), max)
  return new Field(scalarType(`fixed(${min},${max},${step})`, steps(0, most, min, step), zero))
}

/**
 * A direction in radians, as one of 2^bits (2 to 16). Any finite angle may be assigned; it reads back from -π up to π.
 */
export function angle(bits: number): Field<number, 'all'> {
  return new Field(scalarType(`angle(${bits})`, circle(bits), 0))
}

/** True or false. In an input, one that was set between two samples is not lost, unless it is in another field. */
export function flag(): Field<boolean, 'all'> {
  return new Field(scalarType('flag', oneOf([false, true]), false))
}

/** One of 1 to 256 named options; the first is what an unset field holds. */
export function choice<const Option extends string>(...options: readonly Option[]): Field<Option, 'all'> {
  return new Field(scalarType(`choice(${JSON.stringify(options)})`, oneOf(options), options[0] as Option))
}

/** A finite number, rounded to single precision. */
export function f32(): Field<number, 'all'> {
  return new Field(checked(isSingle, { name: 'f32', scalar: single, zero: () => 0, pack: Math.fround }))
}

/** A finite number in double precision. Never drawn between two snapshots. */
export function f64(): Field<number, 'all'> {
  return new Field(checked(Number.isFinite, { name: 'f64', zero: () => 0 }))
}

/**
 * Text of at most `max` UTF-16 code units (what `length` counts), 1 to 262,144. A lone surrogate is sent as U+FFFD,
 * byte order marks (U+FEFF) at its beginning not at all.
 */
export function text(max: number): Field<string, 'all'> {
  const fits = (value: unknown) => typeof value === 'string' && value.length <= max
  return new Field(
    checked(fits, {
      name: `text(${max})`,
      zero: () => '',
      pack: wellFormed,
    }),
  )
}

/** At most `max` bytes, 1 to 262,144. Compared by content. */
export function bytes(max: number): Field<Uint8Array, 'all'> {
  const fits = (value: unknown) => value instanceof Uint8Array && value.length <= max
  return new Field(
    checked<Uint8Array>(fits, {
      name: `bytes(${max})`,
      zero: () => new Uint8Array(0),
      // Copies both ways, for either end may write into its own; of a Buffer of Node's a slice would be none.
      pack: (value) => new Uint8Array(value),
      unpack: (wire) => new Uint8Array(wire as Uint8Array),
    }),
  )
}

/** A value or undefined. */
export function optional<T>(inner: Field<T, 'all'>): Field<T | undefined, 'all'> {
  const type = innerType('optional', inner)
  return new Field<T | undefined, 'all'>({
    name: `optional(${type.name})`,
    present: type,
    zero: () => undefined,
    pack: (value) => (value === undefined ? null : type.pack(value)),
    unpack: (wire) => (wire === null ? undefined : type.unpack(wire)),
  })
}

/**
 * At most `max` values of one type. Compared by content. A definition whose list may hold more than its place takes is
 * refused.
 */
export function list<T>(inner: Field<T, 'all'>, max: number): Field<T[], 'all'> {
  const item = innerType('list', inner)
  const fits = (value: unknown) => Array.isArray(value) && value.length <= max
  return new Field(
    checked<T[]>(fits, {
      name: `list(${item.name},${max})`,
      item,
      zero: () => [],
      pack: (value) => value.map((one) => item.pack(one)),
      unpack: (wire) => (wire as Wire[]).map((one) => item.unpack(one)),
    }),
  )
}

/** An object of fields inside a field. Compared by content. */
export function group<const F extends Fields>(fields: F): Field<Values<F>, 'all'> {
  return new Field(groupType(fields))
}

/**
 * Plain data of at most `maxBytes` as msgpack, 1 to 262,144. Compared by reference: replace it to change it. Null until
 * it is set. A client that is not yours may put bytes in it as well.
 */
// An overload of its own: a type parameter that is not given would be inferred as `any` in a definition.
export function json(maxBytes: number): Field<Plain, 'all'>
/**
 * The same, of a type of one's own. It is null, too, until it is set, which the type does not say: set an entity's by
 * `add`, the room's in `onCreate` and a player's in `onJoin`, or ask for `json<T | null>`. Nor is what a client sends
 * checked by the type: that may be any plain value, unless `validate` says more.
 */
export function json<T extends Plain | PlainMembers<T>>(maxBytes: number): Field<T, 'all'>
export function json<T>(maxBytes: number): Field<T, 'all'> {
  const name = `json(${maxBytes})`
  const limits = { bytes: maxBytes, nodes: TO_CLIENT.nodes }
  const binary = bytes(maxBytes).type
  return new Field<T, 'all'>({
    name,
    zero: () => null as T,
    pack: (value) => {
      const packed = packBytes(value as Wire)
      try {
        scan(packed, limits)
      } catch (error) {
        throw new RangeError(`${name} cannot hold this value: ${(error as Error).message}`)
      }
      return packed
    },
    unpack: (wire) => unpackBytes(binary.unpack(wire), limits) as T,
    isByReference: true,
  })
}

/** An object of fields as one value, by position. */
export function groupType<F extends Fields>(fields: F): FieldType<Values<F>> {
  const members = Object.entries(fields).map(([key, field]) => [key, innerType(key, field)] as const)
  const name = `group(${members.map(([key, type]) => `${key}:${type.name}`).join(',')})`
  return {
    name,
    members,
    zero: () => Object.fromEntries(members.map(([key, type]) => [key, type.zero()])) as Values<F>,
    pack: (value) => {
      if (!isObject(value)) throw refused(name, value)
      return members.map(([key, type]) => naming(key, () => type.pack((value as Record<string, unknown>)[key])))
    },
    unpack: (wire) => {
      if (!(Array.isArray(wire) && wire.length === members.length)) throw badMessage(`no ${name}`)
      // One by one: from entries it takes four times as long, and a frame of inputs may hold fifty thousand of these.
      const values: Record<string, unknown> = {}
      members.forEach(([key, type], index) => {
        values[key] = type.unpack(wire[index])
      })
      return values as Values<F>
    },
  }
}

// Whole numbers are counts more often than places: drawing them between two snapshots has to be asked for.
function whole(name: string, scalar: Scalar<number>): Field<number, 'all'> {
  return new Field(scalarType(name, scalar, 0), { interpolates: false })
}

// Inside another field a field's modifiers would have nothing to act on.
function innerType<T>(where: string, inner: Field<T>): FieldType<T> {
  if (checkField(where, inner).isModified) throw new TypeError(`${where} must have no modifiers`)
  return inner.type
}

// A decoder may strip a byte order mark: then the two ends would not have the same text.
function wellFormed(value: string): string {
  return value.replace(/^\uFEFF+/, '').replace(/\p{Surrogate}/gu, '\uFFFD')
}

/** Runs `work`; a caller's mistake inside it is told with the name of the field it was made in. */
export function naming<T>(name: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError) error.message = `${name}: ${error.message}`
    throw error
  }
}
