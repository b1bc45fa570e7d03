// The colours: eight that people with any colour vision can tell apart (after Okabe and Ito), on a dark ground.
// Nothing is told by colour alone: ships also differ by emblem, sparks by shape.

import { COLOURS } from '../game.ts'

export const SHIP_COLOURS = [
  '#e69f00',
  '#56b4e9',
  '#00b386',
  '#f0e442',
  '#4a7dff',
  '#f26a1b',
  '#dd84b8',
  '#e8ecf5',
] as const satisfies { readonly length: typeof COLOURS }

export const SPARK_COLOUR = '#ffd978'
export const SPARK_LIGHT = '#ff9d1e'
export const INK = '#070a14'
export const PAPER = '#f4f6ff'
export const RIM = '#6f8cff'

/** Index of the sparks' own glow among the glows, behind the ships' colours. */
export const SPARK_GLOW: number = SHIP_COLOURS.length

export function colourOf(look: number): number {
  return look % COLOURS
}

/** A hex colour mixed with another; `share` of the other, from 0 to 1. */
export function mix(colour: string, other: string, share: number): string {
  const part = (from: number) => {
    const a = Number.parseInt(colour.slice(from, from + 2), 16)
    const b = Number.parseInt(other.slice(from, from + 2), 16)
    return Math.round(a + (b - a) * share)
  }
  return `rgb(${part(1)} ${part(3)} ${part(5)})`
}

/** A hex colour with an opacity from 0 to 1. */
export function clear(colour: string, opacity: number): string {
  return `${colour}${Math.round(opacity * 255)
    .toString(16)
    .padStart(2, '0')}`
}
