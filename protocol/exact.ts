// Sine, cosine and the angle of a direction, made of + - * / and Math.sqrt alone. Engines differ in the last digits of
// their own, and a rule that runs on both ends must not. Within 1e-15 of the true value.

/** π / 2 in three parts: multiples of the first two by whole numbers below 2^20 are exact (after Cody and Waite). */
const QUARTER_1 = 1.5707963267341256
const QUARTER_2 = 6.077100506303966e-11
const QUARTER_3 = 2.0222662487959506e-21
const QUARTERS = 2 / Math.PI

// Taylor's series, highest power first. The factors are quotients of whole numbers, which every engine rounds alike.
const SINE = [
  1 / 355687428096000,
  -1 / 1307674368000,
  1 / 6227020800,
  -1 / 39916800,
  1 / 362880,
  -1 / 5040,
  1 / 120,
  -1 / 6,
  1,
]
const COSINE = [
  1 / 20922789888000,
  -1 / 87178291200,
  1 / 479001600,
  -1 / 3628800,
  1 / 40320,
  -1 / 720,
  1 / 24,
  -1 / 2,
  1,
]
const ARC = [-1 / 23, 1 / 21, -1 / 19, 1 / 17, -1 / 15, 1 / 13, -1 / 11, 1 / 9, -1 / 7, 1 / 5, -1 / 3, 1]

/** The sine of an angle in radians, from -2^20 to 2^20, the same to the bit everywhere. NaN for what is not finite. */
export function sin(angle: number): number {
  return wave(angle, 0)
}

/**
 * The cosine of an angle in radians, from -2^20 to 2^20, the same to the bit everywhere. NaN for what is not finite.
 */
export function cos(angle: number): number {
  return wave(angle, 1)
}

/**
 * The angle of the direction from 0, 0 to x, y, from -π to π, the same to the bit everywhere; 0 for no direction, NaN for
 * what is no number.
 */
export function atan2(y: number, x: number): number {
  const across = Math.abs(y)
  const along = Math.abs(x)
  const isSteep = across > along
  const slope = isSteep ? along / across : across / (along === 0 ? 1 : along)
  // A quarter of the angle, for which few terms are enough.
  const quarter = halved(halved(slope))
  const near = 4 * quarter * sum(ARC, quarter * quarter)
  const upward = isSteep ? Math.PI / 2 - near : near
  const angle = x < 0 ? Math.PI - upward : upward
  return y < 0 ? -angle : angle
}

/** The sine of the angle that is `ahead` quarter turns further. */
function wave(angle: number, ahead: number): number {
  const quarters = Math.round(angle * QUARTERS)
  const rest = angle - quarters * QUARTER_1 - quarters * QUARTER_2 - quarters * QUARTER_3
  const square = rest * rest
  const place = (quarters + ahead) & 3
  const value = (place & 1) === 0 ? rest * sum(SINE, square) : sum(COSINE, square)
  return place < 2 ? value : -value
}

/** The tangent of half the angle that has this tangent. */
function halved(slope: number): number {
  return slope / (1 + Math.sqrt(1 + slope * slope))
}

function sum(factors: readonly number[], power: number): number {
  let total = 0
  for (const factor of factors) total = total * power + factor
  return total
}
