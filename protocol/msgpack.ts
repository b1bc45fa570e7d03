// The only file that knows msgpackr: plain values are read by it, once the guard has passed them.

import { Unpackr } from 'msgpackr/unpack'
import type { ScanLimits } from './limits.ts'
import { scan } from './scan.ts'

/** A plain value, as messages carry it: by position, never keyed by name (only `json` fields hold maps). */
export type Wire = null | undefined | boolean | number | string | Uint8Array | readonly Wire[] | WireMap
export interface WireMap {
  readonly [key: string]: Wire
}

// This entry point is plain JavaScript: no native code reads a peer's bytes.
const unpackr = new Unpackr({
  useRecords: false,
  mapsAsObjects: true,
  structuredClone: false,
  int64AsType: 'number',
  copyBuffers: true,
})

/** The one value in `bytes`. Throws ProtocolError for anything that is not exactly one plain value. */
export function unpack(bytes: Uint8Array, limits: ScanLimits): Wire {
  scan(bytes, limits)
  // A view of its own: msgpackr leaves a property on what it reads, and makes Buffers out of a Buffer's parts.
  return unpackr.unpack(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)) as Wire
}
