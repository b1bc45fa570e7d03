// A game with every type of field and every modifier: what the tests of the state path play with.

import { defineGame } from '../../protocol/game.ts'
import { quat } from '../../protocol/quat.ts'
import {
  angle,
  bytes,
  choice,
  f32,
  f64,
  fixed,
  flag,
  group,
  i8,
  i16,
  i32,
  json,
  list,
  optional,
  ref,
  text,
  u8,
  u16,
  u32,
} from '../../protocol/vocabulary.ts'

export const zoo = defineGame({
  room: { endsAt: u32(), winner: optional(text(16)), secret: u8().hidden() },
  player: { name: text(16), score: u16(), hand: list(u8(), 5).owner(), mood: choice('calm', 'wild').hidden() },
  entities: {
    ship: {
      x: fixed(0, 4096, 1 / 8),
      y: fixed(-100, 100, 0.01).tolerance(0.5),
      heading: angle(8),
      hp: u8(),
      team: choice('red', 'blue', 'green'),
      shielded: flag(),
      model: text(8).static(),
      size: u8().static(),
      target: ref('ship'),
      fuel: f32().owner(),
      at: group({ row: u8(), note: text(4) }).hidden(),
    },
    relic: {
      turn: quat(),
      charge: f32(),
      exact: f64(),
      small: i8(),
      middle: i16().interpolate(true),
      large: i32(),
      drift: fixed(0, 90, 0.1).interpolate(false),
      name: optional(text(12)),
      at: group({ row: u8(), note: text(4) }),
      raw: bytes(6),
      extra: json(64),
      secret: u16().hidden(),
    },
  },
  input: { dx: i8(), dy: i8(), dash: flag() },
})
