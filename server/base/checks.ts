// Checks of what the game's code gives, and how an error names it.

/** Throws TypeError for what is no number: a text of digits passes for one in a comparison, and nowhere else. */
export function checkNumber(name: string, value: unknown): asserts value is number {
  if (typeof value !== 'number')
    throw new TypeError(`${name} must be a number, got the ${typeof value} ${String(value)}`)
}

/** Throws TypeError for what is no object. */
export function checkObject(name: string, value: unknown): void {
  if (typeof value !== 'object' || value === null)
    throw new TypeError(`${name} must be an object, got ${String(value)}`)
}

/** A value as an error names it. `object`: what is said of any object. */
export function named(value: unknown, object = 'another object'): string {
  return Object(value) === value ? object : String(value)
}
