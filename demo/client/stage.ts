// The canvas that fills the window, and how many of its dots make one CSS pixel. A device that cannot keep up gets a
// coarser picture.

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
    this.#slowFrames = Math.max(0, this.#slowFrames + (dt > SLOW_FRAME && dt < 0.2 ? 1 : -1))
    if (this.#slowFrames < PATIENCE || this.density <= 1) return
    this.#slowFrames = 0
    this.#most = Math.max(1, this.density - 0.5)
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
