// What the game's code gave instead of what is wanted, as an error says it.

/** `object`: what is said of any object. */
export function named(value: unknown, object = 'another object'): string {
  return Object(value) === value ? object : String(value)
}
