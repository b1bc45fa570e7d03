// What this room uses of the world outside the language: two globals that browsers and Node share, and the entry
// point of msgpackr that is plain JavaScript on both (its own declarations for it do not resolve).

declare class TextDecoder {
  constructor(label: 'utf-8', options: { fatal: true; ignoreBOM: true })
  decode(bytes: Uint8Array): string
}

declare class TextEncoder {
  encode(text: string): Uint8Array
}

declare module 'msgpackr/unpack' {
  export class Unpackr {
    constructor(options: {
      useRecords: false
      mapsAsObjects: true
      structuredClone: false
      int64AsType: 'number'
      copyBuffers: true
    })
    unpack(bytes: Uint8Array): unknown
  }
}
