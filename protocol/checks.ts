// The checks that every type of field makes, both ways: a game's own value is refused with a RangeError or a TypeError
// that shows it, a peer's with a ProtocolError.

import { badMessage } from './errors.ts'
import type { FieldType, Scalar } from './fields.ts'
import type { Wire } from './msgpack.ts'
import { quantise } from './scalars.ts'

/**
 * A type whose values travel as they are, unless `pack` and `unpack` say otherwise, and are checked in the same way in
 * both directions.
 */
export function checked<T>(
  fits: (value: unknown) => boolean,
  type: Omit<FieldType<T>, 'pack' | 'unpack'> & Partial<FieldType<T>>,
): FieldType<T> {
  const { name, pack = (value) => value as Wire, unpack = (wire) => wire as T } = type
  return {
    ...type,
    pack: (value) => {
      if (!fits(value)) throw refused(name, value)
      return pack(value)
    },
    unpack: (wire) => {
      if (!fits(wire)) throw badMessage(`no ${name}`)
      return unpack(wire)
    },
  }
}

/** A type whose values are a scalar's whole numbers on the wire. */
export function scalarType<T>(name: string, scalar: Scalar<T>, zero: T): FieldType<T> {
  return {
    name,
    scalar,
    zero: () => zero,
    pack: (value) => {
      const int = quantise(scalar, value)
      if (Number.isNaN(int)) throw refused(name, value)
      return int
    },
    unpack: (wire) => {
      const int = wire as number
      if (!Number.isInteger(int) || int < scalar.least || int > scalar.most) throw badMessage(`no ${name}`)
      return scalar.restore(int)
    },
  }
}

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/** The error for a value of the game's own that does not fit. */
export function refused(name: string, value: unknown): Error {
  const message = `must be ${name}, got ${show(value)}`
  return typeof value === 'number' || typeof value === 'string' ? new RangeError(message) : new TypeError(message)
}

function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 40))
  return isObject(value) ? `an ${value.constructor?.name}` : String(value)
}
