// Colyseus' own encoder at its best: ships in a map, every field quantised by hand to the fewest bytes.

import { type Encoder, quantised } from './scenes.ts'

/** What is used of @colyseus/schema, which is installed for the benchmarks alone. */
interface Schema {
  readonly schema: (fields: object, name: string) => new () => Record<string, unknown>
  readonly t: Record<'uint8' | 'uint16', () => object> & { map(of: object): object }
  readonly Encoder: new (state: object) => { encode(): Uint8Array; discardChanges(): void }
}

/** `header`: bytes that Colyseus sends in front of a patch. */
export async function colyseusEncoder(entities: number, header: number): Promise<Encoder> {
  // Not a literal: the package is not there when this is compiled.
  const specifier: string = '@colyseus/schema'
  const { schema, t, Encoder } = (await import(specifier)) as Schema
  const fields = { x: t.uint16(), y: t.uint16(), heading: t.uint8(), hp: t.uint8(), flags: t.uint8() }
  const Ship = schema(fields, 'Ship')
  const State = schema({ ships: t.map(Ship) }, 'State')
  const state = new State()
  const ships = Array.from({ length: entities }, () => new Ship())
  const map = state.ships as Map<string, object>
  ships.forEach((ship, index) => {
    map.set(String(index), ship)
  })
  const encoder = new Encoder(state)
  return (motion) => {
    motion.ships.forEach((from, index) => {
      const ship = ships[index] as Record<string, unknown>
      const [x, y, heading, hp, flags] = quantised(from)
      Object.assign(ship, { x, y, heading, hp, flags })
    })
    const bytes = encoder.encode().length
    encoder.discardChanges()
    return bytes + header
  }
}
