// What stands beside the arena: one's score and name, the five richest, and a hint for the first seconds.

import { element, make } from './page.ts'
import { SHIP_SPRITE, shipSprite } from './sprites.ts'
import type { Track, Tracks } from './tracks.ts'

const ROWS = 5
const BOARD_EVERY = 0.25 // seconds
const HINT_SHOWN = 14

interface Row {
  line: HTMLElement
  rank: HTMLElement
  badge: HTMLCanvasElement
  name: HTMLElement
  score: HTMLElement
  look: number
}

export class Hud {
  readonly #score = element('score', HTMLElement)
  readonly #rank = element('rank', HTMLElement)
  readonly #hint = element('hint', HTMLElement)
  readonly #rows: Row[]
  readonly #ranked: Track[] = []
  #shownScore = -1
  #sinceBoard: number = BOARD_EVERY
  #hintLeft: number = HINT_SHOWN
  #hasDashed = false

  /** `isPane`: the lab's titles are where the hint would be, and what people say. */
  constructor(touch: boolean, isPane: boolean) {
    const board = element('board', HTMLOListElement)
    this.#rows = Array.from({ length: ROWS + 1 }, () => newRow(board))
    this.#hint.textContent = touch
      ? 'Left thumb steers · right thumb dashes'
      : 'Steer with the mouse or W A S D · click or Space to dash into someone'
    if (isPane) this.#hint.classList.add('gone')
    document.body.classList.toggle('in-pane', isPane)
  }

  update(tracks: Tracks, leader: number, dt: number): void {
    this.#showScore(tracks.mine?.ship.score ?? 0)
    this.#hasDashed ||= tracks.mine?.ship.dashing ?? false
    this.#hintLeft -= this.#hasDashed ? dt * 4 : dt
    if (this.#hintLeft < 0) this.#hint.classList.add('gone')
    this.#sinceBoard += dt
    if (this.#sinceBoard < BOARD_EVERY) return
    this.#sinceBoard = 0
    this.#rankAll(tracks, leader)
  }

  #showScore(score: number): void {
    if (score === this.#shownScore) return
    this.#score.textContent = String(score)
    this.#score.classList.toggle('up', score > this.#shownScore)
    this.#score.classList.toggle('down', score < this.#shownScore)
    // The same class again must start the same movement again.
    this.#score.getAnimations?.().forEach((animation) => {
      animation.currentTime = 0
    })
    this.#shownScore = score
  }

  // The crown's wearer is first among equals; the rest by score, and then as they came.
  #rankAll(tracks: Tracks, leader: number): void {
    const ranked = this.#ranked
    ranked.length = 0
    for (const track of tracks.all.values()) ranked.push(track)
    const order = (track: Track) => track.score + (track.ship.id === leader ? 0.5 : 0)
    ranked.sort((a, b) => order(b) - order(a) || a.ship.id - b.ship.id)
    const own = tracks.mine ? ranked.indexOf(tracks.mine) : -1
    for (let place = 0; place < ROWS; place++) show(this.#rows[place] as Row, ranked[place], place, own)
    show(this.#rows[ROWS] as Row, own >= ROWS ? ranked[own] : undefined, own, own)
    this.#rank.textContent = own < 0 ? '' : `${ordinal(own + 1)} of ${ranked.length}`
  }
}

function newRow(board: HTMLElement): Row {
  const line = make('li', 'row')
  const badge = document.createElement('canvas')
  badge.width = badge.height = 36
  const [rank, name, score] = [make('span', 'place'), make('span', 'who'), make('span', 'sum')]
  // A name that is too long loses its end, also one that is written from the right.
  name.dir = 'auto'
  line.append(rank, badge, name, score)
  line.hidden = true
  board.append(line)
  return { line, rank, badge, name, score, look: -1 }
}

function show(row: Row, track: Track | undefined, place: number, own: number): void {
  row.line.hidden = track === undefined
  if (!track) return
  row.line.classList.toggle('own', place === own)
  setText(row.rank, String(place + 1))
  setText(row.name, track.ship.name)
  setText(row.score, String(track.score))
  if (row.look === track.ship.look) return
  row.look = track.ship.look
  const pen = row.badge.getContext('2d')
  pen?.clearRect(0, 0, 36, 36)
  pen?.drawImage(shipSprite(row.look), 0, 0, SHIP_SPRITE, SHIP_SPRITE, 0, 0, 36, 36)
}

function setText(on: HTMLElement, words: string): void {
  if (on.textContent !== words) on.textContent = words
}

function ordinal(place: number): string {
  const teens = place % 100 > 10 && place % 100 < 14
  return `${place}${(!teens && ['', 'st', 'nd', 'rd'][place % 10]) || 'th'}`
}
