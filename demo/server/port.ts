// What the variable PORT says.

/** The port that the variable PORT names, 0 for any free one; 8080 where it is empty. */
export function portFrom(said = ''): number {
  const port = Number(said.trim() || 8080)
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port
  throw new RangeError(`PORT must be an integer from 0 to 65535, got ${said}`)
}
