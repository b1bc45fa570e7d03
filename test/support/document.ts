// docs/PROTOCOL.md as its tests read it: the definition of its examples, its vectors, its tables.

import { readFileSync } from 'node:fs'
import { defineGame } from '../../protocol/game.ts'
import { angle, choice, fixed, flag, group, i8, text, u8, u16, u32 } from '../../protocol/vocabulary.ts'

export const document = readFileSync(new URL('../../docs/PROTOCOL.md', import.meta.url), 'utf8')

/** The definition that the examples use. */
export const example = defineGame({
  room: { endsAt: u32() },
  player: { name: text(16), score: u16() },
  entities: {
    ship: { x: fixed(0, 4096, 1 / 8), y: fixed(0, 4096, 1 / 8), heading: angle(8), hp: u8(), ammo: u8().owner() },
  },
  input: { dx: i8(), dy: i8(), dash: flag() },
  join: { name: text(16) },
  toServer: { talk: { message: text(200), type: choice('text', 'emote') } },
  toClient: { talk: { id: u32(), message: text(200), from: group({ name: text(16), id: u32() }) } },
})

export interface Vector {
  readonly name: string
  readonly value: Record<string, unknown>
  readonly hex: string
}

/** The blocks marked `vectors`: a line `name: JSON`, then one of hex digits. */
export function vectors(): Vector[] {
  const found: Vector[] = []
  for (const [, block] of document.matchAll(/```vectors\n([\s\S]*?)```/g)) {
    for (const [, name, json, hex] of (block ?? '').matchAll(/^(.*?): (\{.*\})\n {2}([0-9a-f\n ]+)$/gm)) {
      found.push({ name: name ?? '', value: JSON.parse(json ?? ''), hex: (hex ?? '').replace(/\s/g, '') })
    }
  }
  return found
}

/** The body rows of the table whose header starts with `first`, each as its cells. */
export function table(first: string): string[][] {
  const lines = document.split('\n')
  const start = lines.findIndex((line) => line.startsWith(`| ${first} |`))
  const rows: string[][] = []
  for (let line = start + 2; lines[line]?.startsWith('|'); line++) {
    rows.push(
      (lines[line] as string)
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
  }
  return rows
}

export const toHex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
export const fromHex = (hex: string): Uint8Array =>
  Uint8Array.from({ length: hex.length / 2 }, (_, index) => Number.parseInt(hex.slice(index * 2, index * 2 + 2), 16))
