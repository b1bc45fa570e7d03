// A few short tones, made on the spot. Silent until the player asks for them, and remembered.

import { element, onPress } from './page.ts'

const KEY = 'sparks.sound'

export class Sound {
  readonly #button = element('sound-button', HTMLButtonElement)
  #audio: AudioContext | undefined
  #streak = 0
  #lastPickup = 0

  constructor() {
    onPress(this.#button, () => this.#set(!this.#audio))
    // Browsers let a page sound only after a gesture. One on the button switches the sound on by itself.
    const wake = ({ target }: Event) => {
      if (wasOn() && !this.#button.contains(target as Node)) this.#set(true)
    }
    for (const gesture of ['pointerdown', 'keydown']) window.addEventListener(gesture, wake, { once: true })
  }

  /** Rises with each spark of a streak. */
  pickup(): void {
    const now = performance.now()
    this.#streak = now - this.#lastPickup < 600 ? Math.min(14, this.#streak + 1) : 0
    this.#lastPickup = now
    this.#tone(520 * 2 ** (this.#streak / 12), 0, 0.09, 0.05)
  }

  dash(): void {
    this.#tone(210, -140, 0.2, 0.09)
  }

  strike(): void {
    this.#tone(330, 500, 0.22, 0.11)
  }

  struck(): void {
    this.#tone(180, -120, 0.4, 0.16)
  }

  // A frequency in hertz that slides by so many, for so many seconds.
  #tone(frequency: number, slide: number, seconds: number, volume: number): void {
    const audio = this.#audio
    if (!audio) return
    const now = audio.currentTime
    const voice = audio.createOscillator()
    const level = audio.createGain()
    voice.type = 'triangle'
    voice.frequency.setValueAtTime(frequency, now)
    voice.frequency.linearRampToValueAtTime(Math.max(40, frequency + slide), now + seconds)
    level.gain.setValueAtTime(volume, now)
    level.gain.exponentialRampToValueAtTime(0.0001, now + seconds)
    voice.connect(level).connect(audio.destination)
    voice.start(now)
    voice.stop(now + seconds)
  }

  #set(on: boolean): void {
    if (on) this.#audio ??= new AudioContext()
    else {
      void this.#audio?.close()
      this.#audio = undefined
    }
    this.#button.setAttribute('aria-pressed', String(on))
    try {
      localStorage.setItem(KEY, on ? 'on' : 'off')
    } catch {
      // A browser that keeps nothing starts silent next time.
    }
  }
}

function wasOn(): boolean {
  try {
    return localStorage.getItem(KEY) === 'on'
  } catch {
    return false
  }
}
