// Colyseus' own encoder and decoder at their best: ships in a map, every field quantised by hand to the fewest bytes.

import { loadSchema } from './peers/colyseus.ts'
import { type Encoder, quantised, type Ship } from './scenes.ts'

/** A room's state and its encoder, and a client's. */
export interface Colyseus {
  /** Assign whole numbers to them. */
  readonly ships: readonly Ship[]
  /** The ships as the client has them. */
  seen(index: number): Ship
  /** The patch since the last call: valid until the next one. */
  encode(): Uint8Array
  decode(bytes: Uint8Array): void
}

export async function colyseus(entities: number): Promise<Colyseus> {
  const { schema, t, Encoder, Decoder } = await loadSchema()
  const fields = { x: t.uint16(), y: t.uint16(), heading: t.uint8(), hp: t.uint8(), flags: t.uint8() }
  const Ship = schema(fields, 'Ship')
  const State = schema({ ships: t.map(Ship) }, 'State')
  const state = new State()
  const ships = Array.from({ length: entities }, () => new Ship() as unknown as Ship)
  ships.forEach((ship, index) => {
    ;(state.ships as Map<string, Ship>).set(String(index), ship)
  })
  const encoder = new Encoder(state)
  const mirror = new State()
  const decoder = new Decoder(mirror)
  return {
    ships,
    seen: (index) => (mirror.ships as Map<string, Ship>).get(String(index)) as Ship,
    encode: () => {
      const bytes = encoder.encode()
      encoder.discardChanges()
      return bytes
    },
    decode: (bytes) => {
      decoder.decode(bytes)
    },
  }
}

/** `header`: bytes that Colyseus sends in front of a patch. */
export async function colyseusEncoder(entities: number, header: number): Promise<Encoder> {
  const { ships, encode } = await colyseus(entities)
  return (motion) => {
    motion.ships.forEach((from, index) => {
      const [x, y, heading, hp, flags] = quantised(from)
      Object.assign(ships[index] as Ship, { x, y, heading, hp, flags })
    })
    return encode().length + header
  }
}
