// The words of a game definition: `u8()`, `fixed(0, 4096, 1 / 8)`, `list(text(16), 4)` and their kin.
// Halves are rounded up everywhere (`floor(x + 0.5)`), which is the same in every language.

import { bitsToFloat, floatBits } from './bytes.ts'
import { badMessage } from './errors.ts'
import { type AnyField, Field, type Fields, type FieldType, type Scalar, type Values } from './fields.ts'
import { TO_CLIENT } from './limits.ts'
import { unpack as unpackBytes, type Wire } from './msgpack.ts'
import { pack as packBytes } from './plain.ts'
import { scan } from './scan.ts'

/** A rotation as x, y, z, w. */
export type Quat = readonly [x: number, y: number, z: number, w: number]

/** Plain data: what JSON can say. Compared by reference, so replace it to change it. */
export type Plain = null | boolean | number | string | readonly Plain[] | { readonly [key: string]: Plain }

const TURN = 2 * Math.PI

export const u8 = (): Field<number, 'all'> => whole('u8', 0, 0xff)
export const u16 = (): Field<number, 'all'> => whole('u16', 0, 0xffff)
export const u32 = (): Field<number, 'all'> => whole('u32', 0, 0xffffffff, (int) => int >>> 0)
export const i8 = (): Field<number, 'all'> => whole('i8', -0x80, 0x7f)
export const i16 = (): Field<number, 'all'> => whole('i16', -0x8000, 0x7fff)
export const i32 = (): Field<number, 'all'> => whole('i32', -0x80000000, 0x7fffffff)

/** A number from `min` to `max` in steps of `step`. */
export function fixed(min: number, max: number, step: number): Field<number, 'all'> {
  const most = Math.floor((max - min) / step + 0.5)
  if (!(step > 0 && min < max && most > 0 && most < 0x80000000)) {
    throw new RangeError(`fixed must have min < max and 1 to 2^31 steps, got fixed(${min}, ${max}, ${step})`)
  }
  const quantise = (value: number) => {
    const int = Math.floor((value - min) / step + 0.5)
    return typeof value === 'number' && int >= 0 && int <= most ? int : Number.NaN
  }
  const scalar: Scalar<number> = {
    least: 0,
    most,
    coding: 'difference',
    blend: 'linear',
    quantise,
    clamp: (value) => (value > max ? most : value < min ? 0 : quantise(Math.min(Math.max(0, min), max))),
    restore: (int) => min + int * step,
  }
  const zero = Math.min(Math.max(0, min), max)
  return scalarField(`fixed(${min},${max},${step})`, scalar, zero)
}

/** A direction in radians, as one of 2^bits. Any finite angle may be assigned; it is read back from -π up to π. */
export function angle(bits: number): Field<number, 'all'> {
  if (!(Number.isInteger(bits) && bits >= 2 && bits <= 16))
    throw new RangeError(`angle takes 2 to 16 bits, got ${bits}`)
  const count = 2 ** bits
  const scalar: Scalar<number> = {
    least: 0,
    most: count - 1,
    coding: 'circle',
    blend: 'angle',
    quantise: (value) => {
      if (typeof value !== 'number') return Number.NaN
      const turns = value / TURN
      return Math.floor((turns - Math.floor(turns)) * count + 0.5) % count
    },
    clamp: () => 0,
    restore: (int) => ((int < count / 2 ? int : int - count) * TURN) / count,
  }
  return scalarField(`angle(${bits})`, scalar, 0)
}

/** True or false. In an input, one that was set between two samples is not lost. */
export function flag(): Field<boolean, 'all'> {
  const scalar: Scalar<boolean> = {
    least: 0,
    most: 1,
    coding: 'difference',
    blend: 'none',
    quantise: (value) => (value === true ? 1 : value === false ? 0 : Number.NaN),
    clamp: (value) => (value ? 1 : 0),
    restore: (int) => int === 1,
  }
  return scalarField('flag', scalar, false)
}

