// The canvas that fills the window, and how many of its dots make one CSS pixel. A device that cannot keep up gets a
// coarser picture, where that helps.

const MOST_DENSITY = 2
const SLOW_FRAME = 1 / 42
const PATIENCE = 90 // frames

export class Stage {
  readonly pen: CanvasRenderingContext2D
  /** In CSS pixels. */
  width = 0
  height = 0
  density = 1
  readonly #canvas: HTMLCanvasElement
  #most = MOST_DENSITY
  #slowFrames = 0
  /** Seconds a frame, lately; and the slowest it was when a finer picture was given up. */
  #pace = 0
  #worstPace = 0
  #framesSince = 0
  #isSettled = false

  constructor(canvas: HTMLCanvasElement) {
    const pen = canvas.getContext('2d', { alpha: false })
    if (!pen) throw new Error('this browser has no 2D canvas')
    this.pen = pen
    this.#canvas = canvas
    this.#fit()
    window.addEventListener('resize', () => this.#fit())
  }

  /** Takes note of a frame that took `dt` seconds in all. */
  watch(dt: number): void {
    this.#pace += (dt - this.#pace) / 20
    this.#framesSince++
    this.#slowFrames = Math.max(0, this.#slowFrames + (dt > SLOW_FRAME ? 1 : -1))
    if (this.#slowFrames < PATIENCE || this.#isSettled) return
    this.#slowFrames = 0
    this.#isSettled = this.density <= 1
    if (!this.#isSettled) {
      this.#worstPace = Math.max(this.#worstPace, this.#pace)
      this.#framesSince = 0
      this.#most = Math.max(1, this.density - 0.5)
    } else if (this.#framesSince < 2 * PATIENCE && this.#pace > 0.8 * this.#worstPace) {
      // It was not the dots: a phone that saves its battery shows 30 pictures a second, whatever they cost.
      this.#most = MOST_DENSITY
    }
    this.#fit()
  }

  #fit(): void {
    this.width = window.innerWidth
    this.height = window.innerHeight
    this.density = Math.min(this.#most, Math.max(1, window.devicePixelRatio))
    this.#canvas.width = Math.round(this.width * this.density)
    this.#canvas.height = Math.round(this.height * this.density)
  }
}
