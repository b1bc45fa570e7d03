// Numbers that the game's code gives.

/** Throws TypeError for what is no number: a text of digits passes for one in a comparison, and nowhere else. */
export function checkNumber(name: string, value: unknown): asserts value is number {
  if (typeof value !== 'number')
    throw new TypeError(`${name} must be a number, got the ${typeof value} ${String(value)}`)
}