/** One of the named options; the first is what an unset field holds. */
export function choice<const Option extends string>(...options: readonly Option[]): Field<Option, 'all'> {
  if (options.length < 1 || options.length > 256 || new Set(options).size !== options.length) {
    throw new RangeError(`choice takes 1 to 256 different options, got ${JSON.stringify(options)}`)
  }
  const scalar: Scalar<Option> = {
    least: 0,
    most: options.length - 1,
    coding: 'difference',
    blend: 'none',
    quantise: (value) => {
      const int = options.indexOf(value)
      return int >= 0 ? int : Number.NaN
    },
    clamp: () => 0,
    restore: (int) => options[int] as Option,
  }
  return scalarField(`choice(${JSON.stringify(options)})`, scalar, options[0] as Option)
}

/** The id of an entity of that kind; 0 is none. */
export function ref(kind: string): Field<number, 'all'> {
  return whole(`ref(${kind})`, 0, 0xffffff)
}

/** A number in single precision. */
export function f32(): Field<number, 'all'> {
  const scalar: Scalar<number> = {
    least: -0x80000000,
    most: 0x7fffffff,
    coding: 'pattern',
    blend: 'linear',
    quantise: (value) => (isSingle(value) ? floatBits(value) : Number.NaN),
    clamp: (value) => floatBits(value > 0 ? 3.4028234663852886e38 : value < 0 ? -3.4028234663852886e38 : 0),
    restore: bitsToFloat,
  }
  const pack = (value: number) => {
    if (!isSingle(value)) throw refused('f32', value)
    return Math.fround(value)
  }
  return field({
    name: 'f32',
    scalar,
    zero: () => 0,
    pack,
    unpack: (wire) => Math.fround(finiteNumber('f32', wire)),
    same: (value, wire) => Object.is(Math.fround(value), wire),
  })
}

/** A number in double precision. */
export function f64(): Field<number, 'all'> {
  return field({
    name: 'f64',
    zero: () => 0,
    pack: (value) => {
      if (typeof value !== 'number' || !Number.isFinite(value)) throw refused('f64', value)
      return value
    },
    unpack: (wire) => finiteNumber('f64', wire),
    same: (value, wire) => value === wire,
  })
}

/** A rotation in 32 bits: the three smallest parts, ten bits each, and which was left out. */
export function quat(): Field<Quat, 'all'> {
  const scalar: Scalar<Quat> = {
    least: -0x80000000,
    most: 0x7fffffff,
    coding: 'pattern',
    blend: 'quat',
    quantise: quantiseQuat,
    clamp: () => quantiseQuat([0, 0, 0, 1]),
    restore: restoreQuat,
  }
  const type = scalarType<Quat>('quat', scalar, [0, 0, 0, 1])
  return field(type)
}

/** Text of at most `max` UTF-16 code units (what `length` counts). Half a surrogate pair is sent as U+FFFD. */
export function text(max: number): Field<string, 'all'> {
  const name = `text(${size('text', max)})`
  return field({
    name,
    zero: () => '',
    pack: (value) => {
      if (typeof value !== 'string' || value.length > max) throw refused(name, value)
      return wellFormed(value)
    },
    unpack: (wire) => {
      if (typeof wire !== 'string' || wire.length > max) throw unexpected(name, wire)
      return wire
    },
    same: (value, wire) => value === wire || (typeof value === 'string' && wellFormed(value) === wire),
  })
}

/** At most `max` bytes. Compared by content. */
export function bytes(max: number): Field<Uint8Array, 'all'> {
  const name = `bytes(${size('bytes', max)})`
  return field<Uint8Array>({
    name,
    zero: () => new Uint8Array(0),
    pack: (value) => {
      if (!(value instanceof Uint8Array) || value.length > max) throw refused(name, value)
      return value.slice()
    },
    unpack: (wire) => {
      if (!(wire instanceof Uint8Array) || wire.length > max) throw unexpected(name, wire)
      return wire
    },
    same: (value, wire) => wire instanceof Uint8Array && sameBytes(value, wire),
  })
}

/** A value or undefined. */
export function optional<T>(inner: Field<T, 'all'>): Field<T | undefined, 'all'> {
  const { type } = plain('optional', inner)
  if (type.name.startsWith('optional(')) throw new TypeError('optional(optional(…)) says nothing more than optional(…)')
  return field<T | undefined>({
    name: `optional(${type.name})`,
    zero: () => undefined,
    pack: (value) => (value === undefined ? null : type.pack(value)),
    unpack: (wire) => (wire === null ? undefined : type.unpack(wire)),
    same: (value, wire) => (value === undefined ? wire === null : wire !== null && type.same(value, wire)),
  })
}

