// Whether a live value is still what was packed of it. Asked of each box of each entity in each tick, so it allocates
// nothing for a value that is unchanged.

import { isObject } from './checks.ts'
import type { FieldType } from './fields.ts'
import type { Wire } from './msgpack.ts'

/** Whether packing `value` would give `wire`. */
export function isUnchanged(type: FieldType<unknown>, value: unknown, wire: Wire): boolean {
  const { present, item, members } = type
  if (present) return value === undefined ? wire === null : wire !== null && isUnchanged(present, value, wire)
  if (item) return hasItems(item, value, wire)
  if (members) return hasMembers(members, value, wire)
  // A scalar's value may look like the whole number of another one.
  if (!type.scalar && (Object.is(value, wire) || sameBytes(value, wire))) return true
  try {
    const packed = type.pack(value)
    return Object.is(packed, wire) || sameBytes(packed, wire)
  } catch {
    return false
  }
}

function hasItems(item: FieldType<unknown>, value: unknown, wire: Wire): boolean {
  if (!(Array.isArray(value) && Array.isArray(wire) && value.length === wire.length)) return false
  for (let index = 0; index < wire.length; index++) if (!isUnchanged(item, value[index], wire[index])) return false
  return true
}

function hasMembers(members: NonNullable<FieldType<unknown>['members']>, value: unknown, wire: Wire): boolean {
  if (!(isObject(value) && Array.isArray(wire))) return false
  for (let index = 0; index < members.length; index++) {
    const [name, type] = members[index]!
    if (!isUnchanged(type, (value as Record<string, unknown>)[name], wire[index])) return false
  }
  return true
}

function sameBytes(a: unknown, b: unknown): boolean {
  if (!(a instanceof Uint8Array && b instanceof Uint8Array && a.length === b.length)) return false
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false
  return true
}
