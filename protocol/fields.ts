// What a field of a game definition is: how its values become whole numbers in a snapshot and plain values in a
// message, who may see it, and the TypeScript type it stands for. The words themselves are in vocabulary.ts.

import type { Wire } from './msgpack.ts'

/** Who may see a field: everyone, the entity's owner, or nobody until it is revealed. */
export type Audience = 'all' | 'owner' | 'hidden'

/** A field's form as one 32-bit whole number, for those that have one: the columns of a snapshot. */
export interface Scalar<T> {
  /** The least and greatest whole number that a peer may send. */
  readonly least: number
  readonly most: number
  /** `difference`: changes are small steps. `circle`: likewise, modulo `most + 1`. `pattern`: 32 bits without order. */
  readonly coding: 'difference' | 'circle' | 'pattern'
  /** The value that is `share` of the way from `a` to `b`, if there is such a thing. */
  mix?(a: T, b: T, share: number): T
  /**
   * A number whose floor is the whole number for the value: where values lie between whole numbers it has a half added,
   * so that the floor rounds. Outside of `least` to `most`, or NaN, for a value that does not fit.
   */
  measure(value: T): number
  /** The value that a whole number from `least` to `most` stands for. */
  restore(whole: number): T
}

/** What a field's values are on the wire. */
export interface FieldType<T> {
  /** Canonical spelling; part of the schema hash. */
  readonly name: string
  readonly scalar?: Scalar<T>
  /** What the field holds until it is set. */
  zero(): T
  /** Throws TypeError or RangeError for a value that is not the field's. */
  pack(value: T): Wire
  /** Throws ProtocolError for a value that is not the field's. */
  unpack(wire: Wire): T
  /** What it is made of: the type of each item of a list, of the value that may be absent, or of each member. */
  // biome-ignore lint/suspicious/noExplicitAny: the types of parts are of any values.
  readonly item?: FieldType<any>
  // biome-ignore lint/suspicious/noExplicitAny: likewise.
  readonly present?: FieldType<any>
  readonly members?: readonly (readonly [name: string, type: FieldType<unknown>])[]
  /** A column of it is compared by reference. */
  readonly isByReference?: true
}

export interface Traits {
  readonly isStatic: boolean
  readonly interpolates: boolean
  readonly audience: Audience
  /** In the field's own unit. */
  readonly tolerance: number
}

/** The traits of a field without modifiers that is not interpolated. */
export const PLAIN: Traits = { isStatic: false, interpolates: false, audience: 'all', tolerance: 0 }

/** One field of a definition. Immutable; each modifier returns a new one. */
export class Field<T, A extends Audience = Audience> {
  declare readonly type: FieldType<T>
  declare readonly traits: Traits
  /** For the type system alone. */
  declare readonly audience: A

  /** A live field that everyone sees, smooth if that makes sense; except for what `traits` says. */
  constructor(type: FieldType<T>, traits?: Partial<Traits>) {
    const interpolates = !!type.scalar?.mix
    this.type = type
    this.traits = { ...PLAIN, interpolates, ...traits }
  }

  /** Whether a modifier says who sees it, or when it is sent. */
  get isModified(): boolean {
    const { isStatic, audience, tolerance } = this.traits
    return isStatic || audience !== 'all' || tolerance !== 0
  }

  /**
   * Sent when its entity appears and never again; later assignments are not seen by clients. The exception is a number,
   * for the owner who predicts the entity: predictions go by exact values.
   */
  static(): Field<T, A> {
    return this.#with({ isStatic: true })
  }

  /** Changes smaller than this, in the field's own unit, wait; they add up, so a slow drift is sent in time. */
  tolerance(amount: number): Field<T, A> {
    return this.#with({ tolerance: amount })
  }

  /** Whether clients draw it between two snapshots. On from the start for fixed, angle, f32 and quat. */
  interpolate(on: boolean): Field<T, A> {
    return this.#with({ interpolates: on })
  }

  /** Only the entity's owner sees it; for everyone else it reads undefined. */
  owner(): Field<T, 'owner'> {
    return this.#with({ audience: 'owner' })
  }

  /** Nobody sees it until the server calls `reveal`; until then it reads undefined. */
  hidden(): Field<T, 'hidden'> {
    return this.#with({ audience: 'hidden' })
  }

  /** Canonical spelling with modifiers; part of the schema hash. */
  get name(): string {
    const { isStatic, interpolates, audience, tolerance } = this.traits
    return [this.type.name, isStatic ? 'static' : 'live', interpolates ? 'smooth' : 'step', audience, tolerance].join(
      ' ',
    )
  }

  #with<B extends Audience>(change: Partial<Traits>): Field<T, B> {
    return new Field<T, B>(this.type, { ...this.traits, ...change })
  }
}

// biome-ignore lint/suspicious/noExplicitAny: a list of fields of any types is just what this is.
export type AnyField = Field<any, any>
export type Fields = { readonly [name: string]: AnyField }

/** Throws TypeError for what is no field, as it comes from callers without types. */
export function checkField(where: string, field: AnyField): AnyField {
  if (!(field instanceof Field)) throw new TypeError(`${where} must be a field such as u8(), got ${field}`)
  return field
}

type ValueOf<F> = F extends Field<infer T, infer _> ? T : never
type MayBeAbsent<F extends Fields> = { [K in keyof F]: undefined extends ValueOf<F[K]> ? K : never }[keyof F]
type Simple<T> = { [K in keyof T]: T[K] } & {}

/** An object of these fields, as its author writes it. Optional fields may be left out. */
export type Values<F extends Fields> = Simple<
  { -readonly [K in Exclude<keyof F, MayBeAbsent<F>>]: ValueOf<F[K]> } & {
    -readonly [K in MayBeAbsent<F>]?: ValueOf<F[K]>
  }
>

/** An object of these fields, as a client sees it: what is not for its eyes reads undefined. */
export type SeenValues<F extends Fields> = Simple<{
  readonly [K in keyof F]: F[K] extends Field<infer T, infer A> ? ('all' extends A ? T : T | undefined) : never
}>