/** At most `max` values of one type. Compared by content. */
export function list<T>(inner: Field<T, 'all'>, max: number): Field<T[], 'all'> {
  const { type } = plain('list', inner)
  const name = `list(${type.name},${size('list', max)})`
  return field<T[]>({
    name,
    zero: () => [],
    pack: (value) => {
      if (!Array.isArray(value) || value.length > max) throw refused(name, value)
      return value.map((item) => type.pack(item))
    },
    unpack: (wire) => {
      if (!Array.isArray(wire) || wire.length > max) throw unexpected(name, wire)
      return wire.map((item) => type.unpack(item))
    },
    same: (value, wire) =>
      Array.isArray(value) &&
      Array.isArray(wire) &&
      value.length === wire.length &&
      value.every((item, index) => type.same(item, wire[index])),
  })
}

/** An object of fields inside a field. Compared by content. */
export function group<const F extends Fields>(fields: F): Field<Values<F>, 'all'> {
  return field(groupType(fields))
}

/** Plain data of at most `maxBytes` as msgpack. Compared by reference: replace it to change it. */
export function json<T extends Plain = Plain>(maxBytes: number): Field<T, 'all'> {
  const name = `json(${size('json', maxBytes)})`
  const limits = { bytes: maxBytes, nodes: TO_CLIENT.nodes }
  const sent = new WeakMap<object, Uint8Array>()
  return field<T>({
    name,
    zero: () => null as T,
    pack: (value) => {
      const packed = packPlain(name, value, limits)
      if (typeof value === 'object' && value !== null) sent.set(value, packed)
      return packed
    },
    unpack: (wire) => {
      if (!(wire instanceof Uint8Array)) throw unexpected(name, wire)
      return unpackBytes(wire, limits) as T
    },
    same: (value, wire) =>
      typeof value === 'object' && value !== null
        ? sent.get(value) === wire
        : wire instanceof Uint8Array && sameBytes(packBytes(value), wire),
  })
}

/** An object of fields as one value, by position. */
export function groupType<F extends Fields>(fields: F): FieldType<Values<F>> {
  const names = Object.keys(fields)
  const types = names.map((key) => plain('group', fields[key] as AnyField).type as FieldType<unknown>)
  const name = `group(${names.map((key, index) => `${key}:${types[index]?.name}`).join(',')})`
  const read = (value: Values<F>, key: string) => (value as Record<string, unknown>)[key]
  return {
    name,
    zero: () => Object.fromEntries(names.map((key, index) => [key, types[index]?.zero()])) as Values<F>,
    pack: (value) => {
      if (typeof value !== 'object' || value === null) throw refused(name, value)
      return types.map((type, index) =>
        naming(names[index] as string, () => type.pack(read(value, names[index] as string))),
      )
    },
    unpack: (wire) => {
      if (!Array.isArray(wire) || wire.length !== types.length) throw unexpected(name, wire)
      const value: Record<string, unknown> = {}
      for (let index = 0; index < types.length; index++)
        value[names[index] as string] = types[index]?.unpack(wire[index])
      return value as Values<F>
    },
    same: (value, wire) =>
      Array.isArray(wire) && types.every((type, index) => type.same(read(value, names[index] as string), wire[index])),
  }
}

function whole(name: string, least: number, most: number, restore = (int: number) => int): Field<number, 'all'> {
  const quantise = (value: number) => {
    const int = Math.floor(value + 0.5)
    return typeof value === 'number' && int >= least && int <= most ? int : Number.NaN
  }
  const clamp = (value: number) => (value > most ? most : value < least ? least : 0)
  return scalarField(name, { least, most, coding: 'difference', blend: 'linear', quantise, clamp, restore }, 0, false)
}

function scalarField<T>(
  name: string,
  scalar: Scalar<T>,
  zero: T,
  interpolates = scalar.blend !== 'none',
): Field<T, 'all'> {
  return field(scalarType(name, scalar, zero), interpolates)
}

