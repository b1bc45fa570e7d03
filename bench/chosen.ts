// Which part of a benchmark is wanted, where an environment variable says so.

/**
 * The names that the variable lists, with commas between them; all that there are when it is not set. Throws RangeError
 * for another name.
 */
export function chosen<Name extends string>(variable: string, names: readonly Name[]): readonly Name[] {
  const list = process.env[variable]
  if (list === undefined) return names
  return list.split(',').map((given) => {
    const found = names.find((name) => name === given.trim())
    if (found === undefined) throw new RangeError(`${variable} must name some of ${names.join(', ')}, got ${given}`)
    return found
  })
}
