// What the simulated line and the virtual clock refuse: numbers that would stop them for good, or have them spin.

/** Throws RangeError for what is not from 0 to below `end`. */
export function checkFrom0(name: string, value: number, end = Number.POSITIVE_INFINITY): void {
  check(value >= 0 && value < end, `${name} must be from 0 to below ${end}`, value)
}

/** Throws RangeError for what is not above 0. */
export function checkAbove0(name: string, value: number): void {
  check(value > 0, `${name} must be above 0`, value)
}

/** Throws RangeError for what has no end, or is no number. */
export function checkFinite(name: string, value: number): void {
  check(Number.isFinite(value), `${name} must be finite`, value)
}

function check(isRight: boolean, must: string, value: number): void {
  if (!isRight) throw new RangeError(`${must}, got ${value}`)
}