function scalarType<T>(name: string, scalar: Scalar<T>, zero: T): FieldType<T> {
  return {
    name,
    scalar,
    zero: () => zero,
    pack: (value) => {
      const int = scalar.quantise(value)
      if (Number.isNaN(int)) throw refused(name, value)
      return int
    },
    unpack: (wire) => {
      if (!Number.isInteger(wire) || (wire as number) < scalar.least || (wire as number) > scalar.most) {
        throw unexpected(name, wire)
      }
      return scalar.restore(wire as number)
    },
    same: (value, wire) => scalar.quantise(value) === wire,
  }
}

function field<T>(type: FieldType<T>, interpolates = (type.scalar?.blend ?? 'none') !== 'none'): Field<T, 'all'> {
  return new Field(type, { isStatic: false, interpolates, audience: 'all', tolerance: 0 })
}

// Inside another field a field's modifiers would have nothing to act on.
function plain<T>(outer: string, inner: Field<T>): Field<T> {
  if (!(inner instanceof Field)) throw new TypeError(`${outer} must be made of fields, got ${String(inner)}`)
  const { isStatic, audience, tolerance } = inner.traits
  if (isStatic || audience !== 'all' || tolerance !== 0) {
    throw new TypeError(`a field inside ${outer} takes no modifiers; put them on the ${outer}`)
  }
  return inner
}

function size(name: string, max: number): number {
  if (!(Number.isInteger(max) && max > 0 && max <= TO_CLIENT.bytes)) {
    throw new RangeError(`${name} takes a size from 1 to ${TO_CLIENT.bytes}, got ${max}`)
  }
  return max
}

function finiteNumber(name: string, wire: Wire): number {
  if (typeof wire !== 'number' || !Number.isFinite(wire)) throw unexpected(name, wire)
  return wire
}

function packPlain(name: string, value: Plain, limits: { bytes: number; nodes: number }): Uint8Array {
  const packed = packBytes(value as Wire)
  try {
    scan(packed, limits)
  } catch (error) {
    throw new RangeError(`${name} cannot hold this value: ${(error as Error).message}`)
  }
  return packed
}

// Beyond the largest single there is only infinity.
function isSingle(value: number): boolean {
  return typeof value === 'number' && Number.isFinite(Math.fround(value))
}

function wellFormed(value: string): string {
  return /\p{Surrogate}/u.test(value) ? value.replace(/\p{Surrogate}/gu, '\uFFFD') : value
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false
  return true
}

// The three parts other than the largest lie within ±1/√2; the largest follows from them, its sign made positive.
function quantiseQuat(value: Quat): number {
  const length = Math.sqrt(value[0] ** 2 + value[1] ** 2 + value[2] ** 2 + value[3] ** 2)
  if (!(length > 0 && length < Infinity)) return Number.NaN
  let largest = 0
  for (let part = 1; part < 4; part++) {
    if (Math.abs(value[part] as number) > Math.abs(value[largest] as number)) largest = part
  }
  const scale = (value[largest] as number) < 0 ? -1 / length : 1 / length
  let int = largest
  for (let part = 0; part < 4; part++) {
    if (part === largest) continue
    const share = ((value[part] as number) * scale * Math.SQRT2 + 1) / 2
    int = (int << 10) | Math.min(1023, Math.max(0, Math.floor(share * 1023 + 0.5)))
  }
  return int
}

function restoreQuat(int: number): Quat {
  const largest = int >>> 30
  const parts: [number, number, number, number] = [0, 0, 0, 0]
  let shift = 20
  let rest = 1
  for (let part = 0; part < 4; part++) {
    if (part === largest) continue
    const value = ((((int >>> shift) & 1023) / 1023) * 2 - 1) / Math.SQRT2
    parts[part] = value
    rest -= value * value
    shift -= 10
  }
  parts[largest] = Math.sqrt(Math.max(0, rest))
  return parts
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

function refused(name: string, value: unknown): Error {
  const message = `must be ${name}, got ${show(value)}`
  return typeof value === 'number' || typeof value === 'string' ? new RangeError(message) : new TypeError(message)
}

function unexpected(name: string, wire: unknown): Error {
  return badMessage(`a value must be ${name}, got ${show(wire)}`)
}

function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (value instanceof Uint8Array) return `${value.length} bytes`
  return typeof value === 'object' && value !== null ? 'an object' : String(value)
}
