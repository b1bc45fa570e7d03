// The canvas that fills the window, and how many of its dots make one CSS pixel. A device that cannot keep up gets a
// coarser picture, where that helps.

const MOST_DENSITY = 2
const SLOW_FRAME = 1 / 42
/** Seconds of slow frames, less those of others. */
const PATIENCE = 2

export class Stage {
  readonly pen: CanvasRenderingContext2D
  /** In CSS pixels. */
  width = 0
  height = 0
  density = 1
  readonly #canvas: HTMLCanvasElement
  #most = MOST_DENSITY
  #slowFor = 0
  /** Seconds a frame, lately; and the slowest it was when a finer picture was given up. */
  #pace = 0
  #worstPace = 0
  #sinceCoarser = 0
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
    this.#sinceCoarser += dt
    this.#slowFor = Math.max(0, this.#slowFor + (dt > SLOW_FRAME ? dt : -dt))
    if (this.#slowFor < PATIENCE || this.#isSettled) return
    this.#slowFor = 0
    this.#isSettled = this.density <= 1
    if (!this.#isSettled) {
      this.#worstPace = Math.max(this.#worstPace, this.#pace)
      this.#sinceCoarser = 0
      this.#most = Math.max(1, this.density - 0.5)
    } else if (this.#sinceCoarser < 2 * PATIENCE && this.#pace > 0.8 * this.#worstPace) {
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
